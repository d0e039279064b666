"""One file a format: how a shop's own export becomes our events."""
