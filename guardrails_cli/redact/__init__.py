"""Replacing entities in text by something that is safe to show."""
