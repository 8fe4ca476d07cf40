"""A failure is shown on whichever screen is open, and stays there until the user has viewed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support import scenes
from tests.support.programs import Place
from tests.support.screen import paste, says, screen_text, shown
from tests.support.stage import Stage
from tui.domain.resource_id import ml_workspace_id
from tui.operations.journal import Journal
from tui.sandbox.faults import Forbidden, Outcome, Rule

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
STRANGER = "5f0c0c0c-0000-4000-a000-0000000091ab"


@SIZES
async def test_a_failed_operation_is_shown_in_another_workspace_until_it_is_viewed(
    stage: Stage, size: tuple[int, int]
) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "Not now."), "PUT", "/computes/adhoc$"))
    async with stage.app.run_test(size=size) as pilot:
        await scenes.pasted_review(stage, pilot)
        stage.clock.hold()
        await pilot.press("enter")
        await shown(pilot, stage, "Creating")
        await pilot.press("escape", "w")
        await shown(pilot, stage, "3 workspaces")
        await pilot.press(*"ml-eu", "enter")
        await shown(pilot, stage, "No computes in aml-eu yet.", "◌ adhoc")
        stage.clock.release()
        await shown(pilot, stage, "✖ adhoc  attach: failed   o says why")
        await pilot.press("r", "a")
        await shown(pilot, stage, "5 subscriptions", "✖ adhoc  attach: failed   o says why")
        await pilot.press("escape", "o")
        await shown(pilot, stage, "Azure accepted it, but then it failed", "Not now.")
        assert "o says why" not in screen_text(stage.app)
        await pilot.press("escape")
        await shown(pilot, stage, "No computes in aml-eu yet.")
        assert "attach: failed" not in screen_text(stage.app)


async def test_a_failed_role_change_is_shown_on_the_roles_screen_and_on_the_list(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.grant(stage, pilot)
        await paste(pilot, STRANGER)
        await pilot.press("enter")
        await shown(pilot, stage, "1 granted")
        stage.clock.hold()
        await pilot.press("enter")
        await shown(pilot, stage, f"Synapse does not know {STRANGER} yet")
        await pilot.press("escape")
        await shown(pilot, stage, "roles on syn-prod/churnpool")
        stage.clock.release()
        await shown(pilot, stage, "✖ churnpool  roles: failed   o says why")
        await pilot.press("escape")
        await says(pilot, stage, f"Synapse does not know {STRANGER}. o shows it.", "✖ churnpool roles: failed")


async def test_a_successful_role_change_is_shown_on_the_list(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("f")
        await shown(pilot, stage, "1 granted")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "The roles on churnpool are as planned.")
        assert "o says why" not in screen_text(stage.app)


async def test_a_resume_at_startup_that_fails_in_another_workspace_is_shown(tmp_path: Path) -> None:
    place = Place(tmp_path / "state")
    with place.program(8) as program:
        program.begin(place.chain)
        assert program.wait_for_death()
    place.box.faults.add(Rule(Forbidden(), "GET", "/computes/adhoc|[sS]tatus|[oO]perations", times=None))
    with gone_on_with(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await shown(pilot, stage, "No computes in aml-eu yet.", "✖ adhoc  attach: outcome unknown")
            await pilot.press("o")
            await says(pilot, stage, "The outcome for adhoc is unknown")


@contextmanager
def gone_on_with(place: Place) -> Iterator[Stage]:
    """Start the app in another workspace, with the setting that resumes interrupted operations."""
    stage = Stage(
        workspace=ml_workspace_id(place.default.subscription_id, "rg-ml-eu", "aml-eu"),
        clock=place.clock,
        azure=place.box,
        journal=partial(Journal, place.folder),
        resume=True,
    )
    stage.operations.start()
    try:
        yield stage
    finally:
        stage.operations.stop()
