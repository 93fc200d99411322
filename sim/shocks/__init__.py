"""What the calendar does to a world."""
