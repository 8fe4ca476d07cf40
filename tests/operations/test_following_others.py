"""Other programs are followed through the shared journal, and followers hear only of their writes."""

import threading
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.programs import Place
from tui.operations.journal import Journal
from tui.operations.service import Operations

_LOOKS = 25


class _Looked(Journal):
    """A journal that counts the checks for changes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.often = threading.Semaphore(0)

    def has_changed(self) -> bool:
        self.often.release()
        return super().has_changed()


def _look_often(journal: _Looked) -> None:
    """Wait for many further checks."""
    while journal.often.acquire(blocking=False):
        pass
    for _ in range(_LOOKS):
        assert journal.often.acquire(timeout=PATIENCE_SECONDS)


def test_followers_are_notified_only_when_other_programs_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.operations.watcher._OTHERS_SECONDS", 0.001)
    place = Place(tmp_path)
    journals: list[_Looked] = []

    def opened() -> Journal:
        journals.append(_Looked(tmp_path))
        return journals[-1]

    operations = Operations(place.connect, place.clock, opened)
    operations.start()
    try:
        told = threading.Semaphore(0)
        end = operations.follow_others(told.release)
        assert told.acquire(timeout=PATIENCE_SECONDS)
        _look_often(journals[0])
        assert not told.acquire(blocking=False)
        with place.program() as other:
            begun = other.begin(place.attachment)
            assert told.acquire(timeout=PATIENCE_SECONDS)
            other.wait_for(begun.id)
        _look_often(journals[0])
        assert [one.id for one in operations.operations()] == [begun.id]
        assert operations.operation(begun.id).end is not None
        while told.acquire(blocking=False):
            pass
        _look_often(journals[0])
        assert not told.acquire(blocking=False)
        end()
        with place.program() as other:
            later = other.begin(place.change())
            other.wait_for(later.id)
        assert not told.acquire(blocking=False)
        assert [one.id for one in operations.operations()] == [begun.id]
    finally:
        operations.stop()
