"""The outbox: what each platform has confirmed that it holds, and what is under way."""
