"""From models to a publication: scores, segments, audiences, files."""
