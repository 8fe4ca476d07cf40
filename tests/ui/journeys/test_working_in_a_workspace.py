"""Choosing a workspace, loading its list, and updating an attached pool."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import paste, says, screen_text, sentences, shown
from tests.support.stage import Stage, grants, pool_of, puts, workspace_of, writes
from tui.domain.workspaces import Recent
from tui.sandbox.faults import Forbidden, Slow, Throttled
from tui.sandbox.faults import Rule as Fault
from tui.state import recent_workspaces, remember_workspaces

LARGE = (120, 40)


async def test_a_workspace_is_found_by_typing_and_opened_again_at_the_next_start(tmp_path: Path) -> None:
    first = Stage(pick=True, remember=partial(remember_workspaces, tmp_path))
    first.operations.start()
    async with first.app.run_test(size=LARGE) as pilot:
        await scenes.picker(first, pilot)
        await pilot.press(*"prod")
        await shown(pilot, first, "1 of 5 subscriptions")
        await pilot.press("enter")
        await shown(pilot, first, "Which workspace of Contoso Prod?", "3 workspaces", "aml-features")
        await pilot.press(*"ml-eu")
        await shown(pilot, first, "1 of 3 workspaces")
        await pilot.press("enter")
        await shown(pilot, first, "rg-ml-eu › aml-eu", "No computes in aml-eu yet. Press a to attach a Spark pool.")
    first.operations.stop()
    (remembered,) = recent_workspaces(tmp_path)
    assert remembered.subscription_name == "Contoso Prod"
    second = Stage(workspace=remembered.workspace)
    second.operations.start()
    async with second.app.run_test(size=LARGE) as pilot:
        await shown(pilot, second, "rg-ml-eu › aml-eu", "No computes in aml-eu yet.")
        assert "subscription" not in screen_text(second.app)
    second.operations.stop()
    assert writes(first) == writes(second) == []


async def test_another_workspace_replaces_the_list_and_is_remembered_as_the_latest(tmp_path: Path) -> None:
    stage = Stage(remember=partial(remember_workspaces, tmp_path))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("w")
        await shown(pilot, stage, "Which workspace of Contoso Prod?", "3 workspaces")
        await pilot.press("ctrl+t")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press(*"dev", "enter")
        await shown(pilot, stage, "aml-dev")
        await pilot.press("enter")
        await shown(pilot, stage, "rg-dev › aml-dev", "2 computes", "dev-cluster")
        await pilot.press("escape")
        assert "etl-prod" not in screen_text(stage.app)
    stage.operations.stop()
    assert [one.workspace.name for one in recent_workspaces(tmp_path)] == ["aml-dev", "aml-prod"]


async def test_a_chosen_subscription_offers_no_workspaces_of_other_subscriptions() -> None:
    stage = Stage(pick=True, recent=(Recent(workspace_of(Stage())),))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "aml-prod", "recent")
        await pilot.press("ctrl+t")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press(*"empty", "enter")
        await shown(pilot, stage, "Which workspace of Contoso Empty?", "No workspace found.")
        assert "aml-prod" not in screen_text(stage.app)
        await pilot.press("ctrl+t", "escape")
        await shown(pilot, stage, "Which workspace of Contoso Empty?", "No workspace found.")
    stage.operations.stop()


async def test_the_first_page_is_shown_before_the_last_is_fetched() -> None:
    stage = Stage(page_size=5)
    stage.box.faults.add(Fault(Slow(30), "GET", "/computes$", after=1, times=None))
    stage.clock.hold()
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "5 computes", "etl-prod", "reading …")
        assert "vm-legacy" not in screen_text(stage.app)
        assert len([request for request in stage.box.log if "skip=10" in request.url]) == 0
        stage.clock.step()
        await shown(pilot, stage, "10 computes", "gpu-cluster", "reading …")
        stage.clock.release()
        await shown(pilot, stage, "15 computes", "vm-legacy", "as of 09:13:00")
    stage.operations.stop()


async def test_the_cursor_stays_on_its_row_while_pages_load_and_a_throttled_page_shows_the_wait() -> None:
    stage = Stage(page_size=5)
    stage.clock.hold()
    stage.box.faults.add(Fault(Throttled(retry_after=7), "GET", "/computes$", after=1))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "5 computes", "waiting, throttled, 7 s")
        await pilot.press("down", "down")
        await shown(pilot, stage, "▌ etl-prod")
        stage.clock.release()
        await shown(pilot, stage, "15 computes", "▌ etl-prod", "as of")
    stage.operations.stop()


def change_etl_prod(stage: Stage) -> dict[str, Any]:
    """Give etl-prod members that this program does not know, as a later API version would."""
    etl: dict[str, Any] = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")
    etl["properties"]["futureSetting"] = {"mode": "[/red]new", "list": [1, None]}
    etl["sku"] = {"name": "Basic"}
    return etl


async def to_etl_identity(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await paste(pilot, pool_of(stage, "etlpool"))
    await pilot.press("enter")
    await shown(pilot, stage, "Name for the compute.")
    await pilot.press("ctrl+u", *"ETL-prod")
    await says(pilot, stage, "etl-prod is already attached: this updates its managed identity.")
    await says(pilot, stage, "Another name attaches it again.")
    await pilot.press("enter")
    await shown(pilot, stage, "Which managed identity", "updates an")


async def test_an_attached_pool_turns_the_wizard_into_an_update_that_keeps_everything_else(stage: Stage) -> None:
    etl = change_etl_prod(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await to_etl_identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await pilot.press(*"id-etl-prod", "enter", "tab")
        await says(pilot, stage, "What should happen to the roles on the Spark pool?", "id-etl-prod is granted")
        await pilot.press("down", "enter")
        await shown(pilot, stage, "Nothing has been sent yet. enter updates etl-prod", "roles stay")
        await says(
            pilot,
            stage,
            "~ identity.type SystemAssigned → UserAssigned",
            "+ identity.userAssignedIdentities.id-etl-prod",
            "is deleted. Role assignments to it, on syn-prod/etlpool or elsewhere, remain",
            "tags.team data",
            "properties.description Nightly ETL of the sales lake",
        )
        await pilot.press("end")
        await says(pilot, stage, "properties.futureSetting.mode [/red]new")
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "update etl-prod", "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "etl-prod is updated.")
        assert "user ×1" in sentences(stage.app)
    (put,) = puts(stage)
    assert isinstance(put.body, dict)
    sent: dict[str, Any] = put.body
    assert "/computes/etl-prod?" in put.url
    assert sent["properties"]["futureSetting"] == {"mode": "[/red]new", "list": [1, None]}
    assert sent["sku"] == {"name": "Basic"}
    assert sent["tags"] == {"team": "data", "cost": "42"}
    assert sent["properties"]["description"] == "Nightly ETL of the sales lake"
    assert sent["properties"]["resourceId"] == etl["properties"]["resourceId"]
    assert sent["location"] == "eastus2"
    assert [one.rsplit("/", 1)[-1] for one in sent["identity"]["userAssignedIdentities"]] == ["id-etl-prod"]
    assert not {"createdOn", "modifiedOn", "provisioningState"} & sent["properties"].keys()


async def test_the_wizard_moves_the_roles_of_an_attached_pool_with_its_identity(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await to_etl_identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await pilot.press(*"id-etl-prod", "enter", "tab")
        await says(pilot, stage, "move the roles", "id-etl-prod is granted Synapse Administrator")
        await says(pilot, stage, "the system-assigned principal loses Synapse Administrator on Spark pool")
        await pilot.press("enter")
        await shown(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    identity = next(one for one in stage.box.world.identities if one["name"] == "id-etl-prod")
    pool = "workspaces/syn-prod/bigdatapools/etlpool"
    holders = {one["principalId"] for one in stage.box.world.roles.of("syn-prod") if one["scope"].lower() == pool}
    etl = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")
    assert identity["properties"]["principalId"] in holders
    assert "principalId" not in etl["identity"] or etl["identity"]["principalId"] not in holders


async def test_without_reading_roles_the_new_identity_is_granted_its_role_and_none_is_removed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Fault(Forbidden(), "GET", "/roleAssignments$", times=None))
        await to_etl_identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await pilot.press(*"id-etl-prod", "enter", "tab")
        await says(pilot, stage, "Could not read which roles remain on syn-prod/etlpool")
        await says(pilot, stage, "id-etl-prod is granted Synapse Administrator")
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet", "Could not read which roles remain")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert len(grants(stage)) == 1
    assert not [one for one in stage.box.log if one.method == "DELETE"]


async def test_an_update_that_changes_nothing_is_not_sent(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await to_etl_identity(stage, pilot)
        await pilot.press("tab")
        await says(pilot, stage, "No changes: etl-prod already matches.")
        assert "Nothing has been sent yet" not in screen_text(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, "No changes: etl-prod already matches.")
    assert writes(stage) == []


@pytest.mark.parametrize(
    ("what", "words", "advice"),
    [
        ("change", "Someone else has changed etl-prod since you opened it.", "Compare both changes, then decide."),
        ("remove", "etl-prod is no longer in aml-prod.", "Refresh the list"),
    ],
)
async def test_an_update_is_not_sent_if_someone_else_has_changed_or_removed_the_compute(
    stage: Stage, what: str, words: str, advice: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await to_etl_identity(stage, pilot)
        await pilot.press("up", "enter")
        await says(pilot, stage, "What should happen to the roles on the Spark pool?")
        await pilot.press("down", "enter")
        await shown(pilot, stage, "Nothing has been sent yet")
        etl = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")
        if what == "change":
            stage.box.world.computes.put({**etl, "tags": {"team": "someone else"}})
        else:
            stage.box.world.computes.remove(etl["id"])
        await pilot.press("enter")
        await says(pilot, stage, words, f"Nothing was sent. {advice}")
    assert writes(stage) == []
