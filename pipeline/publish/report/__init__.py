"""The page that a marketer reads: what to say of an edition, and how to say it."""
