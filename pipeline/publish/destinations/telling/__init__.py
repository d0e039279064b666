"""Telling a platform what differs from what it holds."""
