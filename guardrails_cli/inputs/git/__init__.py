"""What git keeps as documents: the index, what a branch adds, and every blob that was ever committed."""
