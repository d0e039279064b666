"""Every customer scored, and who is in which segment."""
