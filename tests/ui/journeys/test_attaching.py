"""Attaching and detaching a Spark pool in the real app against the sandbox."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.support import scenes
from tests.support.screen import happened, says, screen_text, shown
from tests.support.stage import Stage, puts, writes
from tui.domain.constants import LIST_COLUMNS
from tui.sandbox.faults import Forbidden, Outcome, ResponseLost, Rule, Throttled
from tui.ui.screens.compute_rows import columns_named
from tui.ui.widgets.columns import Columns
from tui.ui.widgets.table import ResourceTable

LARGE = (120, 40)


async def test_the_list_shows_spark_pools_first_and_every_other_compute_as_a_row(stage: Stage) -> None:
    async with stage.app.run_test(size=(160, 40)) as pilot:
        await scenes.computes(stage, pilot)
        text = screen_text(stage.app)
        assert text.index("scoring") < text.index("aks-inference")
        assert "! unreadable" in text
        assert "QuantumAnnealer ?" in text
        assert "[/red]Medium" in text
        assert "\x1b" not in text


async def test_a_wide_list_shows_sizes_and_no_column_moves_when_readiness_arrives(stage: Stage) -> None:
    async with stage.app.run_test(size=(160, 40)) as pilot:
        await scenes.computes(stage, pilot)
        assert "SIZE" in screen_text(stage.app)
        assert "Medium" in screen_text(stage.app)
        rows = stage.app.screen.query_one("#computes", ResourceTable).items
    for width in (76, 116):
        layouts = []
        for shown_rows in ([replace(row, readiness=None) for row in rows], rows):
            columns = Columns(columns_named(LIST_COLUMNS))
            for row in shown_rows:
                columns.cells(row)
            columns.fit(width)
            layouts.append(columns.layout)
        assert layouts[0] == layouts[1]


async def test_an_attach_sends_one_put_with_the_identities_in_order_and_ends_on_the_list(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded", "attach adhoc")
        await pilot.press("escape")
        await shown(pilot, stage, "adhoc ", "user ×2")
    (put,) = puts(stage)
    assert isinstance(put.body, dict)
    assert put.body["properties"]["computeType"] == "SynapseSpark"
    assert [one.rsplit("/", 1)[-1] for one in put.body["identity"]["userAssignedIdentities"]] == [
        "id-etl-prod",
        "id-etl-read",
    ]
    assert writes(stage) == ["PUT"]


async def test_a_running_attach_is_shown_on_its_row_and_in_the_strip(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.running(stage, pilot)
        await shown(pilot, stage, "1 operation running")
        stage.clock.release()
        await shown(pilot, stage, "adhoc is attached.")


async def test_a_failed_attach_shows_the_reason_and_reopens_the_form_unchanged(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.failed(stage, pilot)
        assert "The Spark pool is in another tenant than the workspace." in screen_text(stage.app)
        await pilot.press("e")
        await shown(pilot, stage, "Nothing has been sent yet", "attached compute", "id-etl-prod", "id-etl-read")
        assert writes(stage) == ["PUT"]
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert writes(stage) == ["PUT", "PUT"]


async def test_a_failed_attach_is_sent_again_with_the_chosen_role(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "Not now."), "PUT", "/computes/adhoc$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "e opens the form as it was")
        await pilot.press("e")
        await shown(pilot, stage, "updates adhoc", "attached compute", "+ role.its system-assigned identity")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded", "granted", "verified")
    (compute,) = (one for one in stage.box.world.computes if one["name"] == "adhoc")
    assert compute["identity"]["principalId"] in {one["principalId"] for one in stage.box.world.roles.of("syn-prod")}
    assert writes(stage) == ["PUT", "PUT"]


async def test_a_failed_attach_can_be_sent_again_without_a_role_and_the_plan_says_so(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "Not now."), "PUT", "/computes/adhoc$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "e opens the form as it was")
        await pilot.press("e")
        await shown(pilot, stage, "updates adhoc")
        await pilot.press("escape")
        await shown(pilot, stage, "Which role should its identity get")
        await pilot.press("end", "enter")
        await shown(pilot, stage, "updates adhoc", "grant nothing")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert writes(stage) == ["PUT", "PUT"]


async def test_fixing_a_failed_pool_also_grants_its_role(stage: Stage) -> None:
    failed = next(one for one in stage.box.world.computes if one["name"] == "scoring")
    failed["identity"] = {"type": "SystemAssigned", "principalId": "0c7c4f4e-6f4f-4e0a-9a43-3a4a8f0b2d11"}
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.detail_failed(stage, pilot)
        await pilot.press("f")
        await shown(pilot, stage, "updates scoring", "+ role.its system-assigned identity")


async def test_a_forbidden_put_is_reported_with_azures_error_code(stage: Stage) -> None:
    stage.box.faults.add(Rule(Forbidden(), "PUT", "/computes/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "Could not attach adhocpool", "403 AuthorizationFailed")


async def test_a_lost_response_is_resolved_by_reading_back_and_nothing_is_sent_twice(stage: Stage) -> None:
    stage.box.faults.add(Rule(ResponseLost(), "PUT", "/computes/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("v")
        await shown(pilot, stage, "reading back")
    assert writes(stage) == ["PUT"]


async def test_the_wait_of_a_throttled_attach_is_visible(stage: Stage) -> None:
    stage.box.faults.add(Rule(Throttled(retry_after=12), "PUT", "/computes/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("v")
        await shown(pilot, stage, "waiting: throttled")


async def test_a_pool_deleted_in_the_meantime_is_not_attached(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        pools = stage.box.world.spark_pools
        pools.remove(next(pool["id"] for pool in list(pools) if pool["name"] == "adhocpool"))
        await pilot.press("enter")
        await shown(pilot, stage, "is no longer in syn-prod")
    assert writes(stage) == []


async def test_an_invalid_name_says_why_and_blocks_the_next_step(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_name(stage, pilot)
        await pilot.press("ctrl+u", *"etl", "underscore", "enter")
        await shown(pilot, stage, "has an underscore")
        assert "Which managed identity" not in screen_text(stage.app)


@pytest.mark.parametrize(("answer", "sent"), [("n", []), ("y", ["DELETE"])])
async def test_a_detach_asks_first_and_always_sends_the_action_detach(
    stage: Stage, answer: str, sent: list[str]
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        assert "What stays" in screen_text(stage.app)
        await pilot.press(answer)
        await shown(pilot, stage, "etl-prod is detached." if sent else "15 computes")
    assert writes(stage) == sent
    assert all(
        "underlyingResourceAction=Detach" in one.url
        for one in stage.box.log
        if one.method == "DELETE" and "/computes/" in one.url
    )


async def test_other_computes_cannot_be_detached_and_the_key_says_why(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("end", "ctrl+d")
        await shown(pilot, stage, "only attached Synapse Spark pools can be detached here")
    assert writes(stage) == []


async def test_a_small_terminal_shows_a_message_and_a_larger_one_the_computes_and_readiness(stage: Stage) -> None:
    async with stage.app.run_test(size=(60, 20)) as pilot:
        await shown(pilot, stage, "Too small.")
        await pilot.resize_terminal(*LARGE)
        await shown(pilot, stage, "15 computes", "✖ pool is gone")


async def test_a_temporarily_small_terminal_accepts_only_the_quit_key_and_keeps_the_field(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("shift+tab", "shift+tab")
        await pilot.press(*"own")
        await pilot.resize_terminal(60, 18)
        await says(pilot, stage, "Too small.", "Until then keys do nothing; ctrl+q quits.")
        await pilot.press("o", "q", "escape", "enter", "ctrl+s", "tab")
        await pilot.resize_terminal(80, 24)
        await shown(pilot, stage, "Tags and description", "own")
        await pilot.press(*"er")
        await shown(pilot, stage, "  owner")
        await pilot.resize_terminal(60, 18)
        await shown(pilot, stage, "Too small.")
        await pilot.press("ctrl+q")
        await happened(pilot, lambda: stage.app.return_code == 0)
    assert writes(stage) == []


def test_without_a_terminal_the_program_prints_one_line_and_fails() -> None:
    done = subprocess.run([sys.executable, "-m", "tui", "--sandbox"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "not a terminal" in done.stderr
