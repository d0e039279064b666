"""Where a publication goes: one file a destination, and one way to tell all platforms no more than what differs."""
