"""The log: a rotating file that only the user can read, from which every secret is removed before it is written.

Nothing logs a secret on purpose. What other libraries log is not ours to know, so the formatter, through which every
record and every traceback goes, removes what looks like one, and lets no text begin a line of its own.
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
"""How every line of a record begins but its first, which no text from outside can leave out."""

_LOG_BYTES, _LOG_FILES = 1_000_000, 3
_MOST_LETTERS = 100_000
"""Of one record: a longer one would push everything else out of the log."""

_TALKATIVE = ("msal", "asyncio", "urllib3")
"""At debug level they tell of token caches, sockets and file descriptors, which help nobody here."""


class RedactingFormatter(logging.Formatter):
    """Writes a record, its traceback included, without secrets and without anything that a terminal would obey."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._known = known

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, with the lines that belong to it marked as such."""
        text = redacted(cut(super().format(record), _MOST_LETTERS), self._known)
        return f"\n{CONTINUED}".join(clean(line) for line in text_lines(text))


class _PrivateFile(RotatingFileHandler):
    """A rotating file whose every generation is readable by the user alone, whatever the umask.

    Attributes:
        failure: Why the last record could not be written; None while all are.
    """

    failure: BaseException | None = None

    def _open(self) -> TextIOWrapper:
        stream = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename, self.mode, encoding=self.encoding, errors="backslashreplace", opener=private_opener
        )
        return cast("TextIOWrapper", stream)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of logging
        """Keep why a record could not be written, instead of printing a traceback into the terminal."""
        self.failure = sys.exception() or self.failure

    def close(self) -> None:
        """Close the file; what a full disk did not take is lost."""
        try:
            super().close()
        except OSError as error:
            self.failure = error


def log_to_file(folder: Path, level: str = "warning") -> None:
    """Log to a rotating file, and nothing to the screen.

    Args:
        folder: The state folder; where it cannot be written, nothing is logged.
        level: One of `LEVELS`.
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
