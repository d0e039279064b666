"""What flows through, and where it rests: events, windows, conditions, segments and publications."""
