"""The flows as Prefect runs them: tasks, and what its page tells of a run."""
