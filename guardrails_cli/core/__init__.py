"""Values and words that every other room uses: no files, no processes, no libraries beyond JSON and YAML checks."""
