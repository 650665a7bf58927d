"""Detection of sensitive data in text: chunks, the engine, the model. Importing it imports nothing heavy."""
