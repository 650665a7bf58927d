"""Presidio's recognizers as values, and what of its behaviour is rebuilt here."""
