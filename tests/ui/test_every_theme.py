"""In every theme the screen behind a dialog is legible and the focus is visible."""

import pytest
from rich.segment import Segment
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from tests.support import scenes
from tests.support.screen import on_row, says, screen_strips, settled, shown
from tests.support.stage import Stage
from tui.domain.errors import Problem, ProblemKind
from tui.ui.screens.error import ErrorScreen
from tui.ui.text import use_ascii
from tui.ui.theme import SPARKPOOL

THEMES = (SPARKPOOL.name, *BUILTIN_THEMES)
KINDS_OF_THEMES = (SPARKPOOL.name, "textual-light", "ansi-dark", "ansi-light")
"""A dark theme, a light one, and those with 16 colours."""

SIZE = (100, 30)


async def in_theme(stage: Stage, pilot: Pilot[None], name: str) -> list[Strip]:
    """Switch to a theme and return the screen."""
    stage.app.theme = name
    await pilot.pause()
    return screen_strips(stage.app)


def is_legible(segment: Segment) -> bool:
    """Whether a text differs in colour from its background."""
    style = segment.style
    if style is None or style.color is None or style.color.is_default:
        return True
    return style.color != style.bgcolor


def check_behind(strips: list[Strip], name: str) -> None:
    behind = [one for strip in strips for one in strip if "15 computes" in one.text or "aml-prod" in one.text]
    assert behind, f"{name} hides all that is behind it"
    assert all(map(is_legible, behind)), f"{name} leaves what is behind it without contrast"


async def test_the_screen_behind_a_dialog_is_legible_in_every_theme(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZE) as pilot:
        await scenes.confirm(stage, pilot)
        for theme in THEMES:
            check_behind(await in_theme(stage, pilot, theme), theme)


@pytest.mark.parametrize("theme", KINDS_OF_THEMES)
async def test_the_screen_behind_the_palette_and_behind_an_error_is_legible(theme: str) -> None:
    stage = Stage(theme=theme)
    stage.operations.start()
    async with stage.app.run_test(size=SIZE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("ctrl+p")
        await shown(pilot, stage, "Search for commands")
        check_behind(screen_strips(stage.app), f"the palette in {theme}")
        await pilot.press("escape")
        stage.app.push_screen(ErrorScreen(Problem(ProblemKind.REFUSED, "Broken")))
        await shown(pilot, stage, "Broken")
        check_behind(screen_strips(stage.app), f"an error in {theme}")
    stage.operations.stop()


async def test_the_help_hides_the_screen_behind_it_in_every_kind_of_theme(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZE) as pilot:
        await scenes.help_keys(stage, pilot)
        for name in KINDS_OF_THEMES:
            text = "".join(strip.text for strip in await in_theme(stage, pilot, name))
            assert "Keys that work here" in text, name
            assert "computes ·" not in text, name


def look_of(widget: Widget, strips: list[Strip]) -> list[list[Segment]]:
    """The segments of the screen that a widget covers."""
    region = widget.region.intersection(Region(0, 0, *SIZE))
    return [list(strips[y].crop(region.x, region.right)) for y in region.line_range]


@pytest.mark.parametrize("plain", [False, True], ids=["glyphs", "ascii"])
async def test_the_focused_widget_looks_focused_in_every_kind_of_theme(stage: Stage, plain: bool) -> None:
    use_ascii(plain)
    themes = ("ansi-dark",) if plain else KINDS_OF_THEMES
    try:
        async with stage.app.run_test(size=SIZE) as pilot:
            await scenes.computes(stage, pilot)
            await _check_focus(stage, pilot, "operations", ("o",), "No operations yet", themes)
            if plain:
                return
            await on_row(stage, pilot, "etl-prod")
            await _check_focus(stage, pilot, "tags", ("e",), "Tags and description", themes)
    finally:
        use_ascii(False)


async def _check_focus(
    stage: Stage, pilot: Pilot[None], name: str, keys: tuple[str, ...], text: str, themes: tuple[str, ...]
) -> None:
    await pilot.press(*keys)
    await says(pilot, stage, text)
    await settled(pilot, stage)
    screen = stage.app.screen
    parts = list(screen.focus_chain)
    looks: dict[tuple[str, Widget, bool], list[list[Segment]]] = {}
    for part in parts:
        screen.set_focus(part)
        await pilot.pause()
        for theme in themes:
            strips = await in_theme(stage, pilot, theme)
            for other in parts:
                looks[theme, other, other is part] = look_of(other, strips)
        stage.app.theme = SPARKPOOL.name
    assert len(parts) > 1
    for theme in themes:
        for part in parts:
            assert looks[theme, part, True] != looks[theme, part, False], f"{part} of {name} in {theme}"
    await pilot.press("escape")
