"""Keys and their values, wherever a format puts them apart."""
