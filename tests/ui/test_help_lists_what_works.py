"""The help of a screen lists all keys that do something there, and no others."""

from collections.abc import Awaitable, Callable

import pytest
from textual.binding import ActiveBinding
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support import scenes
from tests.support.screen import happened, says, screen_text, settled, shown
from tests.support.stage import Stage
from tui.actions import ACTIONS, PLACES
from tui.ui.keymap import check_keys
from tui.ui.widgets.pages import Pages
from tui.ui.working_keys import help_lines, working_keys

LARGE = (120, 40)

Visit = tuple[tuple[str, ...], str]

SCREENS: dict[str, Visit] = {
    "list": ((), "15 computes"),
    "list with a mark": (("space",), "1 marked"),
    "detail": (("escape", "enter"), "[Overview]"),
    "readiness": (("2",), "[Readiness]"),
    "detail of a compute that is no pool": (("escape", "end", "enter"), "vm-legacy ·"),
    "roles": (("escape", "home", "r"), "a grant"),
    "export": (("escape", "x"), "s save"),
    "tags": (("escape", "e"), "Tags and description"),
    "sign-in": (("escape", "L"), "The sandbox signs you in"),
    "operations": (("escape", "o"), "No operations yet"),
    "detach": (("escape", "ctrl+d"), "Detach churn?"),
    "leave": (("escape", "slash", "c", "ctrl+c"), "quits sparkpool"),
}
"""The keys to press on the screen before, and a text to wait for."""


def why_unlisted(active: ActiveBinding) -> str:
    """Why the help does not list a key; empty if it should."""
    binding = active.binding
    if binding.id:
        return ""
    if isinstance(active.node, Input):
        return "it edits what is in a field, as in a shell"
    return "a mouse selects, and none is taken" if binding.action == "screen.copy_text" else ""


async def on_each_screen(stage: Stage, pilot: Pilot[None], look: Callable[[str], Awaitable[None]]) -> None:
    await scenes.computes(stage, pilot)
    for name, (keys, text) in SCREENS.items():
        await pilot.press(*keys)
        await says(pilot, stage, text)
        await settled(pilot, stage)
        await look(name)


async def test_the_help_lists_every_working_key_unless_there_is_a_reason_not_to(stage: Stage) -> None:
    async def look(name: str) -> None:
        screen = stage.app.screen
        listed = {key for one in help_lines(screen) for key in one.keys}
        for key, active in working_keys(screen).items():
            is_idle = active.binding.action.startswith("app.focus_") and len(screen.focus_chain) < 2
            assert (key in listed) != bool(is_idle or why_unlisted(active)), f"{key} on {name}"
        assert listed <= set(working_keys(screen)), name

    async with stage.app.run_test(size=LARGE) as pilot:
        await on_each_screen(stage, pilot, look)


async def test_the_help_starts_with_the_keys_of_the_screen_and_ends_with_those_for_navigation(stage: Stage) -> None:
    def rank(key: str) -> int:
        binding = working_keys(stage.app.screen)[key].binding
        if not binding.id or PLACES[ACTIONS[binding.id].where].moves:
            return 2
        return 1 if ACTIONS[binding.id].where in ("app", "screen") else 0

    async def look(name: str) -> None:
        ranks = [rank(one.keys[0]) for one in help_lines(stage.app.screen)]
        assert ranks == sorted(ranks), name

    async with stage.app.run_test(size=LARGE) as pilot:
        await on_each_screen(stage, pilot, look)


async def test_the_help_names_every_key_and_fits_on_a_large_terminal(stage: Stage) -> None:
    async def look(name: str) -> None:
        lines = help_lines(stage.app.screen)
        await pilot.press("question_mark")
        if not stage.app.screen.query("#help"):
            return  # a dialog, or a field that takes the letter
        await shown(pilot, stage, "Keys that work here")
        text = screen_text(stage.app)
        for one in lines:
            assert all(part in text for part in one.shown.split(", ")), f"{one.shown} on {name}"
        assert stage.app.screen.query_one("#help").max_scroll_y == 0, name
        assert "Contoso" not in text, f"the screen behind sticks out on {name}"
        await pilot.press("escape")

    async with stage.app.run_test(size=LARGE) as pilot:
        await on_each_screen(stage, pilot, look)


async def test_a_screen_with_pages_accepts_only_the_digits_of_its_pages(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for key, number in (("x", 6), ("enter", 7)):
            await pilot.press(key)
            await happened(pilot, lambda: bool(stage.app.screen.query(Pages)))
            await settled(pilot, stage)
            lines = {one.shown: one for one in help_lines(stage.app.screen)}
            assert f"1–{number}" in lines
            assert {"→, l", "←, h"} <= set(lines)
            pages = stage.app.screen.query_one(Pages)
            seen = []
            for digit in range(1, 10):
                await pilot.press(str(digit))
                seen.append(pages.page.title)
            assert len(set(seen)) == number
            assert seen[number:] == [seen[number - 1]] * (9 - number)
            await pilot.press("escape")


@pytest.mark.parametrize("key", ["f1", "²"])
async def test_custom_keys_are_listed_instead_of_the_default_ones(key: str) -> None:
    stage = Stage(keys=check_keys({"pages.1": key, "computes.open": "backspace"}))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        assert "backspace" in {one.shown for one in help_lines(stage.app.screen)}
        await pilot.press("backspace")
        await shown(pilot, stage, "[Overview]")
        lines = {one.shown for one in help_lines(stage.app.screen)}
        assert f"{key}, 2, 3, 4, 5, 6, 7" in lines
    stage.operations.stop()
