"""Unreadable operations in the journal: they are shown, never deleted, and can be abandoned."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.programs import Place
from tests.support.scenes import computes
from tests.support.screen import says, screen_text, shown
from tests.ui.test_operations import leave, started
from tui.domain.errors import Problem
from tui.domain.operation import Unwatched
from tui.domain.plan import Plan
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


def _sql(place: Place, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as connection, connection:
        connection.execute(statement, values)


def _stored(place: Place) -> list[tuple[object, ...]]:
    """All stored data of all operations except the marks of their ends."""
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as connection:
        connection.text_factory = bytes
        rows = connection.execute("SELECT id, verb, target, run, request FROM operations").fetchall()
        return rows + connection.execute("SELECT * FROM events ORDER BY operation, number").fetchall()


def _newer_request(place: Place) -> None:
    _sql(place, "UPDATE operations SET verb = 'teleport', request = ?", json.dumps({"is": "Teleportation", "to": "x"}))


def _newer_event(place: Place) -> None:
    _sql(place, "UPDATE events SET event = ? WHERE number = 1", json.dumps({"is": "Approved", "by": "bob"}))


def _torn(place: Place) -> None:
    _sql(place, "UPDATE operations SET request = substr(request, 1, 40)")


def _no_letters(place: Place) -> None:
    _sql(place, "UPDATE operations SET request = CAST(x'7b22ff' AS TEXT)")


def _no_request(place: Place) -> None:
    _sql(place, "UPDATE operations SET request = ?", json.dumps({"is": "set", "value": ["a"]}))


_WAYS: dict[str, tuple[Callable[[Place], None], str, str]] = {
    # How the record is damaged, the shown verb, and the shown reason.
    "newer-verb": (_newer_request, "teleport", "this version does not know the operation teleport."),
    "newer-event": (_newer_event, "attach", 'this version does not know "Approved".'),
    "torn": (_torn, "attach", "its record is damaged ("),
    "no-letters": (_no_letters, "attach", "its record is damaged ("),
    "no-request": (_no_request, "attach", "its record is not a request with its events."),
}


@pytest.mark.parametrize("way", list(_WAYS))
async def test_an_unreadable_operation_is_listed_with_known_details_and_abandoned_if_confirmed(
    way: str, place: Place
) -> None:
    spoil, verb, why = _WAYS[way]
    leave(place)
    spoil(place)
    before = _stored(place)
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await computes(stage, pilot)
            await shown(pilot, stage, f"! adhoc  {verb} was interrupted and cannot be read")
            place.clock.advance(60)
            (refused,) = stage.operations.apply(Plan.of([place.attachment]))
            assert not isinstance(refused, Problem)
            await pilot.press("o")
            await says(pilot, stage, "! unreadable", f"An earlier write of adhoc ({verb}) was interrupted.")
            await pilot.press("down")
            await shown(pilot, stage, f"{verb} adhoc · unreadable · x abandons it")
            await says(pilot, stage, why, "2026-11-23 09:12:00 UTC", "watched by nobody", "no other write to adhoc")
            await pilot.press("u")
            await says(pilot, stage, "This sparkpool cannot read it; a newer version, or the one that started it, can.")
            await pilot.press("x")
            await says(pilot, stage, f"Abandon the {verb} of adhoc?", "Its record stays in the journal")
            await pilot.press("n")
            await shown(pilot, stage, "! unreadable")
            assert len(_stored(place)) == len(before)
            await pilot.press("x")
            await says(pilot, stage, f"Abandon the {verb} of adhoc?")
            await pilot.press("y")
            await shown(pilot, stage, "– unreadable")
            await pilot.press("x")
            await says(pilot, stage, "It has ended, or was abandoned.")
            await pilot.press("escape")
            await shown(pilot, stage, "vm-legacy")
            assert "cannot be read" not in screen_text(stage.app)
    assert set(before) <= set(_stored(place))
    again = Place(place.folder)
    with again.program() as program:
        done = program.wait_for(program.begin(again.attachment).id)
        assert "is busy" not in str(done.end)
        assert "interrupted" not in str(done.end)


async def test_the_content_of_a_damaged_record_is_shown_as_plain_text(place: Place) -> None:
    leave(place)
    _sql(place, "UPDATE operations SET verb = ?, target = ?", "[/red]\x1b[31m", "no id \x1b]0;x\x07 [@click=app.quit]")
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await shown(pilot, stage, "was interrupted")
            await pilot.press("o")
            await says(pilot, stage, "! unreadable", "this version does not know the operation [/red]")
            await pilot.press("x")
            await says(pilot, stage, "Abandon the [/red]", "[@click=app.quit]?")
            assert not {"\x1b", "\x07"} & set(screen_text(stage.app))


async def test_an_operation_of_a_newer_program_is_shown_and_not_abandoned_while_it_is_watched(place: Place) -> None:
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            with place.program() as newer:
                newer.begin(place.attachment)
                newer.wait_until(lambda: bool(place.writes))
                _newer_event(place)
                await pilot.press("o")
                await shown(pilot, stage, "! unreadable")
                await says(pilot, stage, "watched by Another sparkpool (process")
                await pilot.press("x")
                await says(pilot, stage, "watches it.")
            await says(pilot, stage, "watched by nobody", "x abandons it")
    place.clock.release()


def test_a_program_that_can_read_an_operation_resumes_it_after_another_abandoned_it(place: Place) -> None:
    leave(place)
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as connection:
        (request,) = connection.execute("SELECT request FROM operations").fetchone()
    _newer_request(place)
    with closing(Journal(place.folder)) as older:
        assert older.load() == ()
        (unread,) = older.unreadable
        older.abandon_unreadable(unread.id, Unwatched(place.clock.now()))
        older.load()
        assert [one.has_ended for one in older.unreadable] == [True]
    _sql(place, "UPDATE operations SET verb = 'attach', request = ?", request)
    with place.program() as newer:
        (found,) = newer.recalled()
        assert isinstance(found.end, Unwatched)
        assert newer.operations.resume(found)
        newer.wait_until(lambda: newer.one(found.id).status == "Succeeded")
    assert place.writes == ["PUT"]


async def test_an_unreadable_operation_is_not_abandoned_if_the_journal_cannot_be_written(place: Place) -> None:
    leave(place)
    _torn(place)
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "! unreadable")
            with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as other:
                other.execute("CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END")
            await pilot.press("x")
            await says(pilot, stage, "Abandon the attach of adhoc?")
            await pilot.press("y")
            await says(pilot, stage, "The operation cannot be abandoned, because the journal cannot be written.")
            await shown(pilot, stage, "! unreadable")
