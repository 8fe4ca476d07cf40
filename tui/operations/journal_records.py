"""The rows of the journal: how operations and events are written and read."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tui.domain.operation import MOST_EVENTS, Event, Operation
from tui.domain.resource_id import ResourceId
from tui.domain.unreadable_operation import UnreadableOperation
from tui.operations.journal_codec import Unreadable, from_json, to_record
from tui.operations.journal_room import superfluous

SHOWN = 100
"""How many ended operations are read at the start."""

Numbered = list[tuple[Event, int]]
"""The recorded events of an operation, by number."""


@dataclass(slots=True)
class Row:
    """The row of an operation.

    Attributes:
        verb: The stored word for what it does.
        run: The id of the program that watches it, or did.
        request: The stored request.
        cloud: The name of its cloud.
        manager: The address of Resource Manager in that cloud.
        ended: 1 once it has ended.
        bytes: The size of its record, once read.
    """

    verb: str
    run: str
    request: str
    cloud: str
    manager: str
    ended: int
    bytes: int = 0


def data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another program writes."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def numbers(connection: sqlite3.Connection) -> list[int]:
    """The ids of the operations that have not ended, and of the newest others."""
    rows = connection.execute(
        "SELECT id FROM operations WHERE ended = 0 UNION SELECT id FROM "
        "(SELECT id FROM operations WHERE ended = 1 ORDER BY id DESC LIMIT ?) ORDER BY id",
        (SHOWN,),
    )
    return [number for (number,) in rows]


def row_of(connection: sqlite3.Connection, number: int) -> Row:
    """The row of an operation.

    Raises:
        KeyError: If there is none.
    """
    row = connection.execute(
        "SELECT verb, run, request, cloud, manager, ended FROM operations WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise KeyError(number)
    return Row(*row)


def events_of(connection: sqlite3.Connection, number: int) -> list[tuple[int, Any, int]]:
    """Number, JSON and size of an operation's events, without the middle if there are too many.

    Raises:
        Unreadable: If one is damaged.
    """
    (count,) = connection.execute("SELECT COUNT(*) FROM events WHERE operation = ?", (number,)).fetchone()
    select = "SELECT number, event FROM events WHERE operation = ? ORDER BY number"
    surplus: set[int] = set()
    if count > MOST_EVENTS:
        rows = connection.execute(select, (number,))
        surplus.update(superfluous((at, document(text)) for at, text in rows))
    rows = connection.execute(select, (number,))
    return [(at, document(text), len(text)) for at, text in rows if at not in surplus]


def write_events(connection: sqlite3.Connection, operation: Operation, rows: Numbered) -> Numbered:
    """Make the recorded events of an operation match its events, within a transaction.

    `rows` are the recorded events before, and the result those after.
    """
    execute, number = connection.execute, operation.id
    recorded = {id(event): at for event, at in rows}
    following = rows[-1][1] + 1 if rows else 0
    after = []
    for event in operation.events:
        at = recorded.pop(id(event), None)
        if at is None:
            at, following = following, following + 1
            # Rows left by a failure, although it should have been undone, are replaced.
            execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?)", (number, at, text_of(event)))
        after.append((event, at))
    for at in recorded.values():
        execute("DELETE FROM events WHERE operation = ? AND number = ?", (number, at))
    execute("UPDATE operations SET ended = ? WHERE id = ?", (operation.end is not None, number))
    return after


def unread_of(connection: sqlite3.Connection, number: int, why: str) -> tuple[UnreadableOperation, str]:
    """What is known of an unreadable operation, without its watcher, and the id of its program."""
    verb, run, ended, target, request = connection.execute(
        "SELECT verb, run, ended, target, request FROM operations WHERE id = ?", (number,)
    ).fetchone()
    first = connection.execute("SELECT event FROM events WHERE operation = ? ORDER BY number LIMIT 1", (number,))
    began = next((_moment(text) for (text,) in first), None)
    return UnreadableOperation(number, str(verb), str(target), why, _kind(request), began, bool(ended)), str(run)


def key_of(target: ResourceId) -> str:
    """A resource id as rows store it, in lower case."""
    return str(target).lower()


def text_of(value: Any) -> str:
    """A request or an event as a row stores it."""
    # Escaped, because JSON allows lone surrogates, and SQLite's UTF-8 does not.
    return json.dumps(to_record(value), separators=(",", ":"))


def document(text: Any) -> Any:
    """The JSON in a row.

    Raises:
        Unreadable: If it is damaged.
    """
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable(f"its record is damaged ({error})") from error


def _kind(text: Any) -> str:
    """The stored name of a request or event; empty if even that cannot be read."""
    try:
        return str(json.loads(text)["is"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _moment(text: Any) -> datetime | None:
    """The time of an event; None if even that cannot be read."""
    try:
        at = from_json(json.loads(text)["at"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return at if isinstance(at, datetime) else None
