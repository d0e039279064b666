"""Publishing and syncing: what comes of being killed, and how fast a database takes a publication over."""
