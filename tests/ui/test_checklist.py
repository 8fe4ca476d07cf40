"""The checklist on the operations screen: the steps of a chain while it runs, and after whatever ended it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.programs import Place
from tests.support.scenes import attach_review, computes
from tests.support.screen import happened, says, screen_text, shown
from tests.support.stage import Stage
from tests.ui.test_operations import leave, on_its_way, started
from tui.domain.chain_steps import Item, StepState
from tui.domain.states import Tone
from tui.sandbox.faults import Answer, Rule
from tui.ui.text import cut_mark
from tui.ui.widgets.checklist import Checklist, lines_of
from tui.ui.widgets.tail import Tail

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (78, 20)], ids=lambda size: "x".join(map(str, size)))
STATES = ("not done", "not needed", "not watched", "running", "done", "to come", "failed", "interrupted")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


def _rows(stage: Stage) -> list[tuple[str, str]]:
    """The name and the state of each step on the screen."""
    names = ("check first", "attach ", "find identity", "grant role", "verify role")
    lines = [line.strip() for line in screen_text(stage.app).splitlines()]
    found = [(name.strip(), line) for line in lines for name in names if line[2:].startswith(name)]
    return [(name, next((state for state in STATES if f" {state}" in line), "")) for name, line in found]


def _states(stage: Stage) -> list[str]:
    return [state for _, state in _rows(stage)]


def _place_of_steps(stage: Stage) -> tuple[object, object]:
    checklist = stage.app.screen.query_one(Checklist)
    tail = stage.app.screen.query_one(Tail)
    return checklist.region.translate((0, -tail.region.y)), tail.scroll_y


@SIZES
async def test_the_steps_of_a_chain_change_in_place_while_it_runs(size: tuple[int, int], place: Place) -> None:
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=size) as pilot:
            await attach_review(stage, pilot)
            unknown = Answer(400, "InvalidPrincipalId", "Principal is not known.")
            place.box.faults.add(Rule(unknown, "PUT", "/roleAssignments/", times=2))
            await pilot.press("enter")
            await on_its_way(pilot, stage, "accepted by Azure")
            await happened(pilot, lambda: _states(stage) == ["done", "running", "to come", "to come", "to come"])
            where = _place_of_steps(stage)
            await on_its_way(pilot, stage, "Synapse does not know")
            await happened(pilot, lambda: _states(stage) == ["done", "done", "done", "running", "to come"])
            assert _place_of_steps(stage) == where
            place.clock.release()
            await happened(pilot, lambda: _states(stage) == ["done"] * 5)


async def test_the_checklist_says_what_each_step_found_and_how_long_it_took(place: Place) -> None:
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await attach_review(stage, pilot)
            await pilot.press("enter")
            await happened(pilot, lambda: _ended(stage) and _states(stage) == ["done"] * 5)
            text = screen_text(stage.app)
            for words in (
                "● check first    done      00:00  no lock · you may attach · ",
                "● attach         done      00:26  attached  adhoc exists",
                "● find identity  done      00:00  identity found  id-",
                "● grant role     done      00:00  granted (2)  id-",
                "● verify role    done      00:00  verified (2)  id-",
            ):
                assert words in text


def _ended(stage: Stage) -> bool:
    return all(one.end is not None for one in stage.operations.operations())


@SIZES
async def test_a_chain_that_fails_in_the_middle_shows_where_and_why(size: tuple[int, int], place: Place) -> None:
    place.box.faults.add(Rule(Answer(400, "Refused", "Not today."), "PUT", "/roleAssignments/"))
    with started(place) as stage:
        async with stage.app.run_test(size=size) as pilot:
            await attach_review(stage, pilot)
            await pilot.press("enter")
            await happened(pilot, lambda: _states(stage) == ["done", "done", "done", "failed", "not done"])
            await shown(pilot, stage, "✖ adhoc is attached, and its role is missing.")
            assert stage.app.screen.query_one(Tail).scroll_y == 0


async def test_the_step_at_which_a_chain_was_interrupted_is_done_after_the_key_that_resumes_it(place: Place) -> None:
    leave(place, 6)
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await computes(stage, pilot)
            await pilot.press("o")
            await happened(pilot, lambda: _states(stage) == ["done", "interrupted", "not done", "not done", "not done"])
            await pilot.press("u")
            await happened(pilot, lambda: _states(stage) == ["done"] * 5)


async def test_a_chain_that_is_no_longer_watched_does_not_say_that_a_step_runs(place: Place) -> None:
    leave(place, 6)
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await computes(stage, pilot)
            await pilot.press("o", "x")
            await happened(pilot, lambda: _states(stage) == ["done", "not watched", "not done", "not done", "not done"])


def test_a_long_warning_is_cut_after_the_given_number_of_lines_and_marked() -> None:
    item = Item("preflight", StepState.DONE, Tone.WARNING, "not determined", "locks and permissions " * 40, timedelta())
    whole, cut = lines_of([item], 78), lines_of([item], 78, most=3)
    assert len(whole) > len(cut) == 3
    assert [one.plain for one in cut[:2]] == [one.plain for one in whole[:2]]
    assert cut[2].plain.endswith(cut_mark())
    assert all(one.cell_length <= 78 for one in cut)


async def test_a_warning_of_the_check_is_shown_as_far_as_the_running_step_stays_in_sight(place: Place) -> None:
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await attach_review(stage, pilot)
            place.box.faults.add(Rule(Answer(403, "Forbidden", "No."), "GET", "/permissions", times=None))
            await pilot.press("enter")
            await shown(pilot, stage, "! check first", "not determined")
            await happened(pilot, lambda: _states(stage) == ["done", "running", "to come", "to come", "to come"])
            await pilot.resize_terminal(120, 60)
            await says(pilot, stage, "Azure refuses to show it")
            assert ".;" not in screen_text(stage.app)
            await happened(pilot, lambda: _states(stage)[:2] == ["done", "running"])
            place.clock.release()
            await happened(pilot, lambda: _ended(stage))


async def test_one_key_shows_the_events_and_the_steps_again(place: Place) -> None:
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await attach_review(stage, pilot)
            await pilot.press("enter")
            await happened(pilot, lambda: _states(stage) == ["done"] * 5)
            await shown(pilot, stage, "v events", "tab steps")
            await pilot.press("v")
            await shown(pilot, stage, "v steps", "tab events", "● verify    verified")
            assert _rows(stage) == []
            await pilot.press("tab")
            await shown(pilot, stage, "▌ events", "tab list")
            await pilot.press("v")
            await shown(pilot, stage, "▌ steps", "tab list")
            assert _states(stage) == ["done"] * 5


async def test_a_single_write_shows_its_events_and_has_no_other_view(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
        program.wait_for(program.begin(place.roles()).id)
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await computes(stage, pilot)
            await pilot.press("o")
            await shown(pilot, stage, "remove role", "tab steps")
            await pilot.press("end")
            await shown(pilot, stage, "● Succeeded", "InProgress", "tab events")
            assert not stage.app.screen.query_one(Checklist).display
            await pilot.press("v")
            await shown(pilot, stage, "It has one step")
            await pilot.press("home")
            await shown(pilot, stage, "remove role", "tab steps")


async def test_only_the_line_that_changes_is_drawn_while_a_step_runs(place: Place) -> None:
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await attach_review(stage, pilot)
            await pilot.press("enter")
            await on_its_way(pilot, stage, "accepted by Azure")
            checklist = stage.app.screen.query_one(Checklist)
            drawn = _drawn_by(checklist)
            place.clock.step()
            await happened(pilot, lambda: bool(drawn))
            assert set(drawn) == {(1,)}


def _drawn_by(checklist: Checklist) -> list[tuple[int, ...]]:
    """The lines of every refresh of a checklist from now on; all of them for one without regions."""
    drawn: list[tuple[int, ...]] = []
    refresh = checklist.refresh

    def noted(*regions: object, **options: object) -> object:
        drawn.append(tuple(region.y for region in regions))  # type: ignore[attr-defined]
        return refresh(*regions, **options)  # type: ignore[arg-type]

    checklist.refresh = noted  # type: ignore[method-assign,assignment]
    return drawn
