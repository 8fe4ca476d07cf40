"""Printing outside the screens: clean, without secrets, and in the stream's encoding."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TextIO

from tui.domain.redaction import redacted, secrets_of
from tui.domain.text import clean

_SHORT_LETTERS = 60


def say(*texts: str) -> None:
    """Print texts to standard output, each on a line of its own.

    Raises:
        OSError: If it cannot be written, as on a full disk.
    """
    write(sys.stdout, *texts)


def complain(*texts: str) -> None:
    """Print texts to standard error; if that fails, there is nowhere else to report it."""
    with suppress(OSError, ValueError):
        write(sys.stderr, *texts)


def write(stream: TextIO | None, *texts: str) -> None:
    """Write texts to a stream, each on its own line, without terminal control sequences.

    A stream of None, closed before the start, is ignored.

    Raises:
        OSError: If it cannot be written.
    """
    _write_lines(stream, map(clean, texts))


def _write_lines(stream: TextIO | None, lines: Iterable[str]) -> None:
    """Write clean lines to a stream, without secrets."""
    if stream is None:
        return
    secrets = secrets_of(os.environ)
    # Most lines of a long document repeat, and the search for secrets takes longer than everything else.
    known: dict[str, str] = {}
    for line in lines:
        written = known.get(line)
        if written is None:
            written = as_encoded(redacted(line, secrets), stream)
            if len(line) <= _SHORT_LETTERS:
                known[line] = written
        stream.write(f"{written}\n")
    stream.flush()


def as_encoded(text: str, stream: TextIO) -> str:
    """A text with only the characters that a stream can write."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def let_go_of(*streams: TextIO | None) -> None:
    """Flush streams for the last time, so that an unwritable one does not change the exit status.

    Python flushes them again at its end, and exits with status 120 if that fails.
    """
    for stream in streams:
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def json_line(document: object) -> str:
    """A document as one line of JSON in ASCII, which every terminal and stream can take."""
    return json.dumps(document, ensure_ascii=True)


def say_json(document: object) -> None:
    """Print a document to standard output as indented JSON in ASCII.

    Raises:
        OSError: If it cannot be written.
    """
    say(*json.dumps(document, ensure_ascii=True, indent=2).split("\n"))


def say_cells(rows: Iterable[Sequence[str]]) -> None:
    """Print rows to standard output with a tab between their cells, which contain none themselves.

    Raises:
        OSError: If it cannot be written.
    """
    _write_lines(sys.stdout, ("\t".join(clean(cell) for cell in row) for row in rows))
