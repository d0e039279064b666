"""What is known about a customer at a moment: definitions, catalogue and builder."""
