"""Readers of text and of markup that people read as text."""
