"""Readers of structured data: tables, trees and databases."""
