"""What is wrong with the journal, its effect, and what to do, in words."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from tui.domain.errors import NotRecorded, ProblemKind

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR)


class Newer(Exception):
    """The file was written by a newer program."""


ERRORS = (OSError, sqlite3.Error, Newer)
"""What using a journal's file raises."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure of the journal.

    Attributes:
        text: What is wrong, in one sentence.
        effect: What that means, in one sentence.
        advice: What to do.
        is_locked: Whether another program was writing, which is temporary.
    """

    text: str
    effect: str
    advice: str
    is_locked: bool = False

    @property
    def sentence(self) -> str:
        """What is wrong, and what that means."""
        return f"{self.text} {self.effect}"

    def refusal(self, title: str = "", what: str = "Nothing was sent.") -> NotRecorded:
        """The reason why a step was not taken.

        `title` says what was refused and `what` what was not sent, in one sentence each; an empty title gives only the
        reason.
        """
        kind = ProblemKind.CONFLICT if self.is_locked else ProblemKind.REFUSED
        cause = self.text if title else ""
        refused = NotRecorded(kind, title or self.text, cause=cause, advice=f"{what} {self.advice}")
        refused.is_locked = self.is_locked
        return refused


def is_locked(error: Exception) -> bool:
    """Whether another program holds the file."""
    return _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def is_broken(error: Exception) -> bool:
    """Whether the connection may be broken and should be reopened."""
    return not is_locked(error) and not _name(error).startswith(("SQLITE_FULL", "SQLITE_CONSTRAINT"))


def opening(error: Exception, path: Path) -> Trouble:
    """Why the journal cannot be opened."""
    effect = "Operations are not recorded, so nothing is sent until they can be."
    if isinstance(error, Newer):
        words = f"{path} was written by a newer sparkpool and stays unchanged."
        return Trouble(words, effect, "Use that version, or start with XDG_STATE_HOME set to another folder.")
    if is_locked(error):
        return Trouble("Another program holds the journal.", effect, _advice(error, path), is_locked=True)
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        words = f"{path} is damaged ({error}) and stays unchanged; move it away to start a new one."
        return Trouble(words, effect, f"Move {path} away, then try again.")
    return Trouble(f"{path} cannot be used ({error}).", effect, _advice(error, path))


def writing(error: Exception, path: Path) -> Trouble:
    """Why the journal cannot be written."""
    effect = "Nothing more is sent until it can be; running operations continue and are recorded then."
    if is_locked(error):
        return Trouble("Another program holds the journal.", effect, _advice(error, path), is_locked=True)
    return Trouble(f"The journal cannot be written ({error}).", effect, _advice(error, path))


def reading(error: Exception, path: Path) -> Trouble:
    """Why the journal cannot be read."""
    effect = "Operations of earlier and other programs are shown as soon as it can be."
    words = "Another program holds the journal." if is_locked(error) else f"The journal cannot be read ({error})."
    return Trouble(words, effect, _advice(error, path), is_locked(error))


def _advice(error: Exception, path: Path) -> str:
    name, number = _name(error), getattr(error, "errno", None)
    if is_locked(error):
        return "Try again; if it happens again, look for a suspended sparkpool."
    if name.startswith("SQLITE_FULL") or number in _FULL:
        return f"Free some space on the disk of {path}, then try again."
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")) or number in _NOT_WRITABLE:
        return f"Make {path.parent} a folder that you can write to, or start with XDG_STATE_HOME set to one."
    return f"Check the disk of {path}, or start with XDG_STATE_HOME set to a folder on another one."


def _name(error: Exception) -> str:
    return str(getattr(error, "sqlite_errorname", ""))
