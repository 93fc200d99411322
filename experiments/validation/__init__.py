"""The model against data: targets and stylised facts."""
