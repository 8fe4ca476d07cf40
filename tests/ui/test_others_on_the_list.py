"""The list shows another program's operation on a compute before a key conflicts with it, without asking Azure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.programs import Place, Program
from tests.support.scenes import computes
from tests.support.screen import happened, on_row, paste, says, screen_text, sentences, shown
from tests.support.stage import Stage
from tui.domain.operation import Operation
from tui.domain.plan import Request
from tui.operations.journal import Journal
from tui.sandbox.faults import Rule, Throttled
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.computes import ComputesScreen
from tui.ui.widgets.table import ResourceTable

NARROW = (80, 24)
WRITING = {"identity": "i", "edit": "e", "detach": "ctrl+d"}
REQUESTS: dict[str, tuple[str, str, Callable[[Place], Request]]] = {
    "detach": ("etl-prod", "detaching", lambda place: place.detachment()),
    "attach": ("adhoc", "attaching", lambda place: place.attachment),
    "update": ("etl-prod", "updating", lambda place: place.change()),
}


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.operations.watcher._OTHERS_SECONDS", 0.1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


@contextmanager
def second(place: Place) -> Iterator[Stage]:
    """Start the app as the second program on a journal."""
    stage = Stage(clock=place.clock, azure=place.box, journal=partial(Journal, place.folder))
    stage.operations.start()
    try:
        yield stage
    finally:
        stage.operations.stop()


def begin(place: Place, first: Program, request: Request) -> Operation:
    """Begin a write in the first program and wait until Azure has received it."""
    operation = first.begin(request)
    first.wait_until(lambda: bool(place.writes))
    return operation


def row(stage: Stage, name: str) -> str:
    """The line of a compute in the list."""
    return next((line for line in screen_text(stage.app).splitlines() if f" {name} " in line), "")


def is_dim(stage: Stage, action: str) -> bool:
    """Whether the screen in front disables the key of an action."""
    assert isinstance(stage.app.screen, BaseScreen)
    return stage.app.screen.reason_against(action) is not None


async def on_the_list(stage: Stage, pilot: Pilot[None], name: str, word: str) -> None:
    await happened(pilot, lambda: word in row(stage, name) and "by another sparkpool" in row(stage, name))


@pytest.mark.parametrize("verb", REQUESTS)
async def test_a_row_shows_the_operation_of_another_sparkpool_until_it_ends(verb: str, place: Place) -> None:
    name, word, make = REQUESTS[verb]
    request = make(place)
    with place.program() as first, second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            place.clock.hold()
            operation = begin(place, first, request)
            before = len(place.box.log)
            await on_the_list(stage, pilot, name, word)
            await on_row(stage, pilot, name)
            for action, key in WRITING.items():
                assert is_dim(stage, action)
                await pilot.press(key)
                await says(pilot, stage, f"{name} is busy: another sparkpool", f"its {verb}.", "o shows it.")
                assert isinstance(stage.app.screen, ComputesScreen)
            asked = [one.url for one in list(place.box.log)[before:] if "operationsStatus" not in one.url]
            assert not [url for url in asked if "OperationsStatus" not in url]
            place.clock.release()
            first.wait_for(operation.id)
            await happened(pilot, lambda: "by another sparkpool" not in sentences(stage.app))
            await says(pilot, stage, "Another sparkpool ")
            if verb == "detach":
                assert not row(stage, name)
            else:
                assert "● Succeeded" in row(stage, name)
                await on_row(stage, pilot, name)
                assert not any(is_dim(stage, action) for action in WRITING)
    assert len(place.writes) == 1


async def test_a_marked_row_stays_marked_after_another_sparkpool_updates_its_compute(place: Place) -> None:
    request = place.change()
    with place.program() as first, second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            await on_row(stage, pilot, "etl-prod")
            await pilot.press("space")
            await says(pilot, stage, "1 marked")
            place.clock.hold()
            operation = begin(place, first, request)
            await on_the_list(stage, pilot, "etl-prod", "updating")
            place.clock.release()
            first.wait_for(operation.id)
            await says(pilot, stage, "Another sparkpool updated etl-prod.")
            assert [one.compute.name for one in stage.app.screen.query_one(ResourceTable).marked] == ["etl-prod"]


async def test_a_row_and_its_keys_say_interrupted_after_the_program_of_the_operation_has_died(place: Place) -> None:
    request = place.detachment()
    with second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            place.clock.hold()
            with place.program() as first:
                begin(place, first, request)
                await on_the_list(stage, pilot, "etl-prod", "detaching")
            await shown(pilot, stage, "! interrupted")
            await on_row(stage, pilot, "etl-prod")
            await pilot.press("e")
            await says(pilot, stage, "An earlier write of etl-prod (detach) was interrupted. o shows it.")
        place.clock.release()


async def test_a_role_change_by_another_sparkpool_is_shown_on_the_row_and_dims_the_role_keys(place: Place) -> None:
    request = place.roles()
    compute = place.compute("scoring")
    assert compute.id is not None
    request = replace(request, compute=compute.id)
    with place.program() as first, second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            await on_row(stage, pilot, "scoring")
            place.clock.hold()
            place.box.faults.add(Rule(Throttled(30), "PUT", "/roleAssignments/"))
            operation = first.begin(request)
            await on_the_list(stage, pilot, "scoring", "changing")
            await pilot.press("r")
            await says(pilot, stage, "roles on syn-prod/adhocpool", "a grant")
            await happened(pilot, lambda: is_dim(stage, "grant"))
            await pilot.press("a")
            await says(pilot, stage, "adhocpool is busy: another sparkpool", "its change of roles.")
            await pilot.press("escape")
            place.clock.release()
            first.wait_for(operation.id)
            await happened(pilot, lambda: "by another sparkpool" not in row(stage, "scoring"))
            await says(pilot, stage, "Another sparkpool changed the roles on")


async def test_a_plan_cannot_be_sent_while_another_sparkpool_writes_to_its_compute(place: Place) -> None:
    request = place.detachment()
    with place.program() as first, second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            await on_row(stage, pilot, "etl-prod")
            await pilot.press("i")
            await says(pilot, stage, "Which managed identity", "NOW")
            await pilot.press("up", "enter")
            await says(pilot, stage, "Nothing has been sent yet.")
            assert not is_dim(stage, "apply")
            place.clock.hold()
            operation = begin(place, first, request)
            await happened(pilot, lambda: is_dim(stage, "apply"))
            await pilot.press("enter")
            await says(pilot, stage, "etl-prod is busy: another sparkpool", "its detach.")
            place.clock.release()
            first.wait_for(operation.id)
    assert place.writes == ["DELETE"]


async def test_a_name_that_another_sparkpool_is_attaching_is_refused_while_it_is_typed(place: Place) -> None:
    with place.program() as first, second(place) as stage:
        async with stage.app.run_test(size=NARROW) as pilot:
            await computes(stage, pilot)
            await pilot.press("a")
            await shown(pilot, stage, "5 subscriptions")
            await paste(pilot, str(place.pool))
            await pilot.press("enter")
            await shown(pilot, stage, "Name for the compute.")
            await pilot.press("ctrl+u")
            await paste(pilot, "adhoc")
            await says(pilot, stage, "Valid and available")
            place.clock.hold()
            operation = begin(place, first, place.attachment)
            await says(pilot, stage, "adhoc is busy: another sparkpool", "its attach.")
            await pilot.press("enter")
            await says(pilot, stage, "adhoc is busy: another sparkpool", "Name of the compute")
            place.clock.release()
            first.wait_for(operation.id)
    assert place.writes == ["PUT"]
