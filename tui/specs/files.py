"""Reads a spec file, within limits."""

import os
import select
import stat
import time
from pathlib import Path

from tui.domain.errors import Problem, ProblemKind
from tui.domain.spec import Spec, SpecProblem
from tui.domain.spec_check import check_spec
from tui.specs.syntax import parse

MOST_BYTES = 128 * 1024
"""Fifty tags at Azure's limits and a hundred identities are below 64 KB."""
PIPE_SECONDS = 10.0
"""How long a pipe may take to be written: a program behind it may ask a server first."""


def read_spec(path: str, pipe_seconds: float = PIPE_SECONDS) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    """Read and check a spec file; the spec is None if there are errors.

    `~` in the path is the home folder. `pipe_seconds` is how long a pipe may take to be written.

    Raises:
        Problem: If the file cannot be read at all.
    """
    return parse_spec(read_bytes(path, pipe_seconds))


def parse_spec(data: bytes) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    """Check the bytes of a spec file."""
    root, problems = parse(data)
    if root is None:
        return None, problems
    spec, found = check_spec(root)
    return (None if problems else spec), (*problems, *found)


def read_bytes(path: str, pipe_seconds: float = PIPE_SECONDS, most: int = MOST_BYTES) -> bytes:
    """Read any file.

    It may be a pipe such as a shell's `<(command)`; `~` is the home folder.

    Args:
        path: Its path.
        pipe_seconds: How long a pipe may take to be written.
        most: How many bytes it may have; by default those of a spec file.

    Raises:
        Problem: If it is not a readable file of that size.
    """
    try:
        place = Path(path).expanduser()
        # Opening a pipe would block until something writes to it.
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise Problem(ProblemKind.UNREADABLE, f"{path} is a folder.", advice="Choose a file in it.")
        if stat.S_ISFIFO(status.st_mode):
            return _all_of_pipe(descriptor, path, pipe_seconds, most)
        if not stat.S_ISREG(status.st_mode):
            raise Problem(ProblemKind.UNREADABLE, f"{path} is not a text file.", advice="Choose another file.")
        if status.st_size > most:
            raise _too_large(path, f"{status.st_size:,} bytes", most)
        return _all_of(descriptor, most)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _all_of(descriptor: int, most: int) -> bytes:
    parts = []
    remaining = most
    while remaining > 0 and (part := os.read(descriptor, remaining)):
        parts.append(part)
        remaining -= len(part)
    return b"".join(parts)


def _all_of_pipe(descriptor: int, path: str, seconds: float, most: int) -> bytes:
    """Everything that comes through a pipe until its other end is closed.

    Raises:
        Problem: If it takes too long, is too large, or is empty.
    """
    deadline = time.monotonic() + seconds
    read = bytearray()
    while True:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise Problem(
                ProblemKind.UNREADABLE,
                f"{path} is a pipe, and its other end was not closed within {seconds:g} seconds.",
                advice="Save what it writes to a file, and open that.",
            )
        part = os.read(descriptor, most)
        read += part
        if len(read) > most:
            raise _too_large(path, f"more than {most:,} bytes", most)
        if not part:
            break
    if not read:
        raise Problem(
            ProblemKind.UNREADABLE,
            f"{path} is a pipe, and nothing can be read from it.",
            advice="A pipe can be read only once. Save what it writes to a file, and open that.",
        )
    return bytes(read)


def _too_large(path: str, size: str, most: int) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"{path} has {size}; at most {most:,} are read.",
        advice="It was not read. Is it another file?",
    )


def _unreadable(path: str, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(ProblemKind.NOT_FOUND, f"There is no file {path}.", advice="Check its name and the folder.")
    if isinstance(error, IsADirectoryError):
        return Problem(ProblemKind.UNREADABLE, f"{path} is a folder.", advice="Choose a file in it.")
    if isinstance(error, PermissionError):
        return Problem(
            ProblemKind.FORBIDDEN,
            f"You may not read {path}.",
            advice="Ask its owner for access, or copy it to a place that you can read.",
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem(ProblemKind.UNREADABLE, f"{path} cannot be read.", cause=reason, advice="Check its name.")
