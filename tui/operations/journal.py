"""The durable journal of operations: what was wanted, what Azure said, and who watches.

SQLite in the state folder. Write-ahead logging and a full sync make each event durable before it is shown;
on a network drive, where SQLite forbids that logging, a rollback journal takes its place.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.domain.actions import Action
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Operation, Unwatched, Watch
from tui.domain.operation_unread import UnreadOperation
from tui.domain.plan import Request
from tui.domain.resource_id import ResourceId
from tui.operations.documents import Unreadable, from_json, to_record
from tui.operations.journal_file import JOURNAL_NAME, Newer, open_file, open_memory, transaction
from tui.operations.runs import Run, inside
from tui.operations.stored_names import VERBS

RUNS_NAME = "runs"
SHOWN = 100
"""How many ended operations are read at the start."""

_VERBS = {stored: verb for verb, stored in VERBS.items()}

_log = logging.getLogger(__name__)


class Journal:
    """Implements `tui.domain.ports.Journal`.

    Args:
        folder: The state folder; None to keep operations in memory only, as a sandbox's are.
        cloud: The cloud that the program works in; an operation belongs to the one that it was begun in.

    Attributes:
        problem: Why operations are not recorded durably, in one sentence; empty while they are, or are not meant to be.
        note: What else is to be known of where it is kept, in one sentence; empty for nothing.
    """

    def __init__(self, folder: Path | None = None, cloud: CloudProfile = PUBLIC) -> None:
        self.problem = ""
        self.note = ""
        self._folder = folder
        self._cloud = cloud
        self._run: Run | None = None
        self._written: dict[int, int] = {}
        self._unread: dict[int, UnreadOperation] = {}
        self._version = 0
        try:
            self._connection = self._open()
        except (OSError, sqlite3.Error, Newer) as error:
            self.problem = self._unusable(error)
            _log.warning("%s", self.problem)
            self._folder = None
            self._close_run()
            self._connection = self._open()

    def load(self, only: Collection[int] | None = None, known: Collection[int] = ()) -> tuple[Operation, ...]:
        """The operations that have not ended, and the newest of the others, oldest first; `unread` has the rest.

        Args:
            only: The ids of the operations to read; None for all of these.
            known: The ids of those that need not be read again.
        """
        try:
            if only is None:
                self.has_changed()  # what others write from here on is news
                numbers = self._numbers()
                self._unread = {number: self._unread[number] for number in numbers if number in self._unread}
            else:
                numbers = sorted(only)
            return tuple(self._readable(number for number in numbers if number not in known))
        except sqlite3.Error as error:
            self._failed("read", error)
            return ()

    @property
    def unread(self) -> tuple[UnreadOperation, ...]:
        """What was to be loaded and this version cannot read, oldest first; it is left as it is."""
        return tuple(self._unread[number] for number in sorted(self._unread))

    def has_changed(self) -> bool:
        """Whether other programs have written since this was asked, or all loaded, last; reads no operation."""
        before = self._version
        try:
            (self._version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            self._failed("read", error)
        return self._version != before

    def begin(self, operation: Operation) -> None:
        """Keep a new operation, before anything of it is sent.

        Raises:
            Problem: If another write of the same resource has not ended, or another program keeps that from being seen.
        """
        try:
            with transaction(self._connection):
                self._refuse_busy(operation)
                self._write(operation)
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise Problem(
                    ProblemKind.CONFLICT,
                    f"Another program holds the journal, so it cannot be seen whether {operation.target.name} is busy.",
                    advice="Nothing was sent. Try again; if that happens again, look for a sparkpool that is stopped.",
                ) from error
            self._failed("written", error)
        else:
            self._wrote(operation)

    def record(self, operation: Operation) -> None:
        """Keep the new events of an operation, and with them any that could not be kept before."""
        try:
            with transaction(self._connection):
                self._write(operation)
        except (sqlite3.Error, OSError) as error:
            self._failed("written", error)
        else:
            self._wrote(operation)

    def take(self, operation_id: int, event: Event) -> Operation:
        """Make an operation that nobody watches this program's own.

        Args:
            operation_id: Which.
            event: What is kept with that: while its last event is an end, it is in no other write's way.

        Returns:
            Its record, with that event.

        Raises:
            Problem: If it has ended meanwhile, another program watches it, another write of its resource has not
                ended, or it cannot be read or kept.
        """
        try:
            with transaction(self._connection):
                operation = self._read(operation_id)
                if operation.why_out_of_reach is not None and not isinstance(event, Unwatched):
                    raise Problem(ProblemKind.CONFLICT, operation.why_out_of_reach, advice="Nothing was sent.")
                self._refuse_taken(operation)
                self._refuse_busy(operation)
                self._connection.execute("UPDATE operations SET run = ? WHERE id = ?", (self._run_id, operation_id))
                self._written[operation_id] = len(operation.events)
                operation = operation.with_event(event)
                self._write(operation)
        except (sqlite3.Error, OSError, KeyError, Unreadable) as error:
            raise Problem(
                ProblemKind.UNREADABLE,
                "The operation cannot be taken up: its record cannot be read or kept.",
                cause=str(error),
                advice="Nothing was sent. Refresh the list to see how its compute stands.",
            ) from error
        self._written[operation_id] = len(operation.events)
        return replace(operation, watch=Watch.HERE, watcher="")

    def release(self, operation_id: int, end: Unwatched) -> None:
        """End what cannot be read as what nobody watches any more; its record stays, for a program that can read it.

        Raises:
            Problem: If another program watches it, or that cannot be kept.
        """
        execute = self._connection.execute
        try:
            with transaction(self._connection):
                row = execute("SELECT run FROM operations WHERE id = ?", (operation_id,)).fetchone()
                if row is None:
                    return
                if watcher := self._watcher(*row):
                    raise _watched(watcher, "It can be let go when that program has ended.")
                execute(
                    "INSERT INTO events SELECT ?, COALESCE(MAX(number) + 1, 0), ? FROM events WHERE operation = ?",
                    (operation_id, _text(end), operation_id),
                )
                execute("UPDATE operations SET ended = 1 WHERE id = ?", (operation_id,))
        except (sqlite3.Error, OSError) as error:
            raise Problem(
                ProblemKind.UNREADABLE,
                "The operation cannot be let go, because the journal cannot be written.",
                cause=str(error),
                advice="Nothing was changed. Try again.",
            ) from error

    def close(self) -> None:
        """Give up all operations; other programs may take up those that have not ended."""
        self._connection.close()
        self._close_run()

    # The file

    def _open(self) -> sqlite3.Connection:
        if self._folder is None:
            return open_memory()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._run = Run(self._folder / RUNS_NAME)
        path = self._folder / JOURNAL_NAME
        connection, drive = open_file(path)
        if drive:
            self.note = f"{path} is on a network drive ({drive}), so it is written without a write-ahead log."
        return connection

    def _close_run(self) -> None:
        if self._run is not None:
            self._run.close()
            self._run = None

    @property
    def _manager(self) -> str:
        """What tells clouds apart: a name may be given to another one."""
        return self._cloud.resource_manager.rstrip("/").lower()

    @property
    def _run_id(self) -> str:
        return self._run.id if self._run is not None else ""

    # Operations

    def _write(self, operation: Operation) -> None:
        execute = self._connection.execute
        execute(
            "INSERT OR IGNORE INTO operations (id, verb, target, run, request, cloud, manager) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(operation.id, VERBS[operation.verb], _key(operation.target), self._run_id, _text(operation.request)),
                *(self._cloud.name, self._manager),
            ),
        )
        written = self._written.get(operation.id, 0)
        for number, event in enumerate(operation.events[written:], written):
            execute("INSERT INTO events VALUES (?, ?, ?)", (operation.id, number, _text(event)))
        execute("UPDATE operations SET ended = ? WHERE id = ?", (operation.end is not None, operation.id))

    def _numbers(self) -> list[int]:
        rows = self._connection.execute(
            "SELECT id FROM operations WHERE ended = 0 UNION SELECT id FROM "
            "(SELECT id FROM operations WHERE ended = 1 ORDER BY id DESC LIMIT ?) ORDER BY id",
            (SHOWN,),
        )
        return [number for (number,) in rows]

    def _readable(self, numbers: Iterable[int]) -> Iterator[Operation]:
        for number in numbers:
            try:
                operation = self._read(number)
            except KeyError:
                continue  # it has made room meanwhile
            except Unreadable as error:
                if number not in self._unread:
                    _log.warning("operation %d cannot be read and is left as it is: %s", number, error)
                self._unread[number] = self._known_of(number, str(error))
            else:
                self._unread.pop(number, None)
                yield operation

    def _read(self, number: int) -> Operation:
        row = self._connection.execute(
            "SELECT verb, run, request, cloud, manager FROM operations WHERE id = ?", (number,)
        ).fetchone()
        if row is None:
            raise KeyError(number)
        verb, run, request, cloud, manager = row
        if verb not in _VERBS:
            raise Unreadable(f"this version knows no operation that is called {verb}")
        wanted, told = _document(request), tuple(map(_document, self._events(number)))
        if not isinstance(wanted, Request) or not all(isinstance(event, Event) for event in told):
            raise Unreadable("its record holds something else than a request and its events")
        watcher = self._watcher(run)
        watch = Watch.ELSEWHERE if watcher else Watch.HERE if run == self._run_id else Watch.NOBODY
        other_cloud = "" if manager in ("", self._manager) else cloud
        return Operation(number, _VERBS[verb], wanted.id, wanted, told, watch, watcher, other_cloud)

    def _events(self, number: int) -> list[Any]:
        rows = self._connection.execute("SELECT event FROM events WHERE operation = ? ORDER BY number", (number,))
        return [event for (event,) in rows]

    def _known_of(self, number: int, why: str) -> UnreadOperation:
        """What can be told of an operation that cannot be read."""
        verb, run, ended, target, request = self._connection.execute(
            "SELECT verb, run, ended, target, request FROM operations WHERE id = ?", (number,)
        ).fetchone()
        began = next(map(_moment, self._events(number)), None)
        return UnreadOperation(
            number, str(verb), str(target), why, _kind(request), began, bool(ended), self._watcher(run)
        )

    def _watcher(self, run: object) -> str:
        return self._run.watcher(str(run)) if self._run is not None else ""

    def _refuse_taken(self, operation: Operation) -> None:
        name = operation.target.name
        (ended,) = self._connection.execute("SELECT ended FROM operations WHERE id = ?", (operation.id,)).fetchone()
        if ended and not operation.is_open:
            raise Problem(ProblemKind.CONFLICT, f"The {operation.verb.noun} of {name} has ended meanwhile.")
        if not ended and operation.watch is Watch.ELSEWHERE:
            raise _watched(operation.watcher, "It can be taken up here when that program has ended.")

    def _refuse_busy(self, operation: Operation) -> None:
        others = self._connection.execute(
            "SELECT verb, run FROM operations WHERE ended = 0 AND target = ? AND id <> ? AND manager IN ('', ?)",
            (_key(operation.target), operation.id, self._manager),
        ).fetchall()
        for verb, run in others:
            # What this program follows, its registry knows better: its end may be one that could not be written.
            if run != self._run_id:
                raise self._busy(operation.target, verb, run)

    def _busy(self, target: ResourceId, verb: str, run: str) -> Problem:
        watcher = self._watcher(run)
        if watcher:
            noun = _VERBS[verb].noun if verb in _VERBS else verb
            return Problem(
                ProblemKind.CONFLICT,
                f"{target.name} is busy: {inside(watcher)} watches its {noun}.",
                advice="Nothing was sent. Wait for its end, then try again.",
            )
        return Problem(
            ProblemKind.CONFLICT,
            f"An earlier write of {target.name} ({verb}) was left unfinished.",
            advice=f"Nothing was sent. Press {Action.OPERATIONS} and continue it ({Action.CONTINUE}), "
            f"or let it go ({Action.LET_GO}), then try again.",
        )

    # Failures

    def _unusable(self, error: Exception) -> str:
        path = (self._folder or Path()) / JOURNAL_NAME
        tail = "Operations are not recorded: one that is running when this session drops is not found again."
        if isinstance(error, Newer):
            return f"{path} was written by a newer sparkpool and is left as it is. {tail}"
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            return f"{path} is damaged ({error}) and is left as it is; move it away to begin a new one. {tail}"
        return f"{path} cannot be used ({error}). {tail}"

    def _failed(self, done: str, error: Exception) -> None:
        """Go on in memory, and say so; what is missing is written with the next event that can be."""
        self.problem = (
            f"The journal cannot be {done} ({error}): "
            "an operation that is running when this session drops may not be found again."
        )
        _log.warning("%s", self.problem)

    def _wrote(self, operation: Operation) -> None:
        self._written[operation.id] = len(operation.events)
        if self._folder is not None:
            self.problem = ""


def _key(target: ResourceId) -> str:
    return str(target).lower()


def _watched(watcher: str, advice: str) -> Problem:
    return Problem(ProblemKind.CONFLICT, f"{watcher} watches it.", advice=advice)


def _document(text: Any) -> Any:
    try:
        stored = json.loads(text)
    except (ValueError, TypeError) as error:
        raise Unreadable(f"its record is damaged ({error})") from error
    return from_json(stored)


def _kind(text: Any) -> str:
    """The name under which something was kept, whatever it is; empty where even that cannot be read."""
    try:
        return str(json.loads(text)["is"])
    except (ValueError, TypeError, KeyError):
        return ""


def _moment(text: Any) -> datetime | None:
    """When an event was, whatever it is; None where even that cannot be read."""
    try:
        at = from_json(json.loads(text)["at"])
    except (ValueError, TypeError, KeyError):
        return None
    return at if isinstance(at, datetime) else None


def _text(value: Any) -> str:
    # Escaped, because JSON allows half a surrogate pair, and SQLite's UTF-8 does not.
    return json.dumps(to_record(value), separators=(",", ":"))
