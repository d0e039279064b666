"""Postgres: what holds now and its history, in one transaction."""
