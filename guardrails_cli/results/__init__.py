"""The result of a run: its summary, its JSON forms, saved reports, the journal."""
