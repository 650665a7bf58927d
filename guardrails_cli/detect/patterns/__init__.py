"""Regular expressions over text, fast: one automaton says where each of them may match."""
