"""The textbook shop: a process so simple that the best possible prediction is a formula."""
