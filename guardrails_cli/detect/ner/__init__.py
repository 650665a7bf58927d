"""Named entities from a language model, and which parts of a text it must read."""
