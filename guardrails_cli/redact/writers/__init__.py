"""Sanitized copies: a document with what was found in it replaced, in its own format."""
