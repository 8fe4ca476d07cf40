"""Journals on a real file whose writes fail as SQLite's do: a full disk, a lock, a read-only file, I/O errors."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.programs import Killed
from tui.domain.operation import Operation
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME

_DESCRIPTORS = Path("/proc/self/fd")


class Failure:
    """A failure of all writes to a journal's file, until it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME

    def begin(self, connection: sqlite3.Connection) -> None:
        """Make the next write of a connection fail; called before each write while the failure lasts."""

    def end(self, connection: sqlite3.Connection | None) -> None:
        """Let writes succeed again."""


class Locked(Failure):
    """Another program has an open transaction."""

    _other: sqlite3.Connection | None = None

    def begin(self, connection: sqlite3.Connection) -> None:
        if self._other is None:
            self._other = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._other.execute("BEGIN IMMEDIATE")

    def end(self, connection: sqlite3.Connection | None) -> None:
        if self._other is not None:
            self._other.close()
            self._other = None


class ReadOnly(Failure):
    """The file is read-only."""

    def begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = 1")

    def end(self, connection: sqlite3.Connection | None) -> None:
        if connection is not None:
            connection.execute("PRAGMA query_only = 0")


class _OtherFile(Failure):
    """Writes to the write-ahead log go to another file, which rejects them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._saved: dict[int, int] = {}

    def begin(self, connection: sqlite3.Connection) -> None:
        log = f"{self.path}-wal"
        # The log must be empty, because its content could not be read from the other file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for link in tuple(_DESCRIPTORS.iterdir()):
            with suppress(OSError):
                descriptor = int(link.name)
                if str(link.readlink()) == log and not self._is_replaced(descriptor):
                    self._forget(descriptor)
                    self._saved[descriptor] = os.dup(descriptor)
                    other = self._other_file(log)
                    os.dup2(other, descriptor)
                    os.close(other)

    def end(self, connection: sqlite3.Connection | None) -> None:
        for descriptor, saved in tuple(self._saved.items()):
            if self._is_replaced(descriptor):
                os.dup2(saved, descriptor)
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        if descriptor in self._saved:
            os.close(self._saved.pop(descriptor))

    def _is_replaced(self, descriptor: int) -> bool:
        """Whether a descriptor is still replaced; SQLite may have closed it since."""
        raise NotImplementedError

    def _other_file(self, log: str) -> int:
        raise NotImplementedError


class Full(_OtherFile):
    """No space is left on the disk."""

    def _is_replaced(self, descriptor: int) -> bool:
        with suppress(OSError):
            return str((_DESCRIPTORS / str(descriptor)).readlink()) == "/dev/full"
        return False

    def _other_file(self, log: str) -> int:
        return os.open("/dev/full", os.O_RDWR)


class Broken(_OtherFile):
    """The disk reports an error."""

    def _is_replaced(self, descriptor: int) -> bool:
        if descriptor not in self._saved:
            return False
        with suppress(OSError):
            is_log = str((_DESCRIPTORS / str(descriptor)).readlink()) == f"{self.path}-wal"
            return is_log and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        return False

    def _other_file(self, log: str) -> int:
        return os.open(log, os.O_RDONLY)


FAILURES: dict[str, type[Failure]] = {"full": Full, "locked": Locked, "read-only": ReadOnly, "broken": Broken}


class FaultyJournal(Journal):
    """A journal whose writes fail from a given one on, until the failure ends.

    Args:
        folder: The state folder.
        failure: The failure of the writes.
        at: The first write that fails, counted from 0; -1 for none.
        lasts: How many writes fail; -1 for all that follow.
        is_killed: Whether the program is killed when it records an event after the first failure.
        die: Called when the program is killed.
    """

    LOCK_SECONDS = 0.0

    def __init__(
        self,
        folder: Path,
        failure: Failure,
        at: int,
        *,
        lasts: int = -1,
        is_killed: bool = False,
        die: Callable[[], None] = lambda: None,
    ) -> None:
        self.writes = -1
        self.has_failed = False
        self._failure = failure
        self._at = at
        self._lasts = lasts
        self._is_killed = is_killed
        self._die = die
        self._is_dead = False
        super().__init__(folder)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self.writes += 1
        is_failing = self._at >= 0 and self.writes >= self._at
        if is_failing and self._lasts >= 0 and self.writes >= self._at + self._lasts:
            is_failing = False
            self._failure.end(self._connection)
        if is_failing:
            self.has_failed = True
            self._failure.begin(self._usable())
        with super()._writing() as connection:
            yield connection

    def record(self, operation: Operation) -> None:
        if self._is_killed and self.has_failed:
            self._is_dead = True
            self._die()
        if self._is_dead:
            raise Killed
        super().record(operation)

    def kill(self) -> None:
        """From now on, record nothing that the program does."""
        self._is_dead = True

    def close(self) -> None:
        self._failure.end(self._connection)
        if self._is_dead:
            # The system closes the files of a killed program without writing anything.
            self._pending.clear()
        super().close()

    def tidy(self) -> bool:
        return False
