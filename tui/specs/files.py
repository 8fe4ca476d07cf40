"""Read a specification file, within bounds."""

import os
import stat
from pathlib import Path

from tui.domain.errors import Problem, ProblemKind
from tui.domain.spec import Spec, SpecProblem
from tui.domain.spec_check import check_spec
from tui.specs.syntax import parse

MOST_BYTES = 128 * 1024
"""Fifty tags at Azure's limits and a hundred identities are below 64 KB."""


def read_spec(path: str) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    """Read and check a specification.

    Args:
        path: The file; `~` is the home folder.

    Returns:
        The specification, None if anything is wrong in it; and everything that is.

    Raises:
        Problem: If the file cannot be read at all.
    """
    return judge(read_bytes(path))


def judge(data: bytes) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    """Check a specification that has been read."""
    root, problems = parse(data)
    if root is None:
        return None, problems
    spec, found = check_spec(root)
    return (None if problems else spec), (*problems, *found)


def read_bytes(path: str) -> bytes:
    """Read a file that may be anything, and never more of it than a specification has.

    Raises:
        Problem: If it is not a readable file of that size.
    """
    try:
        place = Path(path).expanduser()
        # A pipe would hold the program until somebody writes into it.
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise Problem(ProblemKind.UNREADABLE, f"{path} is a folder.", advice="Name the file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise Problem(ProblemKind.UNREADABLE, f"{path} is no file with a text in it.", advice="Name another.")
        if status.st_size > MOST_BYTES:
            raise Problem(
                ProblemKind.UNREADABLE,
                f"{path} has {status.st_size:,} bytes, and a specification has {MOST_BYTES:,} at the most.",
                advice="It was not read. Is it another file?",
            )
        return _all_of(descriptor)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _all_of(descriptor: int) -> bytes:
    parts = []
    left = MOST_BYTES
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _unreadable(path: str, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(ProblemKind.NOT_FOUND, f"There is no file {path}.", advice="Check its name and the folder.")
    if isinstance(error, IsADirectoryError):
        return Problem(ProblemKind.UNREADABLE, f"{path} is a folder.", advice="Name the file in it.")
    if isinstance(error, PermissionError):
        return Problem(
            ProblemKind.FORBIDDEN, f"You may not read {path}.", advice="Ask its owner, or copy it where you may."
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem(ProblemKind.UNREADABLE, f"{path} cannot be read.", cause=reason, advice="Check its name.")
