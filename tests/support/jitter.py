"""The jitter in tests: none, so that every wait has its nominal length."""


def even() -> float:
    """Add nothing to a wait."""
    return 0.0
