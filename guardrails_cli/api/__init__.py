"""The programming interface: scans, and the operations of the task specification."""
