"""Options of a run, each declared once, and configuration files."""
