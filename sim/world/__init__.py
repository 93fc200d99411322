"""The arrays behind the agents, and the small numbers that they hold."""
