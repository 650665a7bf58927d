"""From sources to documents in chunks: opening files, unpacking them, and keeping hostile ones at a distance."""
