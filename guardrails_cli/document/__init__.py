"""One document: chunks to findings to its record."""
