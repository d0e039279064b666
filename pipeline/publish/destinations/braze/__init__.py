"""Braze: attributes of users."""
