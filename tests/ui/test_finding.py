"""Computes are found: by the filter, by problems only, by order, and by the row under the cursor."""

import pytest
from rich.color import ColorSystem
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support import scenes
from tests.support.screen import happened, on_row, says, screen_strips, screen_text, shown
from tests.support.stage import Stage, workspace_of
from tui.domain.constants import LIST_COLUMNS
from tui.sandbox.faults import Outcome, Rule
from tui.ui.screens.compute_rows import columns_named
from tui.ui.screens.computes import ComputesScreen
from tui.ui.widgets.table import ResourceTable

LARGE, SMALL = (120, 40), (80, 24)


def names(stage: Stage) -> list[str]:
    """The names of the shown computes, from top to bottom."""
    screen = stage.app.screen
    assert isinstance(screen, ComputesScreen)
    return list(screen.table.shown_keys)


def under_cursor(stage: Stage) -> str:
    """The name of the compute under the cursor."""
    screen = stage.app.screen
    assert isinstance(screen, ComputesScreen)
    row = screen.table.current
    return row.compute.name if row is not None else ""


async def filtered(stage: Stage, pilot: Pilot[None], typed: str) -> None:
    """Replace the text of the filter."""
    field = stage.app.screen.query_one("#filter", Input)
    field.value = typed
    await happened(pilot, lambda: field.value == typed)
    await pilot.pause()


def highlighted(stage: Stage) -> str:
    """The underlined texts of the screen, in order."""
    lines = screen_strips(stage.app)
    return " ".join(one.text for strip in lines for one in strip if one.style is not None and one.style.underline)


