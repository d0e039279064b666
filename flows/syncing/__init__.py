"""Destinations: each told of the newest publication, on its own."""
