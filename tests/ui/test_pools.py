"""Spark pools on the screen: shown and changed in the real app against the sandbox."""

import copy
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import scenes
from tests.support.field_form import field, sent, typed
from tests.support.programs import Place
from tests.support.screen import happened, on_row, says, screen_text, sentences, settled, shown
from tests.support.stage import Stage, pool_of, writes
from tui.cloud.mapping import spark_pool_from
from tui.domain.guard import Guard
from tui.domain.operation import Operation, Started, Verb
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.resource_id import ResourceId
from tui.operations.journal import Journal
from tui.sandbox.faults import Forbidden, Outcome, Rule, Slow

LARGE = (120, 40)
CHURN = r"/bigDataPools/churnpool"


def pool(stage: Stage, name: str = "churnpool") -> dict[str, Any]:
    """A Spark pool of the simulated Azure."""
    return copy.deepcopy(next(one for one in list(stage.box.world.spark_pools) if one["name"] == name))


def change(stage: Stage, how: Callable[[Any], None], name: str = "churnpool") -> None:
    """Change a Spark pool as another user would."""
    document = pool(stage, name)
    how(document)
    stage.box.world.spark_pools.put(document)


# The Spark pool


async def test_the_facts_of_a_pool_are_shown_and_what_azure_does_not_report_is_not_shown_as_off(stage: Stage) -> None:
    def forget(document: Any) -> None:
        for member in ("autoPause", "dynamicExecutorAllocation", "isComputeIsolationEnabled", "cacheSize"):
            del document["properties"][member]

    change(stage, forget)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        text = sentences(stage.app)
        for label in ("Auto-pause", "Dynamic executors", "Isolated compute", "Cache"):
            assert f"{label} not reported" in text
        assert "Session packages allowed" in text
        assert "Requirements file requirements.txt" in text
        assert "Support of Spark 3.4 ended on 2026-03-31" in text
        assert str(pool(stage)["id"]) in screen_text(stage.app).replace("\n" + " " * 23, "")
        await pilot.press("right")
        await says(pilot, stage, "churn ● Succeeded")
        await pilot.press("y")
        await says(pilot, stage, '"filename": "requirements.txt"')
        await pilot.press("y", "escape")
        await shown(pilot, stage, "15 computes")
    assert writes(stage) == []


async def test_a_pool_that_no_compute_attaches_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press(*"gpu", "ctrl+g")
        await says(pilot, stage, "gpupool · Spark pool in syn-prod", "as of")
        await pilot.press("right")
        await says(pilot, stage, "No compute of aml-prod attaches gpupool.")
        await pilot.press("escape")
        await shown(pilot, stage, "5 Spark pools")


@pytest.mark.parametrize("name", ["cpu-cluster", "half-written"])
async def test_the_key_for_the_pool_says_why_a_compute_has_none(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, name)
        await pilot.press("p")
        await says(pilot, stage, f"{name} is not an attached Spark pool.")
        await pilot.press("enter", "p")
        await says(pilot, stage, f"{name} is not an attached Spark pool.")


