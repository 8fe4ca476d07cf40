"""What is printed outside the screens: clean, without secrets, and in the characters that the stream has."""

import os
import sys
from contextlib import suppress
from typing import TextIO

from tui.domain.redaction import redacted, secrets_of
from tui.domain.text import clean


def say(*texts: str) -> None:
    """Print texts to standard output, each on a line of its own.

    Raises:
        OSError: If it cannot be written, as on a full disk.
    """
    write(sys.stdout, *texts)


def complain(*texts: str) -> None:
    """Print texts to standard error; where that cannot be written there is nowhere else to say it."""
    with suppress(OSError, ValueError):
        write(sys.stderr, *texts)


def write(stream: TextIO | None, *texts: str) -> None:
    """Write texts to a stream, each on a line of its own, with nothing in them that a terminal would obey.

    Args:
        stream: The stream; None where it was closed before the start.
        texts: The texts.

    Raises:
        OSError: If it cannot be written.
    """
    if stream is None:
        return
    known = secrets_of(os.environ)
    for text in texts:
        stream.write(f"{as_encoded(redacted(clean(text), known), stream)}\n")
    stream.flush()


def as_encoded(text: str, stream: TextIO) -> str:
    """A text in the characters that a stream can write."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def let_go_of(*streams: TextIO | None) -> None:
    """Flush streams for the last time; one that cannot be written would otherwise change the exit status.

    Python flushes them once more at its end, and ends with status 120 if that fails.
    """
    for stream in streams:
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
