"""Files and folders that only their user can read, whatever the umask was, and whoever restored them from a backup."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_FILE, _FOLDER = 0o600, 0o700

_log = logging.getLogger(__name__)


def private_folder(folder: Path) -> None:
    """Make a folder, where there is none, and keep others out of it.

    Args:
        folder: The folder; one that is a link stands for the folder behind it.

    Raises:
        OSError: If it cannot be made.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    _restrict(folder.resolve())


def private_file(path: Path) -> None:
    """Make an empty file, where there is none, and keep others from reading it.

    No file that exists is opened: closing it would end the locks that this process holds on it.

    Args:
        path: The file.

    Raises:
        OSError: If it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE))
    except FileExistsError:
        restrict(path)


def restrict(*paths: Path) -> None:
    """Keep others from reading files, as far as these exist; links are left alone."""
    for path in paths:
        _restrict(path)


def restrict_all(folder: Path) -> None:
    """Keep others out of a folder and everything in it; links in it are left alone.

    Args:
        folder: The folder; where there is none, nothing is done.
    """
    if folder.is_dir():
        _restrict(folder.resolve())
        for path in _inside(folder.resolve()):
            _restrict(path)


def private_opener(path: str, flags: int) -> int:
    """An opener for `open`, whose files only the user can read."""
    descriptor = os.open(path, flags, _FILE)
    os.fchmod(descriptor, _FILE)
    return descriptor


def _inside(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(root) / name


def _restrict(path: Path) -> None:
    try:
        found = path.lstat()
        wanted = _FOLDER if stat.S_ISDIR(found.st_mode) else _FILE
        if stat.S_ISLNK(found.st_mode) or stat.S_IMODE(found.st_mode) == wanted:
            return
        path.chmod(wanted)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("others may be able to read %s: %s", path, error.strerror)
