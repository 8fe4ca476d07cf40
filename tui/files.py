"""Files that are written completely or not at all, and files and folders that only their user can read."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FILE, _FOLDER = 0o600, 0o700

_log = logging.getLogger(__name__)


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file in one step: nobody ever sees a part of it, and a full disk leaves nothing behind.

    An existing file stays unchanged. `mode` is reduced by the umask.

    Raises:
        FileExistsError: If something of that name exists.
        OSError: If it cannot be written.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    draft = path.with_name(f".sparkpool-{os.urandom(8).hex()}.part")
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


def write_over(path: Path, data: bytes) -> None:
    """Write a private file in one step, over an existing one; a device or a pipe is written to.

    Raises:
        OSError: If it cannot be written; an existing file stays unchanged then.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(data)
        return
    draft = path.with_name(f".sparkpool-{os.urandom(8).hex()}.part")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A link stays a link, to the new file.
        draft.replace(path.resolve())
    finally:
        draft.unlink(missing_ok=True)
    _keep_name(path.parent)


def _put_in_place(draft: Path, path: Path) -> None:
    """Give a complete file its name, unless that is taken."""
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
    """Make a folder's new entry survive a power failure, if the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def private_folder(folder: Path) -> None:
    """Create a folder, if necessary, and make it private; a link stands for its target.

    Raises:
        OSError: If it cannot be created.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    _restrict(folder.resolve())


def private_file(path: Path) -> None:
    """Create an empty file, if necessary, and make it private.

    An existing file is never opened: closing it would end the locks that this process holds on it.

    Raises:
        OSError: If it cannot be created.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE))
    except FileExistsError:
        restrict(path)


def restrict(*paths: Path) -> None:
    """Make existing files private; links are skipped."""
    for path in paths:
        _restrict(path)


def restrict_all(folder: Path) -> None:
    """Make a folder and everything in it private, if it exists; links in it are skipped."""
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
        status = path.lstat()
        mode = _FOLDER if stat.S_ISDIR(status.st_mode) else _FILE
        if stat.S_ISLNK(status.st_mode) or stat.S_IMODE(status.st_mode) == mode:
            return
        path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("others may be able to read %s: %s", path, error.strerror)
