"""Readers of office documents: Office Open XML, OpenDocument and the older binary formats."""
