"""Documents in git: the index, the changes of a branch, and every blob that was ever committed."""
