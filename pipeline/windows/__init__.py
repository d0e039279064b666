"""Tiles by customer and day, and the kernel that sums any window of them at any cut-off."""
