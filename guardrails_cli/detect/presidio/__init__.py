"""Presidio's recognizers as values, and the parts of its behaviour that are rebuilt here."""
