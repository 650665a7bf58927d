"""Sources of documents: files, standard input, object stores, git repositories."""
