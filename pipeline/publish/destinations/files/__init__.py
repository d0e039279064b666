"""Files: a copy of each publication in a folder or in S3."""
