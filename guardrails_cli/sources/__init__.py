"""From paths to documents: which files there are, and their text."""
