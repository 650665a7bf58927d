"""What a run can be told, and the configuration files that tell it."""
