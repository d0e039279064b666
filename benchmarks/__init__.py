"""Speed and predictive quality, each against something that exists."""
