"""Jobs: scans in the background, each with a folder of its own, seen from its machine or through a broker."""
