"""What is amiss with an event log: its volumes, the gaps of its tracker, and findings in plain sentences."""
