"""The list refreshes itself only if enabled, only while visible, and less often when Azure throttles."""

import re
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import happened, says, screen_text, sentences, shown
from tests.support.stage import Stage, workspace_of
from tui.sandbox.faults import Answer, Fault, Forbidden, RequestLost, Rule, Slow, Throttled

LARGE = (120, 40)
COMPUTES = r"/workspaces/aml-prod/computes$"
EVERY = 30.0
BUSY = Answer(503, "ServerBusy", "The service is busy.")


@pytest.fixture
def refreshing() -> Iterator[Stage]:
    """The app with a list that refreshes itself every 30 s, on a held clock."""
    stage = Stage(refresh=EVERY)
    stage.clock.hold()
    stage.operations.start()
    yield stage
    stage.clock.release()
    stage.operations.stop()


def lists(stage: Stage) -> int:
    """How often the list has been read."""
    return sum(re.search(COMPUTES, entry.url.split("?")[0]) is not None for entry in stage.box.log)


async def waits(pilot: Pilot[None], stage: Stage) -> None:
    """Wait until the program waits for the next refresh."""
    await happened(pilot, lambda: stage.clock.waiting == 1)


async def begun(pilot: Pilot[None], stage: Stage) -> None:
    """Wait until the list and its readiness are read and only the next refresh is pending."""
    await shown(pilot, stage, "vm-legacy", "every 30 s")
    await happened(pilot, lambda: scenes.is_judged(stage))
    await waits(pilot, stage)


async def turn(pilot: Pilot[None], stage: Stage) -> None:
    """Let the next refresh happen and wait until the following one is pending."""
    read = lists(stage)
    stage.clock.step()
    await happened(pilot, lambda: lists(stage) > read)
    await waits(pilot, stage)


async def turned(pilot: Pilot[None], stage: Stage, condition: Callable[[], bool]) -> None:
    """Advance the clock until the condition holds."""

    def is_so() -> bool:
        if not condition() and stage.clock.waiting:
            stage.clock.step()
        return condition()

    await happened(pilot, is_so)


async def test_without_auto_refresh_the_list_is_read_once_and_no_timer_runs(stage: Stage) -> None:
    stage.clock.hold()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        assert stage.clock.waiting == 0
        assert "every" not in screen_text(stage.app)
        assert lists(stage) == 1
    stage.clock.release()


