"""What is unlike before, what follows from it, and who hears of it."""
