"""What the world is like and what happens to it: files, layers, events, messages."""
