"""What a model says of itself: a page for people, a record for the registry."""
