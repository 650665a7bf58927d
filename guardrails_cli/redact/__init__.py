"""Replacing entities in text with replacements that are safe to show."""
