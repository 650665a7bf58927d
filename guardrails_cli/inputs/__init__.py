"""Where documents come from: files, standard input, object stores, git repositories."""
