"""A write needs a deliberate key: none pressed before the plan could be read, and none from a paste."""

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import happened, paste, says, says_already, screen_text, settled, shown
from tests.support.stage import Stage, pool_of, writes
from tui.domain.guard import Guard
from tui.sandbox.faults import Rule, Slow
from tui.ui.dialogs import ConfirmScreen
from tui.ui.key_guard import Guarded

NEVER = 3600.0
LARGE = (120, 40)

Visit = Callable[[Stage, Pilot[None]], Awaitable[None]]


async def _plan_of_tags(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.tags(stage, pilot)
    await pilot.press("ctrl+s")
    await says(pilot, stage, "Nothing has been sent yet")


async def _review(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.pasted_review(stage, pilot)


async def _detach(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.confirm(stage, pilot)


async def _detach_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.confirm(stage, pilot)
    stage.app.session.pauses.settle = 0.0
    await pilot.press("p")
    await says(pilot, stage, "Nothing has been sent yet")
    stage.app.session.pauses.settle = NEVER


async def _conflict(stage: Stage, pilot: Pilot[None]) -> None:
    stage.app.session.pauses.settle = 0.0
    await scenes.conflict(stage, pilot)
    stage.app.session.pauses.settle = NEVER


async def _removal(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.roles(stage, pilot)
    await pilot.press("ctrl+d")
    await says(pilot, stage, "Nothing has been sent yet")


async def _grant(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.grant(stage, pilot)
    await pilot.press("enter")
    await says(pilot, stage, "Nothing has been sent yet")


async def _fix(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.roles(stage, pilot)
    await pilot.press("f")
    await says(pilot, stage, "Nothing has been sent yet")


async def _marked(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.marked_plan(stage, pilot)


async def _spec(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await pilot.press("ctrl+o")
    await shown(pilot, stage, "Which file?")
    file = Path(stage.spec_files_folder) / "adhoc.yml"  # type: ignore[attr-defined]
    pool = pool_of(stage, "adhocpool")
    file.write_text(f"name: adhoc\ntype: synapsespark\nresource_id: {pool}\n")
    await paste(pilot, str(file))
    await pilot.press("enter")
    await says(pilot, stage, "Nothing has been sent yet")


WAYS: dict[str, tuple[Visit, str]] = {
    "plan": (_plan_of_tags, "enter"),
    "review": (_review, "enter"),
    "detach": (_detach, "y"),
    "detach-plan": (_detach_plan, "y"),
    "removal": (_removal, "enter"),
    "grant": (_grant, "enter"),
    "fix": (_fix, "enter"),
    "several": (_marked, "enter"),
    "spec": (_spec, "enter"),
    "pool": (scenes.pool_plan, "enter"),
    "new-pool": (scenes.new_pool_plan, "enter"),
}
"""How to reach each screen that writes, and the key that confirms it."""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Stage]:
    """The app, in which no confirming key counts until the test allows it."""
    stage = Stage(settle=NEVER)
    stage.spec_files_folder = str(tmp_path)  # type: ignore[attr-defined]
    stage.operations.start()
    yield stage
    stage.operations.stop()


@pytest.mark.parametrize("way", WAYS)
async def test_an_early_key_sends_nothing_and_the_same_key_sends_after_the_pause(guarded: Stage, way: str) -> None:
    go, key = WAYS[way]
    async with guarded.app.run_test(size=LARGE) as pilot:
        await go(guarded, pilot)
        before = guarded.app.screen
        sent = len(writes(guarded))
        await pilot.press(*[key] * 4, "x", "down")
        await says(pilot, guarded, "came too early")
        assert guarded.app.screen is before
        assert len(writes(guarded)) == sent
        guarded.app.session.pauses.settle = 0.0
        await pilot.press(key)
        await happened(pilot, lambda: guarded.app.screen is not before)


@pytest.mark.parametrize("way", ["review", "detach"])
async def test_esc_works_at_any_time(guarded: Stage, way: str) -> None:
    go, _ = WAYS[way]
    async with guarded.app.run_test(size=LARGE) as pilot:
        await go(guarded, pilot)
        before = screen_text(guarded.app)
        await pilot.press("escape")
        await happened(pilot, lambda: screen_text(guarded.app) != before)
    assert writes(guarded) == []


async def test_an_early_key_does_not_resolve_a_conflict(guarded: Stage) -> None:
    async with guarded.app.run_test(size=LARGE) as pilot:
        await _conflict(guarded, pilot)
        before = guarded.app.screen
        await pilot.press("enter", "t")
        await says(pilot, guarded, "came too early")
        assert guarded.app.screen is before


async def test_a_lock_cannot_be_opened_by_typing_the_name_ahead() -> None:
    stage = Stage(guard=Guard(locked=("aml-prod*",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach churn?")
        await pilot.press("y")
        await shown(pilot, stage, "is locked")
        stage.app.session.pauses.settle = NEVER
        await pilot.press(*"aml-prod", "enter")
        await says(pilot, stage, "came too early")
        stage.app.session.pauses.settle = 0.0
        await pilot.press(*"aml-prod", "enter")
        await says(pilot, stage, "churn is detached")
    stage.operations.stop()
    assert len(writes(stage)) == 1


async def test_an_early_key_does_not_answer_the_question_before_quitting(guarded: Stage) -> None:
    async with guarded.app.run_test(size=LARGE) as pilot:
        await scenes.tags(guarded, pilot)
        await paste(pilot, "new words")
        await pilot.press("ctrl+q")
        await shown(pilot, guarded, "Leave without sending?")
        await pilot.press("y", "y")
        await says(pilot, guarded, "came too early")
        assert not guarded.app.is_leaving
        guarded.app.session.pauses.settle = 0.0
        await pilot.press("y")
        await happened(pilot, lambda: guarded.app.is_leaving)


async def test_a_plan_cannot_be_applied_while_its_effects_on_others_are_still_being_read(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        stage.clock.hold()
        stage.box.faults.add(Rule(Slow(12.0), "GET", "/computes$"))
        await pilot.press("home", "ctrl+d")
        await says_already(pilot, stage, "Reading which other attached pools run as an identity that loses a role")
        await pilot.press("enter")
        await says_already(pilot, stage, "came too early")
        stage.clock.release()
        await says(pilot, stage, "Nothing has been sent yet", "churn in aml-prod runs as id-churn-a and will lose")
    assert writes(stage) == []


async def test_a_key_typed_ahead_does_not_resume_an_interrupted_operation(tmp_path: Path) -> None:
    stage = scenes.staged("left", tmp_path)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.left(stage, pilot)
        for key in "ux":
            early = Key(key, key)
            early.time = time.monotonic() - 60
            stage.app.post_message(early)
            await says(pilot, stage, "came too early")
            await pilot.press("down")
        assert not stage.operations.running()
        await pilot.press("u")
        await happened(pilot, lambda: not stage.operations.interrupted())
    stage.operations.stop()


async def test_a_key_pressed_before_the_plan_was_drawn_is_too_early_even_if_it_is_read_late(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await _plan_of_tags(stage, pilot)
        early = Key("enter", "\r")
        early.time = time.monotonic() - 60
        stage.app.post_message(early)
        await says(pilot, stage, "came too early")
    assert writes(stage) == []


@pytest.mark.parametrize("way", ["plan", "detach"])
async def test_a_confirming_key_counts_only_alone_so_that_an_unbracketed_paste_confirms_nothing(
    stage: Stage, way: str
) -> None:
    go, key = WAYS[way]
    async with stage.app.run_test(size=LARGE) as pilot:
        await go(stage, pilot)
        stage.app.session.pauses.alone = NEVER
        before = stage.app.screen
        for burst in (("z", key), (key, "z"), (key, key), (key, "z", key)):
            for one in burst:
                await pilot.press(one)
            assert stage.app.screen is before
        stage.app.session.pauses.alone = 0.0
        await pilot.press("z", key)
        await happened(pilot, lambda: stage.app.screen is not before)


async def test_a_waiting_key_does_not_confirm_a_question_that_has_changed_in_the_meantime(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        screen = stage.app.screen
        assert isinstance(screen, ConfirmScreen)
        await happened(pilot, lambda: screen.takes_answers)
        stage.app.session.pauses.alone = NEVER
        await pilot.press("y")
        screen.ask(replace(screen._question, lines=(*screen._question.lines, "Something else goes, too.")))
        await says(pilot, stage, "Something else goes, too.")
        await pilot.press("down")
        await says(pilot, stage, "came too early")
        assert stage.app.screen is screen
        stage.app.session.pauses.alone = 0.0
        await pilot.press("y")
        await happened(pilot, lambda: stage.app.screen is not screen)


async def test_a_waiting_key_does_not_answer_another_question_that_opens_in_front(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        screen = stage.app.screen
        assert isinstance(screen, ConfirmScreen)
        await happened(pilot, lambda: screen.takes_answers)
        stage.app.session.pauses.alone = NEVER
        await pilot.press("y")
        other, answers = ConfirmScreen(replace(screen._question, title="Another?")), list[bool | None]()
        stage.app.push_screen(other, answers.append)
        await happened(pilot, lambda: other.takes_answers)
        await pilot.press("down")
        await settled(pilot, stage)
        assert stage.app.screen is other
        assert answers == []
    assert writes(stage) == []


async def test_a_plan_that_has_changed_since_it_was_shown_must_be_confirmed_again(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot, "churnpool", "churn2")
        form = stage.app.screen._form  # type: ignore[attr-defined]
        form.tags = {"env": "dev"}
        await pilot.press("enter")
        await says(pilot, stage, "New information has changed the plan", "tags.env")
        assert writes(stage) == []
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")


def _style_of_yes(screen: ConfirmScreen) -> object:
    keys = screen._keys
    return next(span.style for span in keys.spans if keys.plain[span.start : span.end] == "y")


async def test_a_confirming_key_is_dim_until_it_counts(guarded: Stage) -> None:
    async with guarded.app.run_test(size=LARGE) as pilot:
        await _detach(guarded, pilot)
        screen = guarded.app.screen
        assert isinstance(screen, ConfirmScreen)
        assert isinstance(screen, Guarded)
        assert _style_of_yes(screen) == "$dim"
        guarded.app.session.pauses.settle = 0.0
        assert _style_of_yes(screen) == "bold $accent"


async def test_a_palette_command_confirms_nothing_if_enter_is_not_pressed_alone(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await _plan_of_tags(stage, pilot)
        stage.app.session.pauses.alone = NEVER
        before = stage.app.screen
        for key in ("colon", *"apply"):
            stage.app.post_message(Key(key, ":" if key == "colon" else key))
        await shown(pilot, stage, "Apply the plan")
        await pilot.press("enter")
        await happened(pilot, lambda: stage.app.screen is before)
        assert writes(stage) == []
