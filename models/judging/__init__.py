"""How good predictions were, and whether a model may go into service."""
