"""Mailchimp: merge fields and tags of members."""
