"""What is read of the event log to answer questions about customers, in any window before any moment."""
