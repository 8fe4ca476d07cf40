"""Printing outside the screens: clean, without secrets, and in the stream's encoding."""

import errno
import io
import json
import os
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TextIO

from tui.domain.redaction import REMOVED, redacted, secrets_of
from tui.domain.text import clean

_SHORT_LETTERS = 60
_LEAST_CELLS = 20


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


def explain(*texts: str) -> None:
    """Print sentences to standard error; on a terminal, lines end between words, which a command could not be.

    If that fails, there is nowhere else to report it.
    """
    complain(*_fitted(sys.stderr, texts))


def say_sentences(*texts: str) -> None:
    """Print sentences to standard output; on a terminal, lines end between words.

    Raises:
        OSError: If it cannot be written, as on a full disk.
    """
    say(*_fitted(sys.stdout, texts))


def _fitted(stream: TextIO | None, texts: Sequence[str]) -> Sequence[str]:
    width = _columns(stream)
    return texts if width is None else [line for text in texts for line in _wrapped(clean(text), width)]


def _columns(stream: TextIO | None) -> int | None:
    """The width of a terminal; None if the stream is none."""
    with suppress(OSError, ValueError, AttributeError):
        if stream is not None and stream.isatty():
            return os.get_terminal_size(stream.fileno()).columns
    return None


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(
        text,
        max(width - 1, _LEAST_CELLS),
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def write(stream: TextIO | None, *texts: str) -> None:
    """Write texts to a stream, each on its own line, without terminal control sequences.

    A stream of None, closed before the start, is ignored.

    Raises:
        OSError: If it cannot be written.
    """
    if stream is None:
        return
    secrets = secrets_of(os.environ)
    for text in texts:
        put_line(stream, redacted(clean(text), secrets))
    stream.flush()


def put_line(stream: TextIO, line: str) -> None:
    """Write a clean line completely, with a question mark for each character that the stream cannot write.

    Raises:
        OSError: If a part of it cannot be written.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    encoded = f"{line}\n".encode(encoding, "replace")
    below = getattr(stream, "buffer", None)
    if not isinstance(below, io.RawIOBase):
        stream.write(encoded.decode(encoding))
        return
    # Without buffers (PYTHONUNBUFFERED), Python silently drops what one write to a pipe or a full disk leaves over.
    left = memoryview(encoded)
    while left:
        written = below.write(left)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[written:]


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


def as_json(document: object) -> str:
    """A document as one line of JSON in ASCII, which every terminal and stream can take, without secrets."""
    return json.dumps(_Hiding().document(document), ensure_ascii=True)


def say_json(document: object) -> None:
    """Print a document to standard output as indented JSON in ASCII, without secrets.

    Raises:
        OSError: If it cannot be written.
    """
    _write_as_is(sys.stdout, [json.dumps(_Hiding().document(document), ensure_ascii=True, indent=2)])


def say_json_lines(documents: Iterable[object]) -> None:
    """Print documents to standard output, each as one line of JSON in ASCII, without secrets.

    Raises:
        OSError: If it cannot be written.
    """
    hiding = _Hiding()
    _write_as_is(sys.stdout, (json.dumps(hiding.document(one), ensure_ascii=True) for one in documents))


def complain_json(document: object) -> None:
    """Print a document to standard error like `say_json_lines`; if that fails, there is nowhere else to report it."""
    with suppress(OSError, ValueError):
        _write_as_is(sys.stderr, [as_json(document)])


def say_cells(rows: Iterable[Sequence[object]]) -> None:
    """Print rows to standard output with a tab between their cells, without secrets.

    A text contains no tab and no line break then; anything else than a text is JSON, or empty for None.

    Raises:
        OSError: If it cannot be written.
    """
    hiding = _Hiding()

    def cell(value: object) -> str:
        if value is None:
            return ""
        return clean(hiding.text(value)) if isinstance(value, str) else json.dumps(hiding.document(value))

    _write_as_is(sys.stdout, ("\t".join(map(cell, row)) for row in rows))


def _write_as_is(stream: TextIO | None, lines: Iterable[str]) -> None:
    """Write lines from which secrets and control characters have been removed."""
    if stream is None:
        return
    for line in lines:
        put_line(stream, line)
    stream.flush()


class _Hiding:
    """Removes secrets from documents, string by string: what is removed from JSON as a text may leave no JSON."""

    def __init__(self) -> None:
        self._secrets = secrets_of(os.environ)
        # Most strings of a long document repeat, and the search for secrets takes longer than everything else.
        self._texts: dict[str, str] = {}
        self._names: dict[str, bool] = {}

    def document(self, value: object) -> object:
        """A document without secrets; a mapping becomes a dictionary."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self._member(key, inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(one) for one in value]
        return value

    def text(self, text: str) -> str:
        """A string without secrets."""
        known = self._texts.get(text)
        if known is None:
            known = redacted(text, self._secrets)
            if len(text) <= _SHORT_LETTERS:
                self._texts[text] = known
        return known

    def _member(self, name: str, value: object) -> object:
        is_plain = isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
        return REMOVED if is_plain and self._names_secret(name) else self.document(value)

    def _names_secret(self, name: str) -> bool:
        if name not in self._names:
            self._names[name] = REMOVED in redacted(f'"{name}": "value"')
        return self._names[name]
