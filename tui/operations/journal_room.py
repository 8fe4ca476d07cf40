"""Keeps the journal small: deletes old operations and old progress, a little at a time, and shrinks the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from tui.domain.operation import KEPT_AT_BEGINNING, KEPT_AT_END, MOST_EVENTS

KEPT = 1000
"""How many ended operations are kept; older ones are deleted."""
MOST_BYTES = 64 * 1024 * 1024
"""How large the journal may grow before ended operations are deleted."""
LEAST_KEPT = 20
"""How many ended operations are kept, however large they are."""
_AT_ONCE = 500
_FREE_BYTES = 4 * 1024 * 1024
"""How much unused space the file may have before it is shrunk."""


def remove_old(connection: sqlite3.Connection) -> bool:
    """Delete some surplus ended operations, within a transaction; returns whether there were any."""
    (ended,) = connection.execute("SELECT COUNT(*) FROM operations WHERE ended = 1").fetchone()
    surplus = ended - KEPT
    if surplus <= 0 and ended > LEAST_KEPT and _used_bytes(connection) > MOST_BYTES:
        surplus = max(1, (ended - LEAST_KEPT) // 4)
    if surplus <= 0:
        return False
    connection.execute(
        "DELETE FROM operations WHERE id IN (SELECT id FROM operations WHERE ended = 1 ORDER BY id LIMIT ?)",
        (min(surplus, _AT_ONCE),),
    )
    return True


def shorten(connection: sqlite3.Connection, is_left_alone: Callable[[str], bool]) -> bool:
    """Delete progress from the middle of one operation with too many events, within a transaction.

    `is_left_alone` is whether the program of that id is alive and takes care of its operations itself. Returns whether
    there was one.
    """
    rows = connection.execute(
        "SELECT id, run, ended FROM operations WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM events "
        "WHERE events.operation = operations.id LIMIT ?)) > ?",
        (MOST_EVENTS + 1, MOST_EVENTS),
    ).fetchall()
    for number, run, ended in rows:
        if not ended and is_left_alone(run):
            continue
        events = connection.execute("SELECT number, event FROM events WHERE operation = ? ORDER BY number", (number,))
        surplus = superfluous((index, _stored(text)) for index, text in events)
        if surplus:
            execute = connection.executemany
            execute("DELETE FROM events WHERE operation = ? AND number = ?", [(number, one) for one in surplus])
            return True
    return False


def shrink(connection: sqlite3.Connection) -> None:
    """Return unused space in the file, outside any transaction.

    Raises:
        sqlite3.Error: If another program is using it; it can be tried later.
    """
    if _pragma(connection, "freelist_count") * _pragma(connection, "page_size") > _FREE_BYTES:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def superfluous(events: Iterable[tuple[int, Any]]) -> list[int]:
    """The numbers of events of a long operation that can be deleted: minor progress in its middle.

    `events` are number and JSON of each, in order.
    """
    kinds = [(number, _is_minor(stored)) for number, stored in events]
    middle = kinds[KEPT_AT_BEGINNING:-KEPT_AT_END] if len(kinds) > MOST_EVENTS else []
    return [number for number, is_minor in middle if is_minor]


def _is_minor(stored: Any) -> bool:
    """Whether an event only says that the operation continues; it is not needed to resume."""
    if not isinstance(stored, dict):
        return False
    if stored.get("is") == "Waited":
        return True
    is_poll = stored.get("is") == "Progress" and stored.get("next_poll") is not None
    return is_poll and stored.get("token") is None and stored.get("found") is None


def _stored(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return None


def _used_bytes(connection: sqlite3.Connection) -> int:
    used = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return used * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
