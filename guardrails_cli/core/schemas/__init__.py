"""JSON Schemas of reports, packs and tasks, and YAML files checked against them with file, line and key."""
