"""File formats, one reader each: bytes to segments of text with their locations."""
