"""Writers of sanitized copies: a document in its own format, with the findings in it replaced."""
