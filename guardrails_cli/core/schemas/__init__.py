"""JSON Schemas of reports, packs and tasks, and checks of YAML files against them with file, line and key."""
