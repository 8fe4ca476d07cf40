"""Output without Python's buffers, as with PYTHONUNBUFFERED, where one write may take only a part."""

import errno
import io
import sys
from collections.abc import Callable

import pytest

from tui.doctor.findings import Page
from tui.printing import complain, complain_json, say, say_cells, say_json, say_json_lines

TEXT = "café " * 40
EXITS: dict[str, Callable[[], object]] = {
    "say": lambda: say(TEXT, TEXT),
    "say_json": lambda: say_json({"text": TEXT}),
    "say_json_lines": lambda: say_json_lines([{"text": TEXT}, {"text": TEXT}]),
    "say_cells": lambda: say_cells([(TEXT, 1), (TEXT, 2)]),
    "doctor": lambda: Page(sys.stdout).say(TEXT),
}
QUIET: dict[str, Callable[[], object]] = {
    "complain": lambda: complain(TEXT),
    "complain_json": lambda: complain_json({"text": TEXT}),
}


class Narrow(io.RawIOBase):
    """A stream that takes a few bytes at a time, up to `room` in all."""

    def __init__(self, room: int) -> None:
        self.taken = bytearray()
        self._room = room

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)[: min(7, self._room - len(self.taken))]  # type: ignore[call-overload]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.taken += part
        return len(part)


def narrow(monkeypatch: pytest.MonkeyPatch, room: int) -> Narrow:
    raw = Narrow(room)
    stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)  # type: ignore[type-var]
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    return raw


def whole(monkeypatch: pytest.MonkeyPatch, does: Callable[[], object]) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    does()
    stream.flush()
    return stream.buffer.getvalue().decode()


@pytest.mark.parametrize("name", [*EXITS, *QUIET])
def test_a_stream_that_takes_parts_gets_everything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    does = (EXITS | QUIET)[name]
    expected = whole(monkeypatch, does)
    assert len(expected) > len(TEXT)
    raw = narrow(monkeypatch, sys.maxsize)
    does()
    assert raw.taken.decode() == expected


@pytest.mark.parametrize("name", EXITS)
def test_what_does_not_fit_on_a_disk_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = narrow(monkeypatch, 100)
    with pytest.raises(OSError, match="No space left"):
        EXITS[name]()
    assert len(raw.taken) == 100


@pytest.mark.parametrize("name", QUIET)
def test_words_that_cannot_be_written_stop_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = narrow(monkeypatch, 100)
    QUIET[name]()
    assert len(raw.taken) == 100
