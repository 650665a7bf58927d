"""Fast search for many regular expressions: one automaton shows where each of them may match."""
