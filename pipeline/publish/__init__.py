"""The publication, its lists and the marketer's report."""
