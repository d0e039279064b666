"""Segments, the library of them, and who is a member."""