async def test_a_refresh_shows_changes_in_azure_and_keeps_cursor_marks_and_filter(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        await shown(pilot, refreshing, "09:12:00, every 30 s")
        await pilot.press("slash", *"etl-", "enter")
        await pilot.press("space")
        await shown(pilot, refreshing, "1 marked", "1 shown")
        world = refreshing.box.world
        etl = world.computes.get(f"{workspace_of(refreshing)}/computes/etl-prod")
        assert etl is not None
        other = {**etl, "id": etl["id"].replace("etl-prod", "etl-new"), "name": "etl-new"}
        world.computes.put(other)
        world.computes.remove(f"{workspace_of(refreshing)}/computes/vm-legacy")
        await turn(pilot, refreshing)
        await shown(pilot, refreshing, "etl-new", "09:12:30, every 30 s", "1 marked", "2 shown", "15 computes")
        row = refreshing.app.screen.table.current  # type: ignore[attr-defined]
        assert row.compute.name == "etl-prod"


async def test_two_refreshes_never_overlap(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        refreshing.box.faults.add(Rule(Slow(45), "GET", COMPUTES))
        refreshing.clock.step()
        await happened(pilot, lambda: lists(refreshing) == 2)
        await waits(pilot, refreshing)  # for the response, and for nothing else
        refreshing.clock.step()
        await shown(pilot, refreshing, "09:13:15, every")
        await waits(pilot, refreshing)
        await pilot.press("ctrl+r")
        await happened(pilot, lambda: lists(refreshing) == 3)
        await waits(pilot, refreshing)
        assert refreshing.clock.waiting == 1


async def test_auto_refresh_pauses_behind_another_screen_and_runs_as_soon_as_it_closes(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        await pilot.press("question_mark")
        await shown(pilot, refreshing, "Keys that work here")
        refreshing.clock.step()
        await happened(pilot, lambda: refreshing.clock.waiting == 0)
        for _ in range(5):
            await pilot.pause()
        assert lists(refreshing) == 1
        await pilot.press("escape")
        await happened(pilot, lambda: lists(refreshing) == 2)
        await waits(pilot, refreshing)


async def test_throttling_visibly_slows_auto_refresh_which_recovers_after_some_time(refreshing: Stage) -> None:
    refreshing.box.faults.add(Rule(Throttled(5), "GET", COMPUTES, after=1))
    async with refreshing.app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, refreshing)
        refreshing.clock.step()
        await says(pilot, refreshing, "waiting, throttled, 5 s")
        refreshing.clock.step()
        await says(pilot, refreshing, "Azure throttles; refreshing every 60 s")
        for _ in range(3):
            await waits(pilot, refreshing)
            assert "refreshing every 60 s" in sentences(refreshing.app)
            await turn(pilot, refreshing)
        await says(pilot, refreshing, "every 30 s")
        assert "throttles" not in sentences(refreshing.app)


async def test_permanent_throttling_slows_auto_refresh_only_up_to_a_limit(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        refreshing.box.faults.add(Rule(Throttled(900), "GET", COMPUTES, times=None))
        for seconds in (60, 120, 240, 480, 600, 600):
            refreshing.clock.step()
            await says(pilot, refreshing, f"refreshing every {seconds} s", "Azure has received too many requests")
            await waits(pilot, refreshing)


@pytest.mark.parametrize("fault", [RequestLost(), BUSY], ids=["connection-lost", "busy"])
async def test_a_transient_error_is_retried_and_disappears_by_itself(refreshing: Stage, fault: Fault) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        refreshing.box.faults.add(Rule(fault, "GET", COMPUTES, times=5))
        await turned(pilot, refreshing, lambda: "Could not list the computes" in sentences(refreshing.app))
        assert "etl-prod" in screen_text(refreshing.app)
        await turned(pilot, refreshing, lambda: "Could not" not in sentences(refreshing.app))
        assert "throttles" not in sentences(refreshing.app)


async def test_auto_refresh_stops_after_an_error_that_only_the_user_can_fix(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        refreshing.box.faults.add(Rule(Forbidden(), "GET", COMPUTES))
        refreshing.clock.step()
        await says(pilot, refreshing, "Could not list the computes of aml-prod: you are not allowed to.")
        assert refreshing.clock.waiting == 0
        await pilot.press("ctrl+r")
        await waits(pilot, refreshing)
        assert "Could not" not in sentences(refreshing.app)


async def test_readiness_is_checked_again_only_after_a_change(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        before = len(refreshing.box.log)
        await turn(pilot, refreshing)
        assert len(refreshing.box.log) == before + 1
        world = refreshing.box.world
        etl = world.computes.get(f"{workspace_of(refreshing)}/computes/etl-prod")
        assert etl is not None
        world.computes.put({**etl, "tags": {"team": "data"}})
        await turn(pilot, refreshing)
        await happened(pilot, lambda: len(refreshing.box.log) > before + 3)


@pytest.mark.parametrize("size", [LARGE, (80, 24)])
async def test_the_list_says_as_of_when_readiness_is_if_it_is_much_older(
    refreshing: Stage, size: tuple[int, int]
) -> None:
    async with refreshing.app.run_test(size=size) as pilot:
        await begun(pilot, refreshing)
        for _ in range(2):
            assert "readiness as of" not in screen_text(refreshing.app)
            await turn(pilot, refreshing)
        await shown(pilot, refreshing, "readiness as of 09:12:00 · 09:13:", "every 30 s")
        await pilot.press("ctrl+r")
        await begun(pilot, refreshing)
        assert "readiness as of" not in screen_text(refreshing.app)


async def test_readiness_after_an_external_change_uses_the_current_roles(refreshing: Stage) -> None:
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        world = refreshing.box.world
        etl = world.computes.get(f"{workspace_of(refreshing)}/computes/etl-prod")
        assert etl is not None
        world.computes.put({**etl, "tags": {"team": "data"}})
        for held in world.roles.of("syn-prod"):
            if held["principalId"] == etl["identity"]["principalId"]:
                world.roles.remove("syn-prod", held["id"])
        await turn(pilot, refreshing)
        await shown(pilot, refreshing, "✖ no role")


async def test_a_refresh_does_not_overwrite_the_result_of_an_operation(refreshing: Stage) -> None:
    refreshing.box.faults.add(Rule(Forbidden(), "DELETE"))
    async with refreshing.app.run_test(size=LARGE) as pilot:
        await begun(pilot, refreshing)
        await pilot.press("down", "down", "ctrl+d")
        await shown(pilot, refreshing, "Detach etl-prod?")
        await pilot.press("y")
        await says(pilot, refreshing, "Could not detach etl-prod: you are not allowed to. o shows it.")
        await turn(pilot, refreshing)
        await says(pilot, refreshing, "Could not detach etl-prod: you are not allowed to. o shows it.")
        await pilot.press("s")
        await shown(pilot, refreshing, "READY▲", "09:12:30, every 30 s")
