"""Klaviyo: profile properties by bulk import jobs, and lists."""
