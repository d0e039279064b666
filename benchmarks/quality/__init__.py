"""How good the predictions are, out of time, beside simple rules, on real logs and simulated ones."""
