"""Files that are there whole or not at all, and never replace another."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path


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
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
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
