"""Sentences on standard error: whole words on the lines of a terminal, one line each anywhere else."""

import fcntl
import io
import os
import struct
import termios
import tty
from contextlib import suppress

import pytest

from tui.printing import explain

LINES = (
    "Plan: the compute is removed, the Spark pool stays, 1 role removed.",
    "  Loss: What goes: the compute etl-prod. Jobs that use it will fail.",
    "",
    "  + properties.resourceId  /subscriptions/516fb186-8a84-47a1-a265-6acb72ebb746/resourceGroups/rg-data",
)


def everything_from(descriptor: int) -> str:
    """All that can be read now."""
    os.set_blocking(descriptor, False)
    read = b""
    with suppress(BlockingIOError):
        while part := os.read(descriptor, 10_000):
            read += part
    return read.decode()


@pytest.mark.parametrize("columns", [1, 24, 40, 80, 200])
def test_lines_of_a_terminal_end_between_words(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.openpty()
    tty.setraw(writer)
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        explain(*LINES)
        shown = everything_from(reader)
    os.close(reader)
    lines = shown.removesuffix("\n").split("\n")
    assert shown.split() == [word for line in LINES for word in line.split()]
    assert all(len(line) <= max(columns - 1, 20) or len(line.split()) == 1 for line in lines)
    if columns == 200:
        assert tuple(lines) == LINES
    if columns == 40:
        assert "    it will fail." in lines or any(line.startswith("    ") for line in lines)


def test_a_sentence_is_one_line_of_a_file_or_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    explain(*LINES)
    assert tuple(stream.getvalue().removesuffix("\n").split("\n")) == LINES
