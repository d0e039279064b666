"""Why a customer has a score, in words."""
