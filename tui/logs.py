"""The log: a rotating file that only the user can read, from which every secret is taken before it is written.

Nothing logs a secret on purpose. What other libraries say is not ours to know, so that the formatter, through which
every line and every traceback goes, takes out what looks like one.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

from tui.private import private_folder, private_opener, restrict

LOG_NAME = "sparkpool.log"
LEVELS = ("error", "warning", "info", "debug")
REMOVED = "[removed]"

_LOG_BYTES, _LOG_FILES = 1_000_000, 3
_LEAST_SECRET = 8
_SECRET_VARIABLE = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN$|_KEY$|IDENTITY_HEADER", re.IGNORECASE)
_TALKATIVE = ("msal", "asyncio", "urllib3")
"""At debug level they tell of token caches, sockets and file descriptors, which help nobody here."""

_NAMES = (
    "client[_-]?secret|client_assertion|assertion|password|passwd|refresh_token|access_token|id_token|device_code|"
    "user_assertion|identity_header|x-identity-header|x-ms-authorization-auxiliary|secret|sharedaccesssignature|"
    "accountkey|sharedaccesskey|cookie|set-cookie|sig"
)
_NAMED = rf"(?<![\w-])(?:[\w-]*[_-])?(?:{_NAMES})"
_PATTERNS = (
    # A whole Authorization header, as HTTP, as JSON and as Python writes it.
    re.compile(r"""(?P<keep>(?:proxy-)?authorization["']?\s*[:=,]\s*["']?)[^"'\r\n,}]+""", re.IGNORECASE),
    re.compile(r"(?P<keep>\b(?:bearer|basic|pop|sharedkey)\s+)[\w+/=.~:-]{8,}", re.IGNORECASE),
    # A JSON web token, wherever it stands; the second part may be cut off.
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),
    # A secret by its name, or by a longer one that ends so: between quotes; then in a form, in a query, in a header.
    re.compile(
        rf"""(?P<keep>{_NAMED}["']?\s*[:=]\s*(?P<quote>["']))(?!\[removed)(?:(?!(?P=quote))[^\r\n])+""", re.IGNORECASE
    ),
    re.compile(rf"""(?P<keep>{_NAMED}["']?\s*(?:%3D|[:=])\s*["']?)(?!\[removed)[^\s"'&,;}})]+""", re.IGNORECASE),
    # The signature of a poll address, whose letters stand for a token, a certificate and a hash.
    re.compile(r"(?P<keep>[?&][tcsh]=)[^&\s\"']{16,}"),
    # The name and password of a proxy.
    re.compile(r"(?P<keep>://)[^/?#\s\"]+(?=@)"),
)


def redacted(text: str, known: tuple[str, ...] = ()) -> str:
    """A text without what looks like a secret.

    Args:
        text: The text.
        known: Secrets that are known to this process.

    Returns:
        The text, each secret replaced by a word.
    """
    for secret in known:
        text = text.replace(secret, REMOVED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{REMOVED}", text)
    return text


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that variables hold, by their names, the longest first.

    Args:
        environment: The environment's variables.
    """
    found = {
        value for name, value in environment.items() if _SECRET_VARIABLE.search(name) and len(value) >= _LEAST_SECRET
    }
    return tuple(sorted(found, key=len, reverse=True))


class RedactingFormatter(logging.Formatter):
    """Writes a record, its traceback included, without secrets."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._known = known

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines."""
        return redacted(super().format(record), self._known)


class _PrivateFile(RotatingFileHandler):
    """A rotating file whose every generation is readable by the user alone, whatever the umask."""

    def _open(self) -> TextIOWrapper:
        stream = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename, self.mode, encoding=self.encoding, errors="backslashreplace", opener=private_opener
        )
        return cast("TextIOWrapper", stream)


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
