"""What a run amounts to: its summary, its JSON forms, saved reports, the journal."""
