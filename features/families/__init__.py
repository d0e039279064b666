"""One family of features a file."""
