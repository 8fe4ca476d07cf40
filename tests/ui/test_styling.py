"""Screens open without styling their widgets more often than needed."""

from typing import Any

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.screen import Screen

from tests.support import scenes
from tests.support.screen import says
from tests.support.stage import Stage
from tui.ui.screens.base import BaseScreen


async def test_the_style_sheets_are_parsed_again_only_for_another_theme(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reparse, again = Stylesheet.reparse, []

    def counted(sheet: Stylesheet) -> None:
        again.append(sheet)
        reparse(sheet)

    monkeypatch.setattr(Stylesheet, "reparse", counted)
    async with stage.app.run_test() as pilot:
        await scenes.computes(stage, pilot)
        assert not again
        background = stage.app.screen.styles.background
        stage.app.theme = "textual-light"
        await pilot.pause()
        assert len(again) == 1
        assert stage.app.screen.styles.background != background


@pytest.mark.parametrize(
    ("key", "words"), [("enter", "Provisioning state"), ("?", "Keys that work here"), ("ctrl+d", "Detach churn?")]
)
async def test_a_screen_that_opens_is_not_styled_again_as_a_whole(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, key: str, words: str
) -> None:
    styled: list[DOMNode] = []
    update = App.update_styles

    def noted(app: App[Any], node: DOMNode, animate: bool = True) -> None:
        styled.append(node)
        update(app, node, animate)

    async with stage.app.run_test() as pilot:
        await scenes.computes(stage, pilot)
        monkeypatch.setattr(App, "update_styles", noted)
        await pilot.press(key)
        await says(pilot, stage, words)
    assert not [node for node in styled if isinstance(node, Screen)]


async def test_the_key_line_is_written_once_however_often_a_handler_asks_for_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = BaseScreen._show_keys, []

    def counted(screen: BaseScreen) -> None:
        written.append(screen)
        write(screen)

    async with stage.app.run_test() as pilot:
        await scenes.computes(stage, pilot)
        screen = stage.app.screen
        assert isinstance(screen, BaseScreen)
        monkeypatch.setattr(BaseScreen, "_show_keys", counted)
        for times in (1, 2):
            for _ in range(5):
                screen.show_keys()
            await pilot.pause()
            assert len(written) == times
