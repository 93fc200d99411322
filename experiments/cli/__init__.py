"""The ``airbridge`` command."""
