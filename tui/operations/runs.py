"""Which programs are alive: each holds a lock on a file of its own, which the system releases when it dies."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_MOST_WORDS = 200


class Run:
    """This program among those that share a journal.

    A lock and not a process id: ids are used again, and mean nothing on another host.

    Args:
        folder: Where the lock files are; it is made.

    Attributes:
        id: Unique among all programs.

    Raises:
        OSError: If no lock can be had there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.id = uuid4().hex
        self._folder = folder
        self._path = folder / self.id
        self._sweep()
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())

    def watcher(self, run: str) -> str:
        """The live program of that id, in a few words; empty if it is dead or this one.

        Args:
            run: The id of a program.
        """
        path = self._folder / run
        if run == self.id or not run.isalnum():
            return ""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return ""
        except PermissionError:
            # Whether it lives cannot be told, so what it watches is left to it.
            return "Another user's sparkpool"
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return f"Another sparkpool ({os.pread(descriptor, _MOST_WORDS, 0).decode(errors='replace')})"
        else:
            return ""
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Be dead for the others."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _sweep(self) -> None:
        """Remove the files of the dead; a file without words may belong to one that is being born."""
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_size and not self.watcher(path.name):
                    path.unlink()


def inside(watcher: str) -> str:
    """The words for a program, for the middle of a sentence."""
    return watcher[:1].lower() + watcher[1:]
