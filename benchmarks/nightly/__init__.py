"""The night run unattended: killed at any moment, a month of trouble, what it costs, and what came of it."""
