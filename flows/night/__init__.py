"""The night's work: its steps, the order they come in, and what is kept so that a night can be taken up again."""
