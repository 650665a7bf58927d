"""Readers of images: their metadata, and the text in them if OCR is installed."""
