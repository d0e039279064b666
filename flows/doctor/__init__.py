"""Looking at a project from all sides: what is amiss with it, and what to do about each."""
