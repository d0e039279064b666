"""Predicted segments beside rules: whom each found, and how early."""
