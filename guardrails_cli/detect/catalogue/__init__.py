"""The catalogue: for each entity type its standard, patterns, evidence, refutations, and examples that run as tests."""
