"""The machine: files, processes, logs, secrets, keys, time."""
