"""Learning every task from the past of a project, and judging it."""
