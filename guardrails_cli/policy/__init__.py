"""Policy packs: YAML files of rules, loaded, checked and applied to findings."""
