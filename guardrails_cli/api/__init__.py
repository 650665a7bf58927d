"""What a program may call: scans, and the operations of the task specification."""
