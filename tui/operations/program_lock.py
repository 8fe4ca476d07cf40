"""Tracks which programs are alive: each locks a file of its own, which the system releases when it dies."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from tui.files import private_folder

_MOST_WORDS = 200
_STARTING_SECONDS = 3600.0


class ProgramLock:
    """This program among those that share a journal.

    It uses a lock rather than a process id, because ids are reused, and mean nothing on another host. The folder for
    the lock files is created. `id` is unique among all programs.

    Raises:
        OSError: If the lock cannot be obtained.
    """

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self.id = uuid4().hex
        self._folder = folder
        self._path = folder / self.id
        self._sweep()
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
        except OSError:
            self.close()
            raise

    @property
    def is_in_place(self) -> bool:
        """Whether other programs can still find it; false once its file was removed."""
        try:
            status, own = self._path.stat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino)

    def watcher(self, run: str) -> str:
        """The live program of that id, in a few words; empty if it is dead or this one."""
        path = self._folder / run
        if run == self.id or not run.isalnum():
            return ""
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return ""
        except PermissionError:
            # Whether it is alive is unknown, so its operations are left alone.
            return "Another user's sparkpool"
        try:
            # A shared lock, so that programs that check at the same time do not mistake each other for the owner.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return f"Another sparkpool ({os.pread(descriptor, _MOST_WORDS, 0).decode(errors='replace')})"
        else:
            return ""
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Release this program's lock."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _sweep(self) -> None:
        """Remove the files of programs that ended; an empty file may belong to a program that is just starting."""
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                status = path.stat()
                is_old = time.time() - status.st_mtime > _STARTING_SECONDS
                if (status.st_size or is_old) and not self.watcher(path.name):
                    path.unlink()


def inside(watcher: str) -> str:
    """The words for a program, for the middle of a sentence."""
    return watcher[:1].lower() + watcher[1:]
