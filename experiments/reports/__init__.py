"""Reports that travel: one file of words, figures and where they came from."""
