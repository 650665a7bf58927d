"""Values and words that every other room speaks: no files, no processes, no libraries beyond JSON and YAML checks."""
