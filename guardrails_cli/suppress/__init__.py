"""What makes findings not count: comments in the document, allow lists, the baseline."""
