"""How bad one document is, 0 to 100."""
