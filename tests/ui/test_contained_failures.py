"""A bug in one action, handler or timer is reported and logged, and nothing else is lost."""

import logging
import time
from collections.abc import Callable

import pytest
from textual.widgets import Input

from tests.support import scenes
from tests.support.screen import happened, on_row, says, screen_text, settled, shown
from tests.support.stage import Stage
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.computes import ComputesScreen
from tui.ui.screens.detail import DetailScreen
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.tags import TagsScreen
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.table import ResourceTable

LARGE = (120, 40)
TOLD = "sparkpool itself failed here; this is a bug in the program."

pytestmark = pytest.mark.contained


class OddError(Exception):
    """An error that no caller expects."""


def fails(*_: object, **__: object) -> None:
    raise OddError("odd")


async def fails_later(*_: object, **__: object) -> None:
    raise OddError("odd")


ACTIONS = sorted(
    {
        (owner, name)
        for owner in (ComputesScreen, DetailScreen, TagsScreen)
        for name in vars(owner)
        if name.startswith("action_")
    },
    key=lambda one: (one[0].__name__, one[1]),
)


@pytest.mark.parametrize("failure", [fails, fails_later], ids=["at once", "later"])
async def test_the_program_survives_any_exception_raised_by_an_action(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Callable[..., object]
) -> None:
    for owner, name in ACTIONS:
        monkeypatch.setattr(owner, name, failure)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.screen.query_one(ResourceTable).toggle_mark()  # so that escape has a mark to clear
        keys = ("enter", "a", "i", "r", "e", "ctrl+d", "space", "slash", "s", "y", "x", "ctrl+r", "c", "escape")
        for number, key in enumerate(keys, start=1):
            await pilot.press(key)
            await happened(pilot, lambda: isinstance(stage.app.screen, ErrorScreen))
            await pilot.press("escape")
            await happened(pilot, lambda: isinstance(stage.app.screen, ComputesScreen))
            assert sum(record.levelno == logging.ERROR for record in caplog.records) == number
            stage.app._failures.clear()
        await pilot.press("q")
    assert stage.app.return_code in (0, None)


async def test_typed_text_stays_when_an_action_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        monkeypatch.setattr(TagsScreen, "action_editor", fails)
        monkeypatch.setattr(TagsScreen, "_set", fails)
        stage.app.screen.query_one("#tag-name", Input).focus()
        await pilot.press(*"owner2")
        for key in ("ctrl+e", "ctrl+s"):
            await pilot.press(key)
            await says(pilot, stage, TOLD)
            await pilot.press("escape")
            await happened(pilot, lambda: isinstance(stage.app.screen, TagsScreen))
        assert stage.app.screen.query_one("#tag-name", Input).value == "owner2"
        assert "owner" in screen_text(stage.app)


@pytest.mark.parametrize(
    ("owner", "name", "key"),
    [
        (DetailScreen, "on_mount", "enter"),
        (DetailScreen, "content", "enter"),
        (Pages, "on_mount", "enter"),
        (TagsScreen, "begin", "e"),
        (TagsScreen, "on_mount", "e"),
    ],
)
async def test_a_screen_that_fails_to_open_leads_back_to_the_previous_screen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, owner: type[object], name: str, key: str
) -> None:
    monkeypatch.setattr(owner, name, fails)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press(key)
        await says(pilot, stage, TOLD)
        await pilot.press("escape", "escape")
        await happened(pilot, lambda: isinstance(stage.app.screen, ComputesScreen))
        await shown(pilot, stage, "vm-legacy")


@pytest.mark.parametrize(
    ("owner", "name"),
    [(BaseScreen, "show_strip"), (ComputesScreen, "operation_changed")],
)
async def test_a_failing_handler_is_reported_on_the_status_line_and_opens_no_screen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, owner: type[object], name: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn-old")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach churn-old?")
        monkeypatch.setattr(owner, name, fails)
        await pilot.press("y")
        await says(pilot, stage, TOLD)
        assert isinstance(stage.app.screen, ComputesScreen)
        monkeypatch.undo()
        await pilot.press("down", "enter")
        await happened(pilot, lambda: isinstance(stage.app.screen, DetailScreen))


async def test_a_failure_on_a_closing_screen_is_not_reported(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.detail(stage, pilot)
        screen = stage.app.screen
        called: list[bool] = []

        async def looks_for_what_has_gone(pages: Pages) -> None:
            called.append(screen.is_attached)
            screen.query_one("#nowhere")

        monkeypatch.setattr(Pages, "on_unmount", looks_for_what_has_gone, raising=False)
        await pilot.press("escape")
        await shown(pilot, stage, "vm-legacy")
        await happened(pilot, lambda: bool(called))
        await pilot.press("down")
        await settled(pilot, stage)
        assert called == [True]
        assert TOLD not in screen_text(stage.app)


@pytest.mark.parametrize("of_app", [False, True], ids=["screen", "app"])
@pytest.mark.parametrize("way", ["after refresh", "once", "again and again"])
async def test_a_failing_callback_or_timer_is_reported_on_the_status_line(stage: Stage, way: str, of_app: bool) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        node = stage.app if of_app else stage.app.screen
        if way == "after refresh":
            node.call_after_refresh(fails)
        elif way == "once":
            node.set_timer(0.01, fails)
        else:
            node.set_interval(0.01, fails, repeat=1)
        await says(pilot, stage, TOLD)
        await pilot.press("down", "enter")
        await happened(pilot, lambda: isinstance(stage.app.screen, DetailScreen))


async def test_a_constantly_repeating_failure_ends_the_program(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ComputesScreen, "action_sort", fails)
    running = stage.app.run_test(size=LARGE)
    pilot = await running.__aenter__()
    await scenes.computes(stage, pilot)
    stage.app._failures.extend([time.monotonic()] * 20)
    await pilot.press("s")
    with pytest.raises(OddError):
        await running.__aexit__(None, None, None)
    assert stage.app.return_code == 1
