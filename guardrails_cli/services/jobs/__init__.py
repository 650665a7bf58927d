"""Jobs: background scans, each with a folder of its own, visible on its machine or through a broker."""
