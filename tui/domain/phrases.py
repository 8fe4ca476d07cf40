"""Words that several sentences are made of."""

from collections.abc import Sequence


def enumerated(words: Sequence[str]) -> str:
    """Some words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, word: str) -> str:
    """A number of things: `1 role`, `2 roles`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
