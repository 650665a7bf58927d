"""Named entities from a language model, and the choice of text that it has to read."""
