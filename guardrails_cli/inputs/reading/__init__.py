"""Read sources into documents in chunks: open files, unpack them, and isolate hostile ones."""
