"""How a world begins."""