async def test_a_pool_that_may_not_be_read_is_forbidden_but_its_computes_are_listed(stage: Stage) -> None:
    stage.fault(Rule(Forbidden(), "GET", CHURN, times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn")
        await pilot.press("p")
        await says(pilot, stage, "could not be read", "ctrl+r tries again")
        await pilot.press("e")
        await says(pilot, stage, "ctrl+r reads again.")
        await pilot.press("right")
        await says(pilot, stage, "churn ● Succeeded")


async def test_a_pool_that_is_gone_can_be_read_again_when_it_is_back(stage: Stage) -> None:
    before = pool(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.world.spark_pools.remove(before["id"])
        await on_row(stage, pilot, "churn")
        await pilot.press("enter", "p")
        await says(pilot, stage, "churnpool · Spark pool in syn-prod · is gone")
        stage.box.world.spark_pools.put(before)
        await pilot.press("ctrl+r")
        await says(pilot, stage, "● Succeeded · as of", "requirements.txt")
        assert "is gone" not in sentences(stage.app)


async def test_a_list_of_computes_that_cannot_be_read_is_said_on_its_page_and_in_the_plan(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.fault(Rule(Forbidden(), "GET", "/computes$", times=None))
        await on_row(stage, pilot, "churn")
        await pilot.press("p", "right")
        await says(pilot, stage, "The computes of aml-prod could not be read.")
        await pilot.press("e")
        await says(pilot, stage, "Settings of churnpool")
        await typed(stage, pilot, nodes="7")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet", "every compute that attaches churnpool")
    assert writes(stage) == []


# A change


async def test_a_change_sends_exactly_what_the_plan_shows_and_keeps_every_other_member(stage: Stage) -> None:
    before = pool(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_plan(stage, pilot)
        await says(pilot, stage, "This also changes the compute churn of aml-prod.")
        assert writes(stage) == []
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded", "change pool churnpool")
        await pilot.press("escape")
        await says(
            pilot, stage, "churnpool · Spark pool in syn-prod", "3 to 10, autoscale", "after 15 min", "note=two words"
        )
        await pilot.press("escape")
        await shown(pilot, stage, "15 computes")
    (body,) = sent(stage)
    properties, was = body["properties"], before["properties"]
    assert properties["sparkVersion"] == "3.5"
    assert properties["autoScale"] == {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10}
    assert properties["autoPause"] == {"enabled": True, "delayInMinutes": 15}
    assert body["tags"] == {"team": "data", "note": "two words"}
    for member in ("nodeCount", "nodeSize", "nodeSizeFamily", "sessionLevelPackagesEnabled", "cacheSize"):
        assert properties[member] == was[member]
    assert properties["libraryRequirements"]["content"] == was["libraryRequirements"]["content"]
    assert writes(stage) == ["PUT"]


async def test_a_field_that_was_not_touched_changes_nothing(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_form(stage, pilot)
        await pilot.press("enter", "enter", "enter")
        assert stage.app.screen.focused is field(stage, "tags")
        await pilot.press("enter")
        await says(pilot, stage, "No changes: churnpool already matches.")
    assert writes(stage) == []


BAD = {"version": "newest", "nodes": "2", "pause": "3", "tags": 'a="b'}
REASONS = {
    "version": 'Spark version: "newest" is not a version',
    "nodes": "Nodes: A Spark pool has 3 to 200 nodes",
    "pause": "Auto-pause waits 5 to 10080 minutes",
    "tags": "Tags: A quote is not closed",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_wrong_field_is_named_until_it_is_edited_and_has_the_focus(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_form(stage, pilot)
        await typed(stage, pilot, **{name: BAD[name]})
        field(stage, "version" if name != "version" else "nodes").focus()
        await pilot.press("ctrl+s")
        await says(pilot, stage, REASONS[name])
        await happened(pilot, lambda: stage.app.screen.focused is field(stage, name))
        assert "Nothing has been sent yet" not in sentences(stage.app)
        await typed(stage, pilot, **{name: "5"})
        await says(pilot, stage, "Settings of churnpool.")
        assert REASONS[name] not in sentences(stage.app)
    assert writes(stage) == []


async def test_unsent_edits_come_back_and_quitting_names_them(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_form(stage, pilot)
        await typed(stage, pilot, nodes="7")
        await pilot.press("escape")
        await says(pilot, stage, "churnpool · Spark pool in")
        await pilot.press("q")
        await says(pilot, stage, "Not sent, and lost when you leave: the settings of churnpool.")
        await pilot.press("n", "e")
        await says(pilot, stage, "Your unsent edits are back.", "now 5")
        assert field(stage, "nodes").value == "7"
        await pilot.press("ctrl+q")
        await says(pilot, stage, "Not sent, and lost when you leave: the settings of churnpool.")
    assert writes(stage) == []


async def test_the_plan_waits_until_the_pool_is_read_again_and_has_its_current_values(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        change(
            stage, lambda one: one["tags"].update(owner="ana") if "tags" in one else one.update(tags={"owner": "ana"})
        )
        stage.fault(Rule(Slow(30), "GET", CHURN))
        stage.clock.hold()
        await pilot.press("e")
        await says(pilot, stage, "Settings of churnpool")
        await typed(stage, pilot, nodes="7")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Still reading churnpool", "The plan follows.")
        stage.clock.release()
        await says(pilot, stage, "Nothing has been sent yet", "tags.owner ana")
    assert writes(stage) == []


async def test_a_change_that_someone_else_overtakes_sends_nothing_and_is_corrected_on_their_values(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_plan(stage, pilot)
        change(stage, lambda one: one["properties"].update(nodeCount=9))
        await pilot.press("enter")
        await says(
            pilot, stage, "Someone else has changed the Spark pool churnpool", "opens the form with your changes"
        )
        assert sent(stage) == []
        await pilot.press("e")
        await says(pilot, stage, "Settings of churnpool", "now 9")
        assert field(stage, "nodes").value == "3-10"
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await happened(pilot, lambda: len(sent(stage)) == 1 and not stage.operations.running())
    assert pool(stage)["properties"]["nodeCount"] == 9
    assert pool(stage)["properties"]["sparkVersion"] == "3.5"


async def test_the_pool_of_an_operation_opens_from_the_operations_and_shows_a_failure(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Busy", "A session runs."), "PUT", CHURN))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "A session runs.")
        await pilot.press("enter")
        await says(pilot, stage, "churnpool · Spark pool in syn-prod", "as of")


async def test_a_read_only_run_shows_pools_and_refuses_only_the_change() -> None:
    stage = Stage(guard=Guard("flag --read-only"))
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.pool(stage, pilot)
            await pilot.press("e")
            await says(pilot, stage, "sparkpool is read-only here")
            await pilot.press("y")
            await says(pilot, stage, '"sparkVersion"')
    finally:
        stage.operations.stop()
    assert writes(stage) == []


# A fix from the list


async def test_a_fix_that_someone_else_has_made_meanwhile_changes_nothing(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await happened(pilot, lambda: scenes.is_judged(stage))
        await on_row(stage, pilot, "churn-old")
        change(stage, lambda one: one["properties"].update(sparkVersion="3.5"), "etlold")
        await pilot.press("f")
        await says(pilot, stage, "No changes: etlold already matches.", "unchanged etlold")
        assert "This also changes" not in sentences(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, "No changes: etlold already matches.")
    assert writes(stage) == []


# Another sparkpool


async def test_another_sparkpool_changes_the_pool_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.operations.watcher._OTHERS_SECONDS", 0.1)
    place = Place(tmp_path / "state")
    stage = Stage(clock=place.clock, azure=place.box, journal=partial(Journal, place.folder))
    stage.operations.start()
    try:
        with place.program() as first:
            async with stage.app.run_test(size=LARGE) as pilot:
                await scenes.pool(stage, pilot)
                known = spark_pool_from(pool(stage))
                assert known is not None
                place.clock.hold()
                operation = first.begin(PoolChange(known, PoolEdit(nodes=7)))
                first.wait_until(lambda: bool(sent(stage)))
                await says(pilot, stage, "another sparkpool is changing it", "Nodes 5, no autoscale")
                await pilot.press("e")
                await says(pilot, stage, "churnpool is busy: another sparkpool", "o shows it.")
                place.clock.release()
                first.wait_for(operation.id)
                await says(pilot, stage, "● Succeeded · as of", "Nodes 7, no autoscale")
                assert "another sparkpool is" not in sentences(stage.app)
                await pilot.press("e")
                await says(pilot, stage, "Settings of churnpool.")
                assert field(stage, "nodes").value == "7"
    finally:
        stage.operations.stop()
    assert len(sent(stage)) == 1


async def test_progress_does_not_replace_the_reason_why_a_key_did_nothing(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        known = spark_pool_from(pool(stage))
        assert known is not None
        stage.clock.hold()
        (operation,) = stage.operations.apply(Plan.of([PoolChange(known, PoolEdit(nodes=7))]))
        assert isinstance(operation, Operation)
        await says(pilot, stage, "change pool · Provisioning")
        await pilot.press("e")
        await says(pilot, stage, "churnpool is busy", "o shows it.")
        before = len(stage.operations.operations()[0].events)
        stage.clock.step()
        await happened(pilot, lambda: len(stage.operations.operations()[0].events) > before)
        await settled(pilot, stage)
        assert "churnpool is busy" in sentences(stage.app)
        stage.clock.release()
        await says(pilot, stage, "● Succeeded · as of", "Nodes 7, no autoscale")


# Unusual pools


async def test_a_pool_says_that_its_change_was_interrupted_and_blocks_another_one(tmp_path: Path) -> None:
    stage = Stage(journal=partial(Journal, tmp_path))
    known = spark_pool_from(pool(stage))
    assert known is not None
    asked = PoolChange(known, PoolEdit(nodes=7))
    operation = Operation(1, Verb.CHANGE_POOL, asked.id, asked)
    with closing(Journal(tmp_path)) as journal:
        journal.begin(operation)
        started = Started(stage.clock.now(), known.raw, asked.document())
        journal.record(operation.with_event(started))
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.pool(stage, pilot)
            await happened(pilot, lambda: bool(stage.operations.interrupted()))
            await pilot.press("ctrl+r")
            await says(pilot, stage, "o shows its interrupted change · as of")
            await pilot.press("e")
            await says(pilot, stage, "An earlier write of churnpool (change) was interrupted.")
            await pilot.press("o")
            await says(pilot, stage, "change pool churnpool", "u resumes it")
            await pilot.press("u")
            await says(pilot, stage, "● Succeeded")
            await pilot.press("escape")
            await says(pilot, stage, "Nodes 7, no autoscale")
    finally:
        stage.operations.stop()
    assert [body["properties"]["nodeCount"] for body in sent(stage)] == [7]


async def test_a_tag_that_a_field_cannot_show_is_named_and_sent_as_it_was(stage: Stage) -> None:
    change(stage, lambda one: one.update(tags={"note": "two\nlines", "team": "data"}))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_form(stage, pilot)
        await says(pilot, stage, "note is a tag that a field cannot show; unchanged here.")
        await typed(stage, pilot, tags="owner=ana")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet", "+ tags.owner", "- tags.team")
        await pilot.press("enter")
        await happened(pilot, lambda: len(sent(stage)) == 1 and not stage.operations.running())
    assert sent(stage)[0]["tags"] == {"note": "two\nlines", "owner": "ana"}


async def test_a_pool_that_was_created_again_since_is_not_changed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        change(stage, lambda one: one["properties"].update(creationDate="2026-11-01T00:00:00.0000000Z"))
        await pilot.press("e")
        await says(pilot, stage, "churnpool is not the Spark pool that you opened")
        await typed(stage, pilot, nodes="7")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "reads again.")
        assert "Nothing has been sent yet" not in sentences(stage.app)
    assert writes(stage) == []


async def test_without_an_open_workspace_the_attached_computes_are_said_to_be_unknown() -> None:
    stage = Stage(pick=True)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.picker(stage, pilot)
            stage.app.flow.pools.open(ResourceId.parse(pool_of(stage, "churnpool")))
            await says(pilot, stage, "churnpool · Spark pool in syn-prod", "as of")
            await pilot.press("right")
            await says(pilot, stage, "No Azure ML workspace is open")
            await pilot.press("e")
            await says(pilot, stage, "every compute that attaches churnpool; no Azure ML workspace is open.")
    finally:
        stage.operations.stop()
