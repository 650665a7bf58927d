"""One scan from options to outcome."""
