"""What is there: results listed, put into one table, and exported to other programs."""
