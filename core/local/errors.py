"""What stands in the way of starting, in words for the person at the terminal."""


class LocalError(Exception):
    """Nothing can be started here, and the sentence says why and what to do."""
