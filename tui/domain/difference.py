"""The difference between two documents, member by member, as a plan shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

_MOST_LETTERS = 60
"""How much of an unexpected value is shown."""


class Mark(Enum):
    """What happens to a member; each value is the sign at the start of its line."""

    ADDED = "+"
    CHANGED = "~"
    REMOVED = "-"
    SAME = " "


@dataclass(frozen=True, slots=True)
class Change:
    """One changed or unchanged leaf of a document; a value is None where there is none."""

    mark: Mark
    path: tuple[str, ...]
    before: Any = None
    after: Any = None


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Compare two JSON documents leaf by leaf.

    The result has the order of `after`, with removed leaves at the end. Names that are resource ids are compared
    without letter case, as ARM does.
    """
    return tuple(_walk(before, after, ()))


def count(changes: tuple[Change, ...]) -> dict[Mark, int]:
    """How many leaves have each mark."""
    return {mark: sum(change.mark is mark for change in changes) for mark in Mark}


def describe(change: Change) -> str:
    """How a member still differs from what was requested: `nodeCount is 3, not 5`."""
    member = ".".join(part.rsplit("/", 1)[-1] for part in change.path)
    match change.mark:
        case Mark.ADDED:
            return f"{member} is missing"
        case Mark.REMOVED:
            return f"{member} still exists"
        case _:
            return f"{member} is {_short(change.before)}, not {_short(change.after)}"


def _walk(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and (before or after):
        keys = {_fold(key): key for key in before}
        for key, value in after.items():
            twin = keys.pop(_fold(key), None)
            if twin is None:
                yield from _all(value, (*path, key), Mark.ADDED)
            else:
                yield from _walk(before[twin], value, (*path, key))
        for key in keys.values():
            yield from _all(before[key], (*path, key), Mark.REMOVED)
    elif before == after:
        yield Change(Mark.SAME, path, before, after)
    elif before is None and isinstance(after, Mapping) and after:
        yield from _all(after, path, Mark.ADDED)
    elif after is None and isinstance(before, Mapping) and before:
        yield from _all(before, path, Mark.REMOVED)
    else:
        yield Change(Mark.CHANGED, path, before, after)


def _all(value: Any, path: tuple[str, ...], mark: Mark) -> Iterator[Change]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _all(inner, (*path, key), mark)
    elif mark is Mark.ADDED:
        yield Change(mark, path, after=value)
    else:
        yield Change(mark, path, before=value)


def _fold(key: str) -> str:
    return key.lower() if key.startswith("/") else key


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
