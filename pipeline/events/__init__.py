"""The event log: table contracts, the store, what was known before a moment and what came after it."""
