"""Report formats: each takes records as they come and is complete when closed."""