async def test_the_filter_shows_what_it_finds_also_where_the_list_does_not_show_it(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash")
        assert "/ words, !word" in screen_text(stage.app)
        await filtered(stage, pilot, "CHURN ended")
        assert names(stage) == ["churn-old"]
        assert highlighted(stage) == "churn ended"
        assert "FOUND IN" not in screen_text(stage.app)
        await filtered(stage, pilot, "pool:etlpool !markup")
        assert names(stage) == ["etl-prod"]
        await shown(pilot, stage, "FOUND IN", "pool syn-prod/etlpool")
        await filtered(stage, pilot, "tag:team=data")
        await shown(pilot, stage, "tag team=data")
        await filtered(stage, pilot, "!succeeded")
        assert names(stage) == ["scoring", "half-written"]
        assert not highlighted(stage)


async def test_an_unknown_column_is_explained_and_what_was_typed_stays(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash", *"churn poool", "colon", "x")
        await says(pilot, stage, '"poool" is not a column. Did you mean "pool"?')
        assert stage.app.screen.query_one("#filter", Input).value == "churn poool:x"
        assert names(stage) == ["churn", "churn-old"]
        await pilot.press("backspace", "backspace")
        await says(pilot, stage, "15 computes")


async def test_the_down_key_leads_from_the_filter_to_the_list_and_clearing_keeps_the_row(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash", *"churn-old", "down")
        await happened(pilot, lambda: isinstance(stage.app.focused, ResourceTable))
        assert names(stage) == ["churn-old"]
        await pilot.press("escape")
        await happened(pilot, lambda: len(names(stage)) == 15)
        assert under_cursor(stage) == "churn-old"


async def test_verdicts_are_counted_and_only_problems_can_be_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await says(pilot, stage, "15 computes · 7 attached Spark pools · 5 ✖ · 2 ! · 0 ready")
        await pilot.press("!")
        await says(pilot, stage, "problems only · 8 shown")
        assert "cpu-cluster" not in names(stage)
        assert {"churn", "etl-prod", "scoring", "half-written"} <= set(names(stage))
        await pilot.press("slash", *"zzzz")
        await says(pilot, stage, 'Nothing matches "zzzz" among the problems.')
        await pilot.press("escape")
        await happened(pilot, lambda: len(names(stage)) == 8)
        await pilot.press("escape")
        await happened(pilot, lambda: len(names(stage)) == 15)
        await pilot.press("!", "!")
        await happened(pilot, lambda: len(names(stage)) == 15)


async def test_problems_are_found_among_computes_that_were_never_in_sight() -> None:
    stage = Stage(size=90)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=SMALL) as pilot:
            await says(pilot, stage, "90 computes", "not checked")
            screen = stage.app.screen
            assert isinstance(screen, ComputesScreen)
            pools = [row.compute.name for row in screen.table.items if row.compute.is_spark_pool]
            known = [row for row in map(screen.table.get, pools) if row is not None and row.readiness]
            assert len(known) < len(pools)
            await pilot.press("!")
            await happened(pilot, lambda: all(row.readiness for row in map(screen.table.get, pools) if row))
    finally:
        stage.operations.stop()


def has_gaps(screen: ComputesScreen, column: str, ordered: list[str]) -> bool:
    """Whether a row without a value comes before one that has one, in its group."""
    cells = {one.name: one for one in columns_named(LIST_COLUMNS)}
    for is_spark_pool in (True, False):
        rows = [row for row in map(screen.table.get, ordered) if row and row.compute.is_spark_pool == is_spark_pool]
        empty = [cells[column].cell(row).text in ("", "–") for row in rows]
        if empty != sorted(empty):
            return True
    return False


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_list_is_sorted_by_every_visible_column_in_both_directions(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.computes(stage, pilot)
        screen = stage.app.screen
        assert isinstance(screen, ComputesScreen)
        table = screen.table
        columns = table.visible_columns
        assert ("pool" in columns) == (size == LARGE)
        orders = []
        for name in (*columns[1:], columns[0]):
            await pilot.press("s")
            await shown(pilot, stage, f"{name.upper()}▲")
            ascending = names(stage)
            await pilot.press("S")
            await shown(pilot, stage, f"{name.upper()}▼")
            assert screen_text(stage.app).count("▼") == 1
            assert sorted(names(stage)) == sorted(ascending)
            spark = [row.compute.is_spark_pool for row in map(table.get, names(stage)) if row is not None]
            assert spark == sorted(spark, reverse=True)
            assert not has_gaps(screen, name, ascending)
            assert not has_gaps(screen, name, names(stage))
            orders.append((ascending, names(stage)))
        assert all(up != down for up, down in orders)
        assert orders[-1][0][:2] == ["churn", "churn-old"]


async def test_readiness_is_one_key_away_and_a_hidden_column_never_sorts(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("s", "s", "R")
        await shown(pilot, stage, "READY▲")
        assert set(names(stage)[5:7]) == {"etl-prod", "markup-lab"}
        await pilot.press("R")
        await shown(pilot, stage, "READY▼")
        assert set(names(stage)[:2]) == {"etl-prod", "markup-lab"}
        await pilot.press("s")
        await shown(pilot, stage, "POOL▲")
        by_pool = names(stage)
        await pilot.resize_terminal(*SMALL)
        await happened(pilot, lambda: "POOL" not in screen_text(stage.app))
        assert names(stage)[:2] == ["churn", "churn-old"]
        assert "NAME▲" in screen_text(stage.app)
        await pilot.resize_terminal(*LARGE)
        await shown(pilot, stage, "POOL▲")
        assert names(stage) == by_pool


async def test_a_pool_that_is_attached_more_than_once_is_marked_and_the_others_are_named(stage: Stage) -> None:
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await scenes.computes(stage, pilot)
        await shown(pilot, stage, "syn-prod/etlpool ×2", "syn-prod/adhocpool ×2", "syn-prod/churnpool")
        await on_row(stage, pilot, "scoring")
        await says(pilot, stage, "also attached as lost-identity")


async def test_a_long_message_has_the_line_to_itself_while_it_is_shown(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "InternalError", "It failed."), "PUT", "/computes/adhoc$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Azure accepted it, but then it failed.")
        await pilot.press("escape")
        await shown(pilot, stage, "Could not attach adhocpool", "o shows it")
        assert "also attached as" not in screen_text(stage.app)
        await pilot.press("ctrl+r")
        await on_row(stage, pilot, "etl-prod")
        await shown(pilot, stage, "also attached as markup-lab")


async def test_a_shared_pool_stays_marked_while_an_operation_runs_on_one_of_its_computes(stage: Stage) -> None:
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("ctrl+d")
        await says(pilot, stage, "Detach etl-prod?", "also remove its role")
        stage.clock.hold()
        await pilot.press("y")
        await says(pilot, stage, "InProgress")
        await happened(pilot, lambda: screen_text(stage.app).count("syn-prod/etlpool ×2") == 2)
        stage.clock.release()
        await happened(pilot, lambda: "etl-prod" not in names(stage))
        await happened(pilot, lambda: "etlpool ×" not in screen_text(stage.app))


async def test_a_compute_that_is_gone_is_not_counted_and_the_cursor_is_on_the_row_in_its_place(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        stage.box.world.computes.remove(f"{workspace_of(stage)}/computes/etl-prod")
        await pilot.press("ctrl+r")
        await says(pilot, stage, "14 computes · 6 attached Spark pools · 5 ✖ · 1 ! · 0 ready")
        assert under_cursor(stage) == "lost-identity"


async def test_the_position_is_shown_in_a_list_that_does_not_fit() -> None:
    stage = Stage(size=40)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=SMALL) as pilot:
            await says(pilot, stage, "40 computes")
            await shown(pilot, stage, " 1/40  40 computes")
            await pilot.press("end")
            await shown(pilot, stage, " 40/40  40 computes")
            await pilot.press("slash", *"zzzz")
            await happened(pilot, lambda: "/40" not in screen_text(stage.app))
    finally:
        stage.operations.stop()


@pytest.mark.parametrize("theme", ["sparkpool", "ansi-dark", "ansi-light", "textual-light"])
async def test_the_whole_row_under_the_cursor_is_highlighted_with_any_number_of_colours(theme: str) -> None:
    stage = Stage(theme=theme)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.computes(stage, pilot)
            lines = [strip for strip in screen_strips(stage.app) if "churn" in strip.text]
            here, other = (
                {one.style.bgcolor for one in strip if one.style is not None and one.text.strip()} for strip in lines
            )
            assert sum(strip.text.startswith(" ▌") for strip in lines) == 1
            (cursor,), (background,) = here, other
            assert cursor is not None
            assert background is not None
            for colours in (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD):
                assert cursor.downgrade(colours) != background.downgrade(colours), colours
    finally:
        stage.operations.stop()


async def test_the_columns_are_those_of_the_settings_and_the_first_ones_stay_where_there_is_little_room() -> None:
    stage = Stage(columns=("tags", "ready", "created", "description", "location", "modified"))
    stage.operations.start()
    try:
        async with stage.app.run_test(size=SMALL) as pilot:
            await scenes.computes(stage, pilot)
            screen = stage.app.screen
            assert isinstance(screen, ComputesScreen)
            assert screen.table.visible_columns[:3] == ("name", "tags", "ready")
            assert "POOL" not in screen_text(stage.app)
            await pilot.press("slash")
            await filtered(stage, pilot, "tag:team=data")
            assert "data" in highlighted(stage)
            assert "FOUND IN" not in screen_text(stage.app)
            await filtered(stage, pilot, "etlpool")
            await shown(pilot, stage, "pool syn-prod/etlpool")
    finally:
        stage.operations.stop()
