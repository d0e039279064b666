"""Whom a campaign may contact, and why not the others."""
