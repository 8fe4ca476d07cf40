"""The durable journal of operations: the requests, Azure's answers, and which program watches.

SQLite in the state folder. Write-ahead logging and a full sync make each event durable before it is shown; on a network
drive, where SQLite does not support that logging, a rollback journal is used.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.errors import Problem, ProblemKind
from tui.domain.mentions import Mention
from tui.domain.operation import Event, Operation, Unwatched, Watch
from tui.domain.plan import Request
from tui.domain.resource_id import ResourceId
from tui.domain.unreadable_operation import UnreadableOperation
from tui.files import private_folder, restrict_all
from tui.operations.journal_codec import Unreadable, from_json
from tui.operations.journal_file import JOURNAL_NAME, open_file, open_memory, refuse_newer, transaction, version
from tui.operations.journal_records import (
    Numbered,
    Row,
    data_version,
    document,
    events_of,
    key_of,
    numbers,
    row_of,
    text_of,
    unread_of,
    write_events,
)
from tui.operations.journal_room import remove_old, shorten, shrink
from tui.operations.journal_trouble import ERRORS, Newer, Trouble, is_broken, opening, reading, writing
from tui.operations.program_lock import ProgramLock, inside
from tui.operations.stored_names import VERBS

RUNS_NAME = "runs"
MOST_LOADED_BYTES = 16 * 1024 * 1024
"""How many bytes of ended operations are read at the start; the newest come first."""

_OPEN, _READ, _WRITE = "open", "read", "write"
"""What can fail when the file is used."""
_VERBS = {stored: verb for verb, stored in VERBS.items()}

_log = logging.getLogger(__name__)


class Journal:
    """Implements `tui.domain.ports.Journal`.

    A file that cannot be used, read or written is tried again with each call. What could not be written is kept, and
    written before anything else. No call waits long for another program: the caller tries again.

    Args:
        folder: The state folder; None to keep operations in memory only, as in the sandbox.
        cloud: The program's cloud; an operation belongs to the cloud in which it began.

    Attributes:
        note: A remark on the file's location, in one sentence; empty for none.
    """

    OPENING_SECONDS = 0.5
    """How long to wait for another program when the file is opened at the start."""
    LOCK_SECONDS = 0.1
    """How long each call waits for another program."""

    def __init__(self, folder: Path | None = None, cloud: CloudProfile = PUBLIC) -> None:
        self.note = ""
        self._folder = folder
        self._path = (folder or Path()) / JOURNAL_NAME
        self._cloud = cloud
        self._run: ProgramLock | None = None
        self._own_runs: set[str] = set()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._troubles: dict[str, Trouble] = {}
        self._pending: dict[int, Operation] = {}
        self._rows: dict[int, Numbered] = {}
        self._unreadable: dict[int, UnreadableOperation] = {}
        self._data_version = 0
        try:
            self._usable(self.OPENING_SECONDS)
        except ERRORS as error:
            self._failed(_READ, error)

    @property
    def trouble(self) -> Trouble | None:
        """Why operations are not recorded durably; None while they are, or are not meant to be."""
        return self._troubles.get(_OPEN) or self._troubles.get(_WRITE) or self._troubles.get(_READ)

    @property
    def problem(self) -> str:
        """Why operations are not recorded durably, in one or two sentences; empty while they are."""
        trouble = self.trouble
        return trouble.sentence if trouble is not None else ""

    @property
    def is_in_memory(self) -> bool:
        """Whether it deliberately ends with the program."""
        return self._folder is None

    @property
    def is_locked(self) -> bool:
        """Whether it failed because of another program's lock, which is temporary."""
        return self.trouble is not None and self.trouble.is_locked

    @property
    def is_read(self) -> bool:
        """Whether the last attempt to read it succeeded."""
        return not {_OPEN, _READ} & self._troubles.keys()

    @property
    def unwritten(self) -> frozenset[int]:
        """The ids of the operations that are not completely recorded yet."""
        return frozenset(self._pending)

    def load(self, only: Collection[int] | None = None, known: Collection[int] = ()) -> tuple[Operation, ...]:
        """Load the operations that have not ended, and the newest others, oldest first; `unreadable` has the rest.

        Only the ids in `only` are read, if given; those in `known` are skipped.
        """
        try:
            connection = self._usable()
            if only is None:
                self._data_version = data_version(connection)  # later writes of others count as changes
                ids = numbers(connection)
                self._unreadable = {number: self._unreadable[number] for number in ids if number in self._unreadable}
            else:
                ids = sorted(only)
            operations = self._readable(connection, [number for number in ids if number not in known])
        except ERRORS as error:
            self._failed(_READ, error)
            return ()
        self._troubles.pop(_READ, None)
        return operations

    @property
    def unreadable(self) -> tuple[UnreadableOperation, ...]:
        """Operations that should be loaded but this version cannot read, oldest first; their records stay unchanged."""
        return tuple(self._unreadable[number] for number in sorted(self._unreadable))

    def has_changed(self) -> bool:
        """Whether other programs have written since the last call or load; reads no operation."""
        try:
            connection = self._usable()  # a replaced file counts as a change, whatever its number
            before, self._data_version = self._data_version, data_version(connection)
        except ERRORS as error:
            self._failed(_READ, error)
            return False
        return self._data_version != before

    def begin(self, operation: Operation) -> None:
        """Record a new operation, before any of it is sent.

        Raises:
            NotRecorded: If it cannot be recorded durably.
            Problem: If another write of the same resource has not ended.
        """
        name = operation.target.name
        try:
            with self._writing() as connection:
                # The end of an earlier operation on the same resource is recorded before the start of the next.
                written = self._write_pending(connection)
                self._refuse_busy(connection, operation)
                written[operation.id] = self._write(connection, operation)
        except ERRORS as error:
            trouble = self._failed(_WRITE, error)
            busy = f"Another program holds the journal, so it is unknown whether {name} is busy."
            raise trouble.refusal(busy if trouble.is_locked else "") from error
        self._wrote(written)

    def record(self, operation: Operation) -> None:
        """Record the new events of an operation, and earlier ones that could not be recorded.

        What cannot be written now is in `unwritten`, and is written with the next call that can.
        """
        before = self._pending.get(operation.id)
        self._pending[operation.id] = operation
        try:
            self.flush()
        except (TypeError, ValueError, KeyError):
            # An event without a stored name must not keep everything else from being written.
            if before is not None:
                self._pending[operation.id] = before
            else:
                del self._pending[operation.id]
            raise

    def flush(self) -> bool:
        """Record what could not be recorded before; returns whether nothing is left."""
        if not self._pending:
            return True
        try:
            with self._writing() as connection:
                written = self._write_pending(connection)
        except ERRORS as error:
            self._failed(_WRITE, error)
            return False
        self._wrote(written)
        return True

    def recover(self) -> bool:
        """Try to write and to read again; returns whether that worked."""
        try:
            with self._writing() as connection:
                written = self._write_pending(connection)
                # Writes a page without changing anything; a full disk or a read-only file refuses it.
                connection.execute(f"PRAGMA user_version = {version(connection)}")
        except ERRORS as error:
            self._failed(_WRITE, error)
            return False
        self._wrote(written)
        try:
            numbers(self._usable())
        except ERRORS as error:
            self._failed(_READ, error)
            return False
        self._troubles.pop(_READ, None)
        return True

    def refusal(self, what: str) -> Problem:
        """Why something was not sent that must be recorded first; `what` is one sentence."""
        trouble = self.trouble or Trouble("The journal could not be written.", "", "Try again.")
        return trouble.refusal(what=what)

    def take(self, operation_id: int, event: Event) -> Operation:
        """Take over an operation that no program watches, and record an event with that.

        While the operation's last event is an end, it blocks no other write.

        Raises:
            NotRecorded: If that cannot be recorded durably.
            Problem: If it has ended in the meantime, another program watches it, another write of its resource has
                not ended, or it cannot be read.
        """
        failed = "The operation cannot be resumed, because that cannot be recorded."
        if isinstance(event, Unwatched):
            failed = "The operation cannot be abandoned, because that cannot be recorded."
        try:
            with self._writing() as connection:
                written = self._write_pending(connection)
                operation, recorded = self._read(connection, operation_id)
                if operation.why_out_of_reach is not None and not isinstance(event, Unwatched):
                    raise Problem(ProblemKind.CONFLICT, operation.why_out_of_reach, advice="Nothing was sent.")
                self._refuse_taken(connection, operation)
                self._refuse_busy(connection, operation)
                connection.execute("UPDATE operations SET run = ? WHERE id = ?", (self._run_id, operation_id))
                rows = list(zip(operation.events, recorded, strict=True))
                operation = operation.with_event(event)
                written[operation_id] = self._write(connection, operation, rows)
        except ERRORS as error:
            raise self._failed(_WRITE, error).refusal(failed) from error
        except (KeyError, Unreadable) as error:
            raise Problem(
                ProblemKind.UNREADABLE,
                "The operation cannot be resumed: its record cannot be read.",
                cause=str(error),
                advice="Nothing was sent. Refresh the list to see the state of its compute.",
            ) from error
        self._wrote(written)
        return replace(operation, watch=Watch.HERE, watcher="")

    def abandon_unreadable(self, operation_id: int, end: Unwatched) -> None:
        """End an operation that cannot be read as no longer watched; its record stays for a program that can read it.

        Raises:
            Problem: If another program watches it, or that cannot be recorded.
        """
        try:
            with self._writing() as connection:
                row = connection.execute("SELECT run FROM operations WHERE id = ?", (operation_id,)).fetchone()
                if row is None:
                    return
                if watcher := self._watcher(*row):
                    raise _watched(watcher, "It can be abandoned when that program has ended.")
                connection.execute(
                    "INSERT INTO events SELECT ?, COALESCE(MAX(number) + 1, 0), ? FROM events WHERE operation = ?",
                    (operation_id, text_of(end), operation_id),
                )
                connection.execute("UPDATE operations SET ended = 1 WHERE id = ?", (operation_id,))
        except ERRORS as error:
            title = "The operation cannot be abandoned, because the journal cannot be written."
            raise self._failed(_WRITE, error).refusal(title, "Nothing was changed.") from error

    def tidy(self) -> bool:
        """Delete some operations or events if there are too many, and shrink the file.

        Returns:
            Whether there may be more to do; a file in use is left for later.
        """
        if self._folder is None:
            return False
        try:
            with self._writing() as connection:
                is_tidied = remove_old(connection) or shorten(connection, self._is_alive)
            if not is_tidied:
                shrink(connection)
        except ERRORS as error:
            _log.info("the journal is tidied another time: %s", error)
            return False
        return is_tidied

    def close(self) -> None:
        """Release all operations; other programs may resume those that have not ended."""
        if not self.flush():
            _log.warning("not recorded at the end: the last events of %d operations", len(self._pending))
        self._drop()
        if self._run is not None:
            self._run.close()
            self._run = None

    # The file

    def _usable(self, patience: float | None = None) -> sqlite3.Connection:
        """The connection; opened if there is none, or if the file was replaced.

        Raises:
            OSError: If the file cannot be made.
            sqlite3.Error: If it cannot be used.
            Newer: If a newer program wrote it.
        """
        patience = self.LOCK_SECONDS if patience is None else patience
        if self._connection is not None and not self._is_in_place():
            _log.warning("%s was replaced or removed, and is opened again", self._path)
            self._drop()
            self._rows.clear()
        if self._connection is None:
            try:
                self._connection = self._open(patience)
            except ERRORS as error:
                self._troubles[_OPEN] = self._logged(opening(error, self._path))
                raise
            self._data_version = -1
            self._troubles.pop(_OPEN, None)
        return self._connection

    def _open(self, patience: float) -> sqlite3.Connection:
        if self._folder is None:
            return open_memory()
        private_folder(self._folder)
        restrict_all(self._folder)
        if self._run is not None and not self._run.is_in_place:
            self._run.close()
            self._run = None
        if self._run is None:
            self._run = ProgramLock(self._folder / RUNS_NAME)
            self._own_runs.add(self._run.id)
        connection, drive = open_file(self._path, patience)
        status = self._path.stat()
        self._file = status.st_dev, status.st_ino
        self.note = ""
        if drive:
            self.note = f"{self._path} is on a network drive ({drive}), so it is written without a write-ahead log."
        return connection

    def _is_in_place(self) -> bool:
        """Whether the open file is still the one at its path."""
        if self._folder is None:
            return True
        try:
            status = self._path.stat()
        except OSError:
            return False
        return self._file == (status.st_dev, status.st_ino) and self._run is not None and self._run.is_in_place

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that locks out other programs; it is undone if it does not complete."""
        connection = self._usable()
        connection.execute(f"PRAGMA busy_timeout = {round(self.LOCK_SECONDS * 1000)}")
        with transaction(connection):
            refuse_newer(connection)
            yield connection

    @property
    def _manager(self) -> str:
        """What identifies a cloud: the address of its manager, because a name can be used again."""
        return self._cloud.resource_manager.rstrip("/").lower()

    @property
    def _run_id(self) -> str:
        return self._run.id if self._run is not None else ""

    # Operations

    def _write_pending(self, connection: sqlite3.Connection) -> dict[int, Numbered]:
        return {number: self._write(connection, operation) for number, operation in self._pending.items()}

    def _write(self, connection: sqlite3.Connection, operation: Operation, rows: Numbered | None = None) -> Numbered:
        """Make the record of an operation match what this program knows, within a transaction.

        `rows` are the recorded events with their numbers; None for those that were last written here. Returns the same
        for the new record.
        """
        execute, number = connection.execute, operation.id
        rows = self._rows.get(number) if rows is None else rows
        owner = execute("SELECT run FROM operations WHERE id = ?", (number,)).fetchone()
        if owner is None:
            rows = []
            execute(
                "INSERT INTO operations (id, verb, target, run, request, cloud, manager) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(
                        number,
                        VERBS[operation.verb],
                        key_of(operation.target),
                        self._run_id,
                        text_of(operation.request),
                    ),
                    *(self._cloud.name, self._manager),
                ),
            )
        elif owner[0] != self._run_id:
            if owner[0] not in self._own_runs:
                # Another program has resumed it since, and knows more of it.
                return rows or []
            execute("UPDATE operations SET run = ? WHERE id = ?", (self._run_id, number))
        if rows is None:
            execute("DELETE FROM events WHERE operation = ?", (number,))
            rows = []
        return write_events(connection, operation, rows)

    def _wrote(self, written: dict[int, Numbered]) -> None:
        for number, rows in written.items():
            self._rows[number] = rows
            self._pending.pop(number, None)
        self._troubles.pop(_WRITE, None)

    def _readable(self, connection: sqlite3.Connection, wanted: Sequence[int]) -> tuple[Operation, ...]:
        """The readable operations among some; of ended ones, the newest up to a total size."""
        operations: list[Operation] = []
        room = MOST_LOADED_BYTES
        for number in reversed(wanted):
            try:
                row = row_of(connection, number)
                if row.ended and room <= 0:
                    continue
                operation, _ = self._operation(connection, number, row)
                room -= row.bytes
            except KeyError:
                continue  # deleted to make room in the meantime
            except Unreadable as error:
                if number not in self._unreadable:
                    _log.warning("operation %d cannot be read and is left as it is: %s", number, error)
                unreadable, run = unread_of(connection, number, str(error))
                self._unreadable[number] = replace(unreadable, watcher=self._watcher(run))
            else:
                self._unreadable.pop(number, None)
                operations.append(operation)
        return tuple(reversed(operations))

    def _read(self, connection: sqlite3.Connection, number: int) -> tuple[Operation, list[int]]:
        return self._operation(connection, number, row_of(connection, number))

    def _operation(self, connection: sqlite3.Connection, number: int, row: Row) -> tuple[Operation, list[int]]:
        if row.verb not in _VERBS:
            raise Unreadable(f"this version does not know the operation {row.verb}")
        request = from_json(document(row.request))
        rows = events_of(connection, number)
        row.bytes = len(row.request) + sum(size for _, _, size in rows)
        events = tuple(from_json(stored) for _, stored, _ in rows)
        if not isinstance(request, Request) or not all(isinstance(event, Event) for event in events):
            raise Unreadable("its record is not a request with its events")
        try:
            # A name in the record becomes part of a path.
            ResourceId.parse(str(request.id))
        except ValueError as error:
            raise Unreadable(f"its target is not a resource ({error})") from error
        watcher = self._watcher(row.run)
        is_own = row.run == self._run_id or row.run in self._own_runs
        watch = Watch.ELSEWHERE if watcher else Watch.HERE if is_own else Watch.NOBODY
        other_cloud = "" if row.manager in ("", self._manager) else row.cloud
        operation = Operation(number, _VERBS[row.verb], request.id, request, events, watch, watcher, other_cloud)
        return operation, [at for at, _, _ in rows]

    def _watcher(self, run: object) -> str:
        return self._run.watcher(str(run)) if self._run is not None else ""

    def _is_alive(self, run: str) -> bool:
        return run == self._run_id or bool(self._watcher(run))

    def _refuse_taken(self, connection: sqlite3.Connection, operation: Operation) -> None:
        name = operation.target.name
        (ended,) = connection.execute("SELECT ended FROM operations WHERE id = ?", (operation.id,)).fetchone()
        if ended and not operation.is_open:
            raise Problem(ProblemKind.CONFLICT, f"The {operation.verb.noun} of {name} has ended in the meantime.")
        if not ended and operation.watch is Watch.ELSEWHERE:
            raise _watched(operation.watcher, "It can be resumed here when that program has ended.")

    def _refuse_busy(self, connection: sqlite3.Connection, operation: Operation) -> None:
        others = connection.execute(
            "SELECT verb, run FROM operations WHERE ended = 0 AND target = ? AND id <> ? AND manager IN ('', ?)",
            (key_of(operation.target), operation.id, self._manager),
        ).fetchall()
        for verb, run in others:
            # For operations that this program watches, the registry knows more: their end may be unwritten.
            if run not in self._own_runs and run != self._run_id:
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
            f"An earlier write of {target.name} ({verb}) was interrupted.",
            advice=f"Nothing was sent. Press {Mention.OPERATIONS} and resume it ({Mention.RESUME}), "
            f"or abandon it ({Mention.ABANDON}), then try again.",
        )

    # Failures

    def _failed(self, use: str, error: Exception) -> Trouble:
        """Keep the reason why it cannot be used, and reopen it if that may help."""
        if _OPEN in self._troubles and self._connection is None:
            return self._troubles[_OPEN]
        if isinstance(error, Newer):
            self._drop()
            trouble = self._troubles[_OPEN] = self._logged(opening(error, self._path))
            return trouble
        trouble = (writing if use == _WRITE else reading)(error, self._path)
        self._troubles[use] = self._logged(trouble)
        if self._folder is not None and is_broken(error):
            self._drop()
        return trouble

    def _logged(self, trouble: Trouble) -> Trouble:
        if trouble not in self._troubles.values():
            _log.warning("%s", trouble.sentence)
        return trouble


def _watched(watcher: str, advice: str) -> Problem:
    return Problem(ProblemKind.CONFLICT, f"{watcher} watches it.", advice=advice)
