"""Executors: this process, local workers on an embedded server, or workers on a broker elsewhere."""
