"""Late answers, ended operations and timers never open or close a screen while the user works on another."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import happened, on_row, paste, says, screen_text, sentences, shown
from tests.support.stage import Stage, grants, writes
from tui.domain.errors import Problem, ProblemKind
from tui.domain.sign_in import DeviceCode, SignedIn, SignInMethod
from tui.sandbox.faults import Forbidden, Rule, Slow, Throttled
from tui.ui.dialogs import ConfirmScreen, Question
from tui.ui.screens.detail import DetailScreen
from tui.ui.screens.device_code import DeviceCodeScreen
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.grant import GrantScreen
from tui.ui.screens.operations import OperationsScreen
from tui.ui.screens.plan import PlanScreen
from tui.ui.screens.sign_in import SignInScreen

LARGE = (120, 40)
SYNAPSE = r"/workspaces/syn-prod$"

Over = Callable[[Stage, Pilot[None]], Awaitable[None]]


async def _palette(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p")
    await shown(pilot, stage, "Search for commands")


async def _help(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("question_mark")
    await shown(pilot, stage, "Keys that work here")


async def _error(stage: Stage, pilot: Pilot[None]) -> None:
    stage.app.push_screen(ErrorScreen(Problem(ProblemKind.SERVICE, "Something failed.")))
    await shown(pilot, stage, "Something failed.")


async def _question(stage: Stage, pilot: Pilot[None]) -> None:
    stage.app.push_screen(ConfirmScreen(Question("Really?", (), "do it")))
    await shown(pilot, stage, "Really?")


async def _operations(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("o")
    await happened(pilot, lambda: isinstance(stage.app.screen, OperationsScreen))


OVER: dict[str, Over] = {
    "palette": _palette,
    "help": _help,
    "error": _error,
    "question": _question,
    "operations": _operations,
}
"""What can cover a screen that waits for an answer."""


def slow(stage: Stage, path: str) -> None:
    """Delay the next response to a read until the clock runs again."""
    stage.fault(Rule(Slow(12.0), "GET", path))


@pytest.mark.parametrize("over", ["palette", "question", "operations"])
async def test_a_plan_that_arrives_late_waits_for_its_key(stage: Stage, over: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, "churn")
        await happened(pilot, lambda: stage.app.screen._why_no_fix is None)  # type: ignore[attr-defined]
        detail = stage.app.screen
        stage.clock.hold()
        slow(stage, SYNAPSE)
        await pilot.press("f")
        await says(pilot, stage, "Reading the Synapse workspace syn-prod")
        await OVER[over](stage, pilot)
        front = stage.app.screen
        stage.clock.release()
        await happened(pilot, lambda: "fix" in detail._results)  # type: ignore[attr-defined]
        assert stage.app.screen is front
        await pilot.press("escape")
        await says(pilot, stage, "The plan for churn is ready: f opens it.")
        assert stage.app.screen is detail
        assert grants(stage) == []
        await pilot.press("f")
        await says(pilot, stage, "Nothing has been sent yet", "role.id-churn-b")
        await pilot.press("escape")
        assert stage.app.screen is detail


async def test_a_plan_opens_at_once_while_the_screen_that_requested_it_is_in_front(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, "churn")
        await happened(pilot, lambda: stage.app.screen._why_no_fix is None)  # type: ignore[attr-defined]
        await pilot.press("f")
        await says(pilot, stage, "Nothing has been sent yet", "role.id-churn-b")


FORMS = pytest.mark.parametrize(
    ("form", "question", "change", "key"),
    [
        ("e", "Tags and description of etl-prod", ("ctrl+u",), "ctrl+s"),
        ("i", "Which managed identity", ("up",), "enter"),
    ],
    ids=["tags", "identity"],
)


async def _review_too_early(
    stage: Stage, pilot: Pilot[None], form: str, question: str, change: tuple[str, ...], key: str
) -> None:
    """Request the plan of a changed form while its compute is still being read."""
    await scenes.computes(stage, pilot)
    await on_row(stage, pilot, "etl-prod")
    stage.clock.hold()
    slow(stage, "/computes/etl-prod$")
    await pilot.press(form)
    await says(pilot, stage, question)
    await pilot.press(*change, key)
    await says(pilot, stage, "Still reading etl-prod", "The plan follows.")


@FORMS
async def test_a_plan_requested_too_early_opens_once_its_compute_is_read(
    stage: Stage, form: str, question: str, change: tuple[str, ...], key: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await _review_too_early(stage, pilot, form, question, change, key)
        asked_from = stage.app.screen
        stage.clock.release()
        await says(pilot, stage, "Nothing has been sent yet", "1 changed" if form == "i" else "1 removed")
        await pilot.press("escape")
        await says(pilot, stage, question)
        assert stage.app.screen is asked_from
    assert writes(stage) == []


@FORMS
async def test_a_plan_requested_too_early_does_not_open_after_another_key(
    stage: Stage, form: str, question: str, change: tuple[str, ...], key: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await _review_too_early(stage, pilot, form, question, change, key)
        await pilot.press("down")
        await says(pilot, stage, question)
        asked_from = stage.app.screen
        stage.clock.release()
        reload = asked_from._reload  # type: ignore[attr-defined]
        await happened(pilot, lambda: reload.why_not_ready is None)
        assert stage.app.screen is asked_from
        await says(pilot, stage, question)
        await pilot.press(*change, key)
        await says(pilot, stage, "Nothing has been sent yet")


async def test_a_plan_requested_too_early_is_replaced_by_the_error_if_its_compute_is_unreadable(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        stage.clock.hold()
        stage.fault(Rule(Throttled(9), "GET", "/computes/etl-prod$"))
        stage.fault(Rule(Forbidden(), "GET", "/computes/etl-prod$", after=1))
        await pilot.press("e")
        await says(pilot, stage, "Tags and description of etl-prod")
        await pilot.press("ctrl+u", "ctrl+s")
        await says(pilot, stage, "Still reading etl-prod; waiting: throttled, 9 s. The plan follows.")
        stage.clock.release()
        await says(pilot, stage, "Could not read the compute etl-prod", "ctrl+r reads again.")


@pytest.mark.parametrize("over", ["help"])
async def test_a_compute_that_is_read_late_does_not_open_over_another_screen(stage: Stage, over: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        screen = stage.app.screen
        stage.clock.hold()
        slow(stage, "/computes/adhoc$")
        await pilot.press("enter")
        await says(pilot, stage, "Reading adhoc …")
        await OVER[over](stage, pilot)
        front = stage.app.screen
        stage.clock.release()
        await happened(pilot, lambda: "open" in screen._results)  # type: ignore[attr-defined]
        assert stage.app.screen is front
        await pilot.press("escape")
        await says(pilot, stage, "The compute adhoc is ready: enter opens it.")
        await pilot.press("enter")
        await happened(pilot, lambda: isinstance(stage.app.screen, DetailScreen))


@pytest.mark.parametrize("over", ["palette", "help", "question"])
async def test_a_failed_grant_that_is_read_late_does_not_open_over_another_screen(stage: Stage, over: str) -> None:
    unknown = "5f0c0c0c-0000-4000-a000-0000000091ab"
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "6 scopes")
        await pilot.press("enter")
        await shown(pilot, stage, "Which role?")
        await pilot.press("enter")
        await shown(pilot, stage, "23 principals")
        await paste(pilot, unknown)
        await pilot.press("enter")
        await shown(pilot, stage, "1 granted")
        await pilot.press("enter")
        await says(pilot, stage, f"Synapse does not know {unknown}.")
        screen = stage.app.screen
        stage.clock.hold()
        slow(stage, "/computes/churn$")
        await pilot.press("e")
        await says(pilot, stage, "Reading churn …")
        await OVER[over](stage, pilot)
        front = stage.app.screen
        stage.clock.release()
        await happened(pilot, lambda: "correct" in screen._results)  # type: ignore[attr-defined]
        assert stage.app.screen is front
        await pilot.press("escape")
        await says(pilot, stage, f"The grant to {unknown} is ready: e opens it.")
        await pilot.press("e")
        await happened(pilot, lambda: isinstance(stage.app.screen, GrantScreen))


@pytest.mark.parametrize("end", ["accepted", "refused"])
@pytest.mark.parametrize("over", ["palette", "help", "question", "operations", "nothing"])
async def test_the_end_of_a_sign_in_closes_only_its_own_dialog(stage: Stage, over: str, end: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.push_screen(SignInScreen(stage.app.session, stage.app.flow, at_once=True))
        await happened(pilot, lambda: isinstance(stage.app.screen, SignInScreen))
        sign_in = stage.app.screen
        assert isinstance(sign_in, SignInScreen)
        now = stage.clock.now()
        code = DeviceCode("https://microsoft.com/devicelogin", "GQ4XKP2TM", now + timedelta(minutes=10))
        sign_in._step(code)
        await happened(pilot, lambda: isinstance(stage.app.screen, DeviceCodeScreen))
        if over != "nothing":
            if over == "operations":
                stage.app.push_screen(OperationsScreen(stage.app.session, stage.app.flow))
                await happened(pilot, lambda: isinstance(stage.app.screen, OperationsScreen))
            else:
                await _push(over, stage, pilot)
        front = stage.app.screen
        if end == "accepted":
            sign_in._step(SignedIn(SignInMethod.DEVICE_CODE, "ana", "id", "tenant", now, now + timedelta(hours=1)))
            sign_in._ended(None)
        elif end == "refused":
            sign_in._ended(Problem(ProblemKind.NOT_SIGNED_IN, "The code has expired."))
        await pilot.pause()
        if over != "nothing":
            assert stage.app.screen is front
        for _ in range(4):
            if type(stage.app.screen).__name__ == "ComputesScreen":
                break
            await pilot.press("escape")
        await shown(pilot, stage, "15 computes")
        assert len(stage.app.screen_stack) == 1


@pytest.mark.parametrize("end", ["accepted", "refused"])
async def test_a_key_pressed_right_after_a_sign_in_ends_is_ignored(stage: Stage, end: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        sign_in = SignInScreen(stage.app.session, stage.app.flow, at_once=True)
        stage.app.push_screen(sign_in)
        await happened(pilot, lambda: stage.app.screen is sign_in)
        now = stage.clock.now()
        code = DeviceCode("https://microsoft.com/devicelogin", "GQ4XKP2TM", now + timedelta(minutes=10))
        sign_in._step(code)
        await happened(pilot, lambda: isinstance(stage.app.screen, DeviceCodeScreen))
        stage.app.session.pauses.alone = 3600.0
        if end == "accepted":
            sign_in._step(SignedIn(SignInMethod.DEVICE_CODE, "ana", "id", "tenant", now, now + timedelta(hours=1)))
            sign_in._ended(None)
        else:
            sign_in._ended(Problem(ProblemKind.NOT_SIGNED_IN, "The code has expired."))
        await happened(pilot, lambda: not isinstance(stage.app.screen, DeviceCodeScreen))
        await pilot.pause()
        front = stage.app.screen
        await pilot.press("escape", "question_mark", "escape")
        assert stage.app.screen is front
        assert len(stage.app.screen_stack) == (1 if end == "accepted" else 2)
        assert "That key came too early and was ignored." in sentences(stage.app)


async def _push(over: str, stage: Stage, pilot: Pilot[None]) -> None:
    if over == "help":
        stage.app.action_help()
        await shown(pilot, stage, "Keys that work here")
    else:
        await OVER[over](stage, pilot)


@pytest.mark.parametrize("over", ["palette", "help", "error"])
async def test_the_end_of_an_operation_leaves_every_dialog_in_front(stage: Stage, over: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.clock.hold()
        await on_row(stage, pilot, "churn-old")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach churn-old?")
        await pilot.press("y")
        await happened(pilot, lambda: bool(stage.operations.running()))
        await OVER[over](stage, pilot)
        stack = list(stage.app.screen_stack)
        stage.clock.release()
        await happened(pilot, lambda: not stage.operations.running())
        assert stage.app.screen_stack == stack


async def test_a_plan_under_a_dialog_is_replaced_only_after_the_dialog_closes(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet")
        plan = stage.app.screen
        assert isinstance(plan, PlanScreen)
        await _palette(stage, pilot)
        front = stage.app.screen
        plan.action_apply()
        await happened(pilot, lambda: len(writes(stage)) == 1)
        assert stage.app.screen is front
        await pilot.press("escape")
        await happened(pilot, lambda: isinstance(stage.app.screen, OperationsScreen))
        await pilot.press("escape")
        await shown(pilot, stage, "vm-legacy")


async def test_a_screen_closes_only_itself(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.detail(stage, pilot)
        detail = stage.app.screen
        assert isinstance(detail, DetailScreen)
        await _help(stage, pilot)
        detail.action_back()
        detail.action_back()
        await pilot.pause()
        assert "Keys that work here" in screen_text(stage.app)
        await pilot.press("escape")
        await shown(pilot, stage, "15 computes")
        detail.action_back()
        await pilot.pause()
        assert len(stage.app.screen_stack) == 1
