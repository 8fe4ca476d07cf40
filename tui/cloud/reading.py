"""Readers of JSON from outside: a member of the wrong type counts as absent, and nothing raises."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from tui.domain.resource_id import InvalidResourceId, ResourceId


def at(document: Any, *path: str) -> Any:
    """The value at the end of a path of members; None where there is none."""
    for key in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def mapping(document: Any, *path: str) -> Mapping[str, Any]:
    """The object at a path; empty where there is none."""
    value = at(document, *path)
    return value if isinstance(value, Mapping) else {}


def items(document: Any, *path: str) -> list[Any]:
    """The array at a path; empty where there is none."""
    value = at(document, *path)
    return value if isinstance(value, list) else []


def text(document: Any, *path: str) -> str:
    """The string at a path; empty where there is none."""
    value = at(document, *path)
    # The same words occur in thousands of answers, so they are stored once.
    return sys.intern(value) if isinstance(value, str) else ""


def flag(document: Any, *path: str) -> bool:
    """Whether the value at a path is `true`."""
    return at(document, *path) is True


def whole(document: Any, *path: str) -> int | None:
    """The whole number at a path; None where there is none."""
    value = at(document, *path)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(document: Any, *path: str) -> float | None:
    """The finite number at a path; None where there is none."""
    value = at(document, *path)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        # A whole number in JSON may have more digits than a float can hold.
        return None


def moment(document: Any, *path: str) -> datetime | None:
    """The point in time at a path, in UTC; None where there is none.

    Azure sends seven fractional digits and an offset (recorded: `2022-12-01T17:39:41.8474963+00:00`).
    """
    try:
        parsed = datetime.fromisoformat(text(document, *path))
        return parsed.astimezone(UTC) if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        # An offset can move the first or the last year out of the calendar.
        return None


def resource_id(document: Any, *path: str) -> ResourceId | None:
    """The resource id at a path; None where there is none."""
    try:
        return ResourceId.parse(text(document, *path))
    except InvalidResourceId:
        return None
