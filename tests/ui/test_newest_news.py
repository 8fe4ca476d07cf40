"""The status line shows the latest result of a key until the user continues."""

from tests.support import scenes
from tests.support.screen import gone, happened, on_row, says, sentences, settled
from tests.support.stage import Stage
from tui.domain.operation import Succeeded

LARGE = (120, 40)


async def test_a_copy_is_no_longer_reported_once_the_requested_grant_succeeds(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot)
        await says(pilot, stage, "copies a message to someone who can grant it")
        await pilot.press("m")
        await says(pilot, stage, "a message to those who can fix it")
        await pilot.press("f")
        await says(pilot, stage, "Nothing has been sent yet.")
        await pilot.press("enter")
        await happened(pilot, lambda: any(isinstance(one.end, Succeeded) for one in stage.operations.operations()))
        await pilot.press("escape")
        await says(pilot, stage, "[Readiness]", "roles Succeeded")
        assert "a message to those who can fix it" not in sentences(stage.app)


async def test_the_result_of_a_key_is_reported_until_the_next_key(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        for keys, status in (
            ((), "15 computes"),
            (("enter",), "as of"),
            (("escape", "r"), "on this pool"),
            (("escape", "x"), "turns the page"),
        ):
            await pilot.press(*keys)
            await says(pilot, stage, status)
            await settled(pilot, stage)
            await pilot.press("c")
            await says(pilot, stage, "Sent the")
            await pilot.press("pagedown")
            await gone(pilot, stage, "Sent the")
            await says(pilot, stage, status)
            if not keys:
                await on_row(stage, pilot, "etl-prod")


async def test_a_copy_of_nothing_is_not_reported_as_a_copy(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("i")
        await says(pilot, stage, "No changes.")
        await pilot.press("ctrl+y")
        await says(pilot, stage, "There is nothing to copy here yet.")
        assert stage.app.clipboard == ""
