"""The journal's file: opening, schema and location."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tui.files import private_file, restrict
from tui.operations.journal_trouble import Newer

JOURNAL_NAME = "journal.db"
_BESIDE = ("-wal", "-shm", "-journal")
"""The suffixes of the files that SQLite keeps beside it."""
_LARGEST_LOG_BYTES = 1024 * 1024

_NETWORK_DRIVES = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "lustre", "glusterfs"})
_MIGRATIONS = (
    """
    CREATE TABLE operations (
        id INTEGER PRIMARY KEY,
        verb TEXT NOT NULL,
        target TEXT NOT NULL,
        run TEXT NOT NULL,
        ended INTEGER NOT NULL DEFAULT 0,
        request TEXT NOT NULL
    );
    CREATE INDEX open_operations ON operations (target) WHERE ended = 0;
    CREATE TABLE events (
        operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        event TEXT NOT NULL,
        PRIMARY KEY (operation, number)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE operations ADD COLUMN cloud TEXT NOT NULL DEFAULT '';
    ALTER TABLE operations ADD COLUMN manager TEXT NOT NULL DEFAULT '';
    """,
)
"""The steps from each schema version to the next; `user_version` counts them."""


def open_file(path: Path, patience: float) -> tuple[sqlite3.Connection, str]:
    """Open the journal, create or migrate it if necessary, and make it private.

    `patience` is how many seconds to wait for other programs. Also returns the type of network drive that the file is
    on, empty for none.

    Raises:
        OSError: If the file cannot be made.
        sqlite3.Error: If it cannot be used.
        Newer: If a newer program wrote it.
    """
    # SQLite creates its other files with the mode of this one.
    private_file(path)
    restrict(*(path.with_name(f"{path.name}{end}") for end in _BESIDE))
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    drive = network_drive(path.resolve(), _mounts())
    try:
        return _prepared(connection, "DELETE" if drive else "WAL"), drive
    except (sqlite3.Error, Newer):
        connection.close()
        raise


def open_memory() -> sqlite3.Connection:
    """A journal that ends with the program."""
    return _prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False), "MEMORY")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that locks out other programs from its first read, and is undone if it does not complete."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _prepared(connection: sqlite3.Connection, mode: str) -> sqlite3.Connection:
    # A row with damaged characters must not keep the others from being read.
    connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
    refuse_newer(connection)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG_BYTES}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # A file that needs no migration is not written to, so it can be read while another program writes.
    if version(connection) < len(_MIGRATIONS):
        with transaction(connection):
            for number in range(version(connection), len(_MIGRATIONS)):
                for statement in filter(str.strip, _MIGRATIONS[number].split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
    return connection


def refuse_newer(connection: sqlite3.Connection) -> None:
    """Refuse a file that a newer program has written, or has migrated while it was open here.

    Raises:
        Newer: If so.
    """
    if version(connection) > len(_MIGRATIONS):
        raise Newer


def version(connection: sqlite3.Connection) -> int:
    """The schema number of the file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def network_drive(path: Path, mounts: str) -> str:
    """The type of network drive that a file is on, such as `nfs4`; empty if it is local or unknown.

    `path` must have no links; `mounts` are the lines of `/proc/self/mounts`.
    """
    mounted = [line.split(" ")[1:3] for line in mounts.splitlines() if line.count(" ") >= 3]
    inside = [(len(point), kind) for point, kind in mounted if path.is_relative_to(point.replace("\\040", " "))]
    kind = max(inside, default=(0, ""))[1]
    return kind if kind in _NETWORK_DRIVES else ""


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
