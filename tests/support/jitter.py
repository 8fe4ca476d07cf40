"""The jitter of the tests: none, so that every wait is as long as it is meant to be."""


def even() -> float:
    """Lengthen no wait."""
    return 0.0
