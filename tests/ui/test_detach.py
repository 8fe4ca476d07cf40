"""The question before a detach is complete at every size, names what exists, and names hidden pools."""

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import happened, on_row, says, screen_text, shown
from tests.support.stage import Stage, writes
from tui.sandbox.faults import Outcome, Rule

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


def asked(stage: Stage) -> str:
    """The text of the question, without line breaks and without the list behind it."""
    region = stage.app.screen.query_one(".dialog").scrollable_content_region
    rows = screen_text(stage.app).split("\n")[region.y : region.bottom]
    return " ".join(" ".join(row[region.x : region.right] for row in rows).split())


async def mark_all(stage: Stage, pilot: Pilot[None]) -> None:
    """Mark all seven attached pools."""
    await scenes.computes(stage, pilot)
    await pilot.press(*["space"] * 7)
    await shown(pilot, stage, "7 marked")


@SIZES
async def test_the_detach_question_shows_its_keys_for_any_number_of_pools(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await mark_all(stage, pilot)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach 7 Spark pools?", "y detach 7 Spark pools", "n cancel", "p plan")
        await pilot.press("end")
        gone = "The user-assigned identity id-deleted and the Spark pool syn-prod/orphanpool are already gone."
        await happened(pilot, lambda: gone in asked(stage))
        assert "y detach 7 Spark pools" in screen_text(stage.app)
        await pilot.press("n")
        await shown(pilot, stage, "7 marked")
    assert writes(stage) == []


async def test_the_detach_question_makes_each_statement_once_for_all_marked_pools(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.marked(stage, pilot)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach 2 Spark pools?")
        for sentence in (
            "What stays: the Spark pools syn-prod/churnpool and syn-prod/etlpool with their data",
            "What goes: the computes churn and etl-prod. Jobs that use them will fail.",
            "Also goes: the system-assigned principal of etl-prod (",
            "The user-assigned identities id-churn-a and id-churn-b stay, with their roles.",
        ):
            assert asked(stage).count(sentence) == 1


async def test_a_marked_pool_hidden_by_the_filter_is_named_before_it_is_detached(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.marked(stage, pilot)
        await pilot.press("slash", *"etl-p", "enter")
        await shown(pilot, stage, "2 marked, 1 of them hidden")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach 2 Spark pools?")
        assert "churn is among them, marked but hidden by the filter." in asked(stage)
        await pilot.press("n", "escape")
        await shown(pilot, stage, "2 marked")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach 2 Spark pools?")
        assert "hidden" not in screen_text(stage.app)


@pytest.mark.parametrize(
    ("name", "said", "unsaid"),
    [
        ("orphan-1", "The Spark pool syn-prod/orphanpool is already gone.", "What stays"),
        ("lost-identity", "The user-assigned identity id-deleted is already gone.", "with its roles"),
    ],
)
async def test_the_detach_question_never_says_that_a_deleted_resource_stays(
    stage: Stage, name: str, said: str, unsaid: str
) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, name)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, f"Detach {name}?")
        assert said in asked(stage)
        assert unsaid not in asked(stage)
        await pilot.press("p")
        await says(pilot, stage, "Plan: the compute is removed", said)
        await pilot.press("escape", "escape", "enter")
        await says(pilot, stage, f"{name} · Spark pool attached to", "as of")
        await pilot.press("2")
        await says(pilot, stage, "is gone")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, f"Detach {name}?")
        assert said in asked(stage)


async def test_a_bulk_detach_reports_how_many_pools_were_detached_and_how_many_failed(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Busy", "A job is running."), "DELETE", "/computes/churn$"))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await mark_all(stage, pilot)
        await pilot.press("ctrl+d", "y")
        await shown(pilot, stage, "6 Spark pools are detached. 1 failed; o shows why. 1 still marked.")
