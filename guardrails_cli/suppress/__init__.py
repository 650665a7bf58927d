"""Suppression of findings: comments in the document, allow lists, the baseline."""
