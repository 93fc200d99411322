"""Figures of one run, drawn from its tables: ``catalogue`` names them, ``files`` writes them."""
