"""The one error that a user of the software should ever see."""


class ScenarioError(ValueError):
    """A mistake in input; its message is complete by itself and fits one line."""
