"""The cursor stays on its row, hidden marks are named, and a fix opens on the row it concerns."""

import random

import pytest
from textual.app import App, ComposeResult

from tests.support import scenes
from tests.support.screen import happened, on_row, says, screen_text, shown
from tests.support.stage import Stage
from tui.ui.screens.computes import ComputesScreen
from tui.ui.screens.roles import RolesScreen
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.table import ResourceTable

LARGE, SMALL = (120, 40), (80, 24)


def current(stage: Stage) -> str:
    """The name of the compute under the cursor."""
    screen = stage.app.screen
    assert isinstance(screen, ComputesScreen)
    row = screen.table.current
    return row.compute.name if row is not None else ""


async def test_the_cursor_stays_on_the_found_row_when_the_filter_is_cleared(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash", *"etl-prod", "enter", "escape")
        await shown(pilot, stage, "vm-legacy")
        assert current(stage) == "etl-prod"
        await pilot.press("slash", *"~~~")
        await shown(pilot, stage, 'Nothing matches "~~~"')
        await pilot.press("escape")
        await shown(pilot, stage, "vm-legacy")
        assert current(stage) == "etl-prod"
        await pilot.press("s", "s")
        assert current(stage) == "etl-prod"


async def test_a_refresh_before_the_first_key_leaves_the_cursor_on_its_compute(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        computes = stage.box.world.computes
        first = next(one for one in list(computes) if one["name"] == "churn")
        earlier = dict(first, name="aaa", id=first["id"].replace("/churn", "/aaa"))
        computes.put(earlier)
        await pilot.press("ctrl+r")
        await shown(pilot, stage, "aaa")
        assert current(stage) == "churn"


class _Rows(App[None]):
    def get_css_variables(self) -> dict[str, str]:
        """The default variables and the one that sparkpool adds."""
        return super().get_css_variables() | {"dim": "gray"}

    def compose(self) -> ComposeResult:
        """Yield the table."""
        yield ResourceTable((Column("NAME", Cell, 0),), lambda name: name, lambda name: name)


@pytest.mark.parametrize("seed", range(5))
async def test_the_cursor_stays_on_its_row_through_any_change_while_the_row_is_visible(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same changes in every run
    app = _Rows()
    async with app.run_test() as pilot:
        table: ResourceTable[str] = app.query_one(ResourceTable)
        names = [f"{letter}{number}" for letter in "abc" for number in range(5)]
        table.put(names)
        await pilot.pause()
        for _ in range(60):
            shown_now = table.shown_keys
            if shown_now and chance.random() < 0.3:
                table.select(chance.choice(shown_now))
            before = table.current
            step = chance.choice(("put", "drop", "replace", "filter", "reorder", "sort", "keep"))
            some = chance.sample(names, 6)
            if step == "put":
                table.put(some)
            elif step == "drop":
                table.drop(some[:2])
            elif step == "replace":
                table.replace(some)
            elif step == "filter":
                table.filter(chance.choice(("", "a", "!b1", "zz")))
            elif step == "keep":
                table.keep(chance.choice((None, lambda name: name[-1] in "024")))
            elif step == "sort":
                table.sort(chance.choice((None, "name")), is_reversed=chance.random() < 0.5)
            else:
                table.reorder(chance.choice((None, lambda name: name[::-1], lambda name: name)))
            await pilot.pause()
            if before is not None and before in table.shown_keys:
                assert table.current == before, step


@pytest.mark.parametrize(("key", "words"), [("i", "Which managed identity"), ("e", "Tags and"), ("x", "export")])
async def test_a_hidden_mark_is_named_on_every_screen_that_acts_on_it(stage: Stage, key: str, words: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("space", "slash", *"etl", "enter")
        await on_row(stage, pilot, "etl-prod")
        await pilot.press(key)
        await says(
            pilot, stage, words, "churn is marked but hidden by the filter. etl-prod, under the cursor, is not it."
        )


async def test_a_hidden_mark_is_named_before_its_pool_is_detached(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("space", "slash", *"etl", "enter")
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("ctrl+d")
        await says(
            pilot, stage, "Detach churn?", "churn is marked but hidden by the filter.", "etl-prod, under the cursor"
        )


async def test_the_fix_for_a_stray_role_opens_the_roles_with_the_cursor_on_that_role(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.readiness(stage, pilot, "etl-prod")
        await says(pilot, stage, "Stray role")
        await pilot.press("f")
        await happened(pilot, lambda: isinstance(stage.app.screen, RolesScreen))
        screen = stage.app.screen
        await says(pilot, stage, "stray", "● etl-prod")
        row = screen.query_one(ResourceTable).current
        assert row is not None
        assert row.is_stray
        assert not row.is_needed


async def test_a_reopened_plan_starts_at_the_top(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.pasted_review(stage, pilot, "churnpool", "churn2")
        page = stage.app.screen.query_one("#page")
        await pilot.press("end")
        await happened(pilot, lambda: page.scroll_offset.y > 0)
        stage.app.screen.query_one(Pages).refresh_page()
        await pilot.pause()
        assert page.scroll_offset.y > 0
        await pilot.press("escape")
        await says(pilot, stage, "Which role should")
        await pilot.press("enter")
        await says(pilot, stage, "+ attach churn2", "Nothing has been sent yet")
        assert page.scroll_offset.y == 0
        assert "+ attach churn2" in screen_text(stage.app)
