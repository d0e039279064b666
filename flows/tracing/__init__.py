"""A published row, back to everything that made it, and worked out again."""
