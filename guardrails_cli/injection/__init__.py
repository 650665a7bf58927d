"""The prompt-injection score: how likely a text tries to command a language model that will read it."""
