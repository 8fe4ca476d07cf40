"""The log: a rotating private file, from which every secret is removed before it is written.

Nothing logs a secret on purpose, but other libraries may. So the formatter, through which every record and every
traceback goes, removes what looks like a secret, and keeps text from starting a line of its own.
"""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

from tui.domain.redaction import redacted, secrets_of
from tui.domain.text import clean, cut, text_lines
from tui.files import private_folder, private_opener, restrict

LOG_NAME = "sparkpool.log"
LEVELS = ("error", "warning", "info", "debug")
CONTINUED = "    | "
"""The start of every line of a record except its first; text from outside cannot avoid it."""

_LOG_BYTES, _LOG_FILES = 1_000_000, 3
_MOST_LETTERS = 100_000
"""The longest record: a longer one would push everything else out of the log."""

_TALKATIVE = ("msal", "asyncio", "urllib3")
"""At debug level they log token caches, sockets and file descriptors, which is of no use here."""


class RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback, without secrets and without terminal control sequences."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._known = known

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, with its further lines marked."""
        text = redacted(cut(super().format(record), _MOST_LETTERS), self._known)
        return f"\n{CONTINUED}".join(clean(line) for line in text_lines(text))


class _PrivateFile(RotatingFileHandler):
    """A rotating file whose every generation is private, whatever the umask.

    `failure` is why the last record could not be written; None while all are.
    """

    failure: BaseException | None = None

    def _open(self) -> TextIOWrapper:
        stream = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename, self.mode, encoding=self.encoding, errors="backslashreplace", opener=private_opener
        )
        return cast("TextIOWrapper", stream)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of logging
        """Store why a record could not be written, instead of printing a traceback into the terminal."""
        self.failure = sys.exception() or self.failure

    def close(self) -> None:
        """Close the file; records that a full disk refused are lost."""
        try:
            super().close()
        except OSError as error:
            self.failure = error


def log_to_file(folder: Path, level: str = "warning") -> None:
    """Log to a rotating file, and nothing to the screen.

    If the state folder cannot be written, nothing is logged. `level` is one of `LEVELS`.
    """
    handler: logging.Handler
    try:
        private_folder(folder)
        restrict(*folder.glob(f"{LOG_NAME}*"))
        handler = _PrivateFile(folder / LOG_NAME, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(RedactingFormatter(secrets_of(os.environ)))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level.upper())))


def log_failure() -> str:
    """Why the log is incomplete, as a sentence; empty while every record was written."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _PrivateFile) and handler.failure is not None:
            failure = handler.failure
            why = (failure.strerror if isinstance(failure, OSError) else "") or f"{type(failure).__name__}"
            return f"The log {handler.baseFilename} is incomplete: it could not be written ({why})."
    return ""
