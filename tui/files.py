"""Files that are written whole or not at all, and files and folders that only their user can read."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FILE, _FOLDER = 0o600, 0o700

_log = logging.getLogger(__name__)


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file in one step: nobody ever sees a part of it, and a full disk leaves nothing behind.

    Args:
        path: The file; whatever is there already stays as it is.
        data: What it holds.
        mode: Who may use it, less what the umask takes away.

    Raises:
        FileExistsError: If something of that name is there.
        OSError: If it cannot be written.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    draft = path.with_name(f".sparkpool-{secrets.token_hex(8)}.part")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _keep_name(path.parent)


def _put_in_place(draft: Path, path: Path) -> None:
    """Give a whole file its name, unless that is taken."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is reserved, and the reservation replaced.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))
        try:
            draft.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _keep_name(folder: Path) -> None:
    """Have a folder's new name survive a power cut, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
