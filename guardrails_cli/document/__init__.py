"""One document: from chunks through findings to its record."""
