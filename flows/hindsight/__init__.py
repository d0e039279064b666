"""What came of earlier publications, as far as it is known by now."""
