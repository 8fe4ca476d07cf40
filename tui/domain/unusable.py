"""Values that a setting cannot have, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tui.domain.text import is_shown

_LONG_NUMBER = 10**60


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a value.

    Attributes:
        found: What is there and why it cannot be used, as a sentence.
        path: The keys that lead to it inside the value; empty for the value itself.
    """

    found: str
    path: tuple[str, ...] = ()


class UnusableError(ValueError):
    """A value that a setting cannot have, with all of its faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(fault.found for fault in faults))
        self.faults = faults


def quoted(value: object) -> str:
    """A value for a sentence: on one line, and cut if it is very long."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LONG_NUMBER:
        # Python refuses to format a number with thousands of digits.
        return "a number of more than 60 digits"
    if isinstance(value, bool | int | float):
        return f'"{json.dumps(value)}"'
    shown = value if isinstance(value, str) else f"a {type(value).__name__}"
    shown = "".join(character if is_shown(character) else "\ufffd" for character in shown)
    return f'"{shown if len(shown) <= 60 else shown[:59] + "…"}"'
