"""The risk of one document, 0 to 100."""
