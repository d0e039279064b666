"""The one language of populations, targets and segments: parse, check, compile."""
