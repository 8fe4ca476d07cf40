"""The operations screen: interrupted operations, operations of other programs, and the support bundle."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.programs import Place
from tests.support.scenes import attach_review, computes, running
from tests.support.screen import happened, paste, says, screen_text, sentences, shown
from tests.support.stage import Stage
from tui.domain.guard import Guard
from tui.domain.operation import Operation
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME
from tui.sandbox.faults import Answer, Outcome, Rule
from tui.settings import Settings
from tui.support import write_bundle
from tui.ui.widgets.tail import Tail


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


@contextmanager
def started(place: Place, **options: object) -> Iterator[Stage]:
    """Start the app on a state folder that other programs have used."""
    stage = Stage(clock=place.clock, azure=place.box, journal=partial(Journal, place.folder), **options)  # type: ignore[arg-type]
    stage.operations.start()
    try:
        yield stage
    finally:
        stage.operations.stop()


def leave(place: Place, at: int = 3) -> None:
    """Attach a pool with a program that dies before the attach ends."""
    with place.program(at) as program:
        program.begin(place.chain)
        assert program.wait_for_death()


def bundle(place: Place, operation: Operation, events: str) -> Path:
    return write_bundle(
        operation, events, settings=Settings(), state=place.folder, folder=place.folder, now=place.clock.now()
    )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_an_interrupted_operation_is_shown_on_the_list_and_resumed_with_one_key(
    size: tuple[int, int], place: Place
) -> None:
    leave(place, 6)
    with started(place) as stage:
        async with stage.app.run_test(size=size) as pilot:
            await computes(stage, pilot)
            await shown(pilot, stage, "! adhoc  attach was interrupted")
            await pilot.press("o")
            await shown(pilot, stage, "interrupted", "u resumes it, x abandons it")
            await pilot.press("u")
            await shown(pilot, stage, "● Succeeded", "verified")
            assert "was interrupted" not in screen_text(stage.app)
    assert place.writes == ["PUT"]
    assert len(place.grant_ids) == 1


async def test_the_resume_setting_resumes_an_interrupted_operation_at_startup(place: Place) -> None:
    leave(place, 6)
    with started(place, resume=True) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "adhoc is attached")
    assert place.writes == ["PUT"]


async def test_abandoning_an_interrupted_operation_says_that_azure_continues_it(place: Place) -> None:
    leave(place)
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "attach was interrupted")
            await pilot.press("o", "x")
            await shown(pilot, stage, "– not watched")
            await pilot.press("v")
            await shown(pilot, stage, "Azure continues what it accepted")
            await pilot.press("x")
            await shown(pilot, stage, "No program watches it; Azure goes on with what it accepted.")
            await pilot.press("escape")
            await computes(stage, pilot)
            assert "was interrupted" not in screen_text(stage.app)


async def test_an_operation_watched_by_another_program_is_shown_and_cannot_be_taken_over(place: Place) -> None:
    place.clock.hold()
    with place.program() as other, started(place) as stage:
        other.begin(place.attachment)
        other.wait_until(lambda: bool(place.writes))
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await says(pilot, stage, "attach adhoc", "Another sparkpool (process", "watches it")
            await pilot.press("u")
            await says(pilot, stage, "watches it.")
            await pilot.press("x")
            await says(pilot, stage, "watches it.")
        place.clock.release()
    assert place.writes == ["PUT"]


async def test_the_open_operations_screen_follows_operations_of_other_programs(place: Place) -> None:
    detachment = place.detachment()
    with place.program() as other, place.program() as third, started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "No operations yet.")
            place.clock.hold()
            other.begin(place.attachment)
            await says(pilot, stage, "attach adhoc", "Another sparkpool (process", "watches it", "accepted by Azure")
            third.wait_for(third.begin(replace(place.attachment, name="vm-legacy")).id)
            await shown(pilot, stage, "✖ Failed", "vm-legacy")
            place.clock.release()
            await shown(pilot, stage, "● Succeeded")
            other.wait_for(other.begin(detachment).id)
            await shown(pilot, stage, "etl-prod   detach  ● Succeeded")
            await pilot.press("home")
            await shown(pilot, stage, "detach etl-prod · Succeeded")
            await pilot.press("escape")
            await shown(pilot, stage, "vm-legacy")


async def test_the_open_operations_screen_shows_when_the_program_of_an_operation_has_died(place: Place) -> None:
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "No operations yet.")
            with place.program() as other:
                other.begin(place.attachment)
                await says(pilot, stage, "Another sparkpool (process", "watches it")
            await shown(pilot, stage, "interrupted", "u resumes it")
        place.clock.release()


async def test_a_read_only_run_resumes_no_operation(place: Place) -> None:
    leave(place)
    seen = len(place.writes)
    with started(place, guard=Guard("flag --read-only"), resume=True) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "attach was interrupted")
            await pilot.press("o", "u")
            await says(pilot, stage, "sparkpool is read-only here")
    assert len(place.writes) == seen


async def test_an_operation_on_a_locked_workspace_resumes_only_after_its_name_is_typed(place: Place) -> None:
    leave(place, 2)
    assert place.writes == []
    with started(place, guard=Guard(locked=("aml-prod",)), resume=True) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "attach was interrupted")
            await pilot.press("o", "u")
            await shown(pilot, stage, "aml-prod is locked", "This attaches adhoc.")
            await pilot.press("escape")
            await shown(pilot, stage, "interrupted", "Nothing was sent.")
            assert place.writes == []
            await pilot.press("u")
            await shown(pilot, stage, "aml-prod is locked")
            await pilot.press(*"aml-prod", "enter")
            await shown(pilot, stage, "● Succeeded")
    assert place.writes == ["PUT"]


async def test_past_operations_can_be_filtered_and_their_compute_opened(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
        program.wait_for(program.begin(place.change()).id)
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "adhoc", "etl-prod")
            await pilot.press("slash")
            await paste(pilot, "nothing-like-it")
            await shown(pilot, stage, 'No operation matches "nothing-like-it".')
            await pilot.press("ctrl+u")
            await paste(pilot, "adh")
            await pilot.press("enter")
            await shown(pilot, stage, "attach adhoc · Succeeded")
            assert "etl-prod" not in screen_text(stage.app)
            await pilot.press("enter")
            await shown(pilot, stage, "adhoc · Spark pool attached to aml-prod")
            await pilot.press("escape", "escape")
            await shown(pilot, stage, "adhoc", "etl-prod")


async def test_opening_the_compute_of_a_finished_detach_says_that_it_cannot_be_read(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.detachment()).id)
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "detach etl-prod · Succeeded")
            await pilot.press("enter")
            await says(pilot, stage, "Could not read the compute etl-prod")


async def test_the_support_bundle_contains_what_support_needs_and_no_secret(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hunter2-hunter2")
    place.folder.mkdir(parents=True)
    (place.folder / "sparkpool.log").write_text("sign in with hunter2-hunter2 and Authorization: Bearer abc.def.ghi")
    message = "The Spark pool is in another tenant than the workspace."
    place.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", message), "PUT", "/computes/"))
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
    with started(place, save_bundle=partial(bundle, place)) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "✖ Failed")
            await pilot.press("b")
            await says(pilot, stage, "Written to", "without secrets")
            await pilot.press("b")
            await says(pilot, stage, "cannot be written", "File exists")
    (path,) = place.folder.glob("*.zip")
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as packed:
        text = {name: packed.read(name).decode() for name in packed.namelist()}
    whole = "\n".join(text.values())
    assert "PoolNotAllowed" in text["operation.txt"]
    assert message in text["operation.json"]
    assert "azure-core" in text["versions.txt"]
    assert "log-level" in text["settings.txt"]
    assert "sign in with" in text["sparkpool.log"]
    assert "hunter2" not in whole
    assert "abc.def.ghi" not in whole
    assert "eyJ" not in whole
    assert '"token": "[removed]"' in text["operation.json"]


def test_the_support_bundle_escapes_half_a_surrogate_pair(place: Place) -> None:
    asked = replace(place.attachment, description="cut \ud83d")
    with place.program() as program:
        done = program.wait_for(program.begin(asked).id)
    with zipfile.ZipFile(bundle(place, done, "cut \ud83d")) as packed:
        assert packed.read("operation.txt") == rb"cut \ud83d"
        assert rb"cut \ud83d" in packed.read("operation.json")


async def test_an_unusable_journal_is_reported_on_the_list_and_the_operations_screen(place: Place) -> None:
    place.folder.mkdir(parents=True)
    (place.folder / JOURNAL_NAME).write_bytes(b"no database, and long enough to be taken for one" * 20)
    with place.program() as program:
        program.recalled()
        assert "is damaged" in program.operations.journal_problem
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await computes(stage, pilot)
            await shown(pilot, stage, "! Operations are not recorded here")
            await pilot.press("o")
            await says(pilot, stage, "is damaged", "Operations are not recorded")


async def test_a_chain_whose_grant_failed_says_so_and_opens_the_missing_grants(stage: Stage) -> None:
    stage.box.faults.add(Rule(Answer(400, "Refused", "Not today."), "PUT", "/roleAssignments/"))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await attach_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "its role is missing", "Not today.", "e opens what is left to do")
        await pilot.press("e")
        await says(pilot, stage, "Plan: 2 granted, 0 removed.")


async def test_the_strip_shows_the_status_from_azure_at_80_columns(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await running(stage, pilot)
        assert screen_text(stage.app).splitlines()[-2] == " ◌ adhoc  attach · InProgress · 00:05 · next poll 4 s"


async def test_a_chain_stops_being_watched_after_a_question_and_one_key_resumes_it(place: Place) -> None:
    place.clock.hold()
    unknown = Answer(400, "InvalidPrincipalId", "Principal is not known.")
    with started(place) as stage:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await attach_review(stage, pilot)
            place.box.faults.add(Rule(unknown, "PUT", "/roleAssignments/", times=None))
            await pilot.press("enter")
            await on_its_way(pilot, stage, "Synapse does not know")
            await pilot.press("x")
            await says(pilot, stage, "Stop watching the attach of adhoc?", "are not done until u resumes it")
            await pilot.press("n", "x", "y")
            await says(pilot, stage, "not watched")
            place.box.faults.clear()
            place.clock.release()
            await pilot.press("u")
            await shown(pilot, stage, "● Succeeded")
    assert place.writes == ["PUT"]


async def on_its_way(pilot: Pilot[None], stage: Stage, words: str) -> None:
    """Let time pass until the screen shows some words."""

    def is_said() -> bool:
        if words not in sentences(stage.app) and stage.clock.waiting:
            stage.clock.step()
        return words in sentences(stage.app)

    await happened(pilot, is_said)


async def test_the_key_line_names_the_key_for_the_events_of_a_failed_operation_at_80_columns() -> None:
    stage = Stage()
    message = "The Spark pool cannot be reached from the workspace, because its network is closed. " * 8
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", message), "PUT", r"/computes/adhoc$"))
    stage.operations.start()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await attach_review(stage, pilot)
        await pilot.press("enter")
        await happened(pilot, lambda: "✖ Failed" in screen_text(stage.app))
        await pilot.press("v")
        await shown(pilot, stage, "tab events")
        await says(pilot, stage, "The Spark pool cannot be reached from the workspace")
        await pilot.press("tab")
        await shown(pilot, stage, "tab list")
        await pilot.press("end")
        await shown(pilot, stage, "◌ attach    Failed", "✖ Could not attach adhocpool")
        await pilot.press("tab")
        await shown(pilot, stage, "tab events")
    stage.operations.stop()


async def test_the_scrollbar_of_events_that_begin_at_the_top_is_at_the_top_after_being_hidden(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.operations(stage, pilot)
        await pilot.press("v")
        tail = stage.app.screen.query_one(Tail)
        # A layout that has no room for the end yet leaves the scrollbar like this.
        tail.show_vertical_scrollbar = False
        tail.vertical_scrollbar.position = 12
        tail.begin_at_top(is_wanted=True)
        assert tail.vertical_scrollbar.position == tail.scroll_y == 0
