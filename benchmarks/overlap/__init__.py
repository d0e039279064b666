"""Predicted at-risk lists beside rules of silence, on a real log and a simulated one."""
