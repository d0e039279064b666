"""The flows as Prefect runs them: tasks, what its page tells of a run, and deployments."""
