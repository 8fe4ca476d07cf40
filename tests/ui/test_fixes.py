"""Fixes of several attached pools at once, in the real app against the sandbox."""

import copy
from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.field_form import sent
from tests.support.screen import happened, on_row, says, sentences
from tests.support.stage import Stage, change, grants, pool_of, workspace_of, writes
from tui.domain.azure_grants import AzureGrants, azure_grants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR
from tui.domain.operation import Failed
from tui.domain.plan import Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.sandbox.azure_role_assignments import AzureGrant
from tui.sandbox.faults import Forbidden, Rule, Slow, Throttled
from tui.sandbox.role_assignments import Grant
from tui.sandbox.seed_azure_roles import STORAGE_ROLES
from tui.ui.widgets.table import ResourceTable

LARGE = (120, 40)
ACCOUNTS = ("amlprodsa", "synprodlake")
"""The default storage account of the Azure ML workspace, and the data lake of the Synapse workspace."""


async def marked(stage: Stage, pilot: Pilot[None], names: Sequence[str]) -> None:
    """Mark computes in the list, once all are judged."""
    await scenes.computes(stage, pilot)
    for name in names:
        await on_row(stage, pilot, name)
        await pilot.press("space")
    await says(pilot, stage, f"{len(names)} marked")


async def test_one_plan_fixes_all_marked_pools_that_need_no_answer(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn", "churn-old"])
        await pilot.press("f")
        await says(
            pilot,
            stage,
            *("Nothing has been sent yet", "changes the roles on churnpool", "changes the Spark pool etlold"),
            *("+ role.id-churn-b", "~ properties.sparkVersion", "This also changes the compute churn-old"),
        )
        assert "left out" not in sentences(stage.app)
        await pilot.press("enter")
        await happened(pilot, lambda: len(grants(stage)) == 5 and len(sent(stage)) == 1)
        await says(pilot, stage, "● Succeeded")


async def test_one_fix_grants_the_synapse_role_and_the_storage_roles_of_an_identity_and_nothing_wider(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn")
        await pilot.press("f")
        await says(
            pilot,
            stage,
            *(
                "Nothing has been sent yet",
                "+ role.id-churn-b",
                "Synapse Administrator on Spark pool syn-prod/churnpool",
            ),
            *("grant Azure roles on amlprodsa", "grant Azure roles on synprodlake"),
        )
        await pilot.press("enter")
        await happened(pilot, lambda: len(grants(stage)) == 5)
        await happened(pilot, lambda: not stage.operations.running())
        await says(pilot, stage, "● Succeeded")
        assert {row.name for row in stage.app.screen.query_one(ResourceTable).items} == {"churn", *ACCOUNTS}
        await pilot.press("escape")
        await says(pilot, stage, "are as planned. Azure can need 10 minutes to apply them.")
        await on_row(stage, pilot, "churn")
        await says(pilot, stage, "The roles on amlprodsa, churnpool and synprodlake are as planned.", "runtime ended")
    scopes = {one["properties"]["scope"] for one in stage.box.world.azure_roles if one["name"] in granted(stage)}
    accounts = {one["name"]: one["id"] for one in stage.box.world.storage_accounts}
    assert scopes == {accounts[name] for name in ACCOUNTS}


@pytest.mark.parametrize("condition", ["", "((!(ActionMatches{'Microsoft.Storage/…/blobs/delete'})))"], ids=len)
async def test_the_status_line_does_not_say_of_a_role_held_before_that_it_was_changed(
    stage: Stage, condition: str
) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        _grant(stage, "synprodlake")
        await says(pilot, stage, "The roles on synprodlake are as planned. Azure can need 10 minutes to apply them.")
        for one in stage.box.world.azure_roles:
            one["properties"] |= {"condition": condition} if condition and one["name"] in granted(stage) else {}
        stage.clock.advance(60)
        _grant(stage, "synprodlake")
        await happened(pilot, lambda: [bool(one.end) for one in stage.operations.operations()] == [True, True])
        words = "may not be as planned; o shows why." if condition else "are as planned."
        await says(pilot, stage, f"The roles on synprodlake {words}")
        await pilot.press("o")
        found = "held under a condition" if condition else "verified"
        await says(pilot, stage, "already granted", found)


def _grant(stage: Stage, *accounts: str) -> None:
    """Grant an identity of `churn` a role on storage accounts, without a look at whether it holds it."""
    identity = next(one for one in stage.box.world.identities if one["name"] == "id-churn-b")
    principal = Principal(identity["properties"]["principalId"], identity["name"], "user-assigned identity")
    grants = azure_grants((BLOB_DATA_CONTRIBUTOR,), principal)
    churn = workspace_of(stage).child("computes", "churn")
    ids = {one["name"]: ResourceId.parse(one["id"]) for one in stage.box.world.storage_accounts}
    stage.operations.apply(Plan.of(AzureGrants(ids[name], grants, churn) for name in accounts))


async def test_a_failure_does_not_hide_that_another_role_may_not_be_as_planned(
    monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    monkeypatch.setattr("tui.operations.watcher._WRITES_AT_A_TIME", 1)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        _grant(stage, "synprodlake")
        await says(pilot, stage, "The roles on synprodlake are as planned.")
        for one in stage.box.world.azure_roles:
            one["properties"] |= {"condition": "((!(ActionMatches{'x'})))"} if one["name"] in granted(stage) else {}
        stage.box.faults.add(Rule(Forbidden(), "PUT", "/amlprodsa/"))
        stage.box.faults.add(Rule(Slow(30), "PUT", "/roleAssignments/", times=None))
        stage.clock.advance(60)
        _grant(stage, "amlprodsa", "synprodlake")
        await happened(pilot, lambda: [bool(one.end) for one in stage.operations.operations()] == [True] * 3)
        await says(pilot, stage, "The roles on synprodlake may not be as planned. 1 failed; o shows why.")


async def test_the_status_line_does_not_name_what_was_changed_before(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for name in ("synprodlake", "amlprodsa"):
            stage.clock.advance(60)
            _grant(stage, name)
            await says(pilot, stage, f"The roles on {name} are as planned.")


@pytest.mark.parametrize("fails", [False, True], ids=["all succeed", "the first fails"])
async def test_the_status_line_sums_up_a_plan_whose_changes_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr("tui.operations.watcher._WRITES_AT_A_TIME", 1)
    stage = Stage()
    stage.operations.start()
    if fails:
        stage.box.faults.add(Rule(Forbidden(), "PUT", "/roleAssignments/"))
    stage.box.faults.add(Rule(Slow(30), "PUT", "/roleAssignments/", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn"])
        await pilot.press("f")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await happened(pilot, lambda: all(one.end for one in stage.operations.operations()))
        await happened(pilot, lambda: len(stage.operations.operations()) == 3)
        await says(pilot, stage, "operations")
        await pilot.press("escape")
        names = "amlprodsa and synprodlake" if fails else "amlprodsa, churnpool and synprodlake"
        more = "1 failed; o shows why." if fails else "Azure can need 10 minutes to apply them."
        await says(pilot, stage, f"The roles on {names} are as planned. {more}")
    stage.operations.stop()


def granted(stage: Stage) -> set[str]:
    """The ids of the role assignments that were sent."""
    return {one.url.partition("/roleAssignments/")[2].partition("?")[0] for one in stage.box.log if one.method == "PUT"}


async def test_a_storage_grant_that_azure_refuses_says_who_can_grant_and_is_retried_from_its_operation(
    stage: Stage,
) -> None:
    stage.box.faults.add(Rule(Forbidden(), "PUT", "/Microsoft.Authorization/roleAssignments/", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn")
        await pilot.press("f")
        await says(pilot, stage, "grant Azure roles on synprodlake")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        await happened(pilot, lambda: sum(one.end is not None for one in stage.operations.operations()) == 3)
        failed = next(one for one in stage.operations.operations() if isinstance(one.end, Failed))
        stage.app.screen.query_one(ResourceTable).select(str(failed.id))
        await pilot.pause()
        await says(pilot, stage, "User Access Administrator")
        stage.box.faults.clear()
        await pilot.press("e")
        await says(pilot, stage, "Nothing has been sent yet", "Storage Blob Data Contributor")
        await pilot.press("enter")
        await happened(pilot, lambda: len(granted(stage) & {one["name"] for one in stage.box.world.azure_roles}) == 2)


async def test_the_plan_names_the_marked_pools_that_it_leaves_out(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn-old", "lost-identity", "orphan-1"])
        await pilot.press("f")
        await says(pilot, stage, "changes the Spark pool etlold", "lost-identity and orphan-1 need another step")
        await pilot.press("escape")
        await on_row(stage, pilot, "churn-old")
        await pilot.press("space", "f")
        await says(pilot, stage, "Which managed identity should lost-identity have?", "orphan-1 needs another step")
        await pilot.press("escape")
        await on_row(stage, pilot, "lost-identity")
        await pilot.press("space", "f")
        await says(pilot, stage, "Detach orphan-1?")
    assert writes(stage) == []


async def test_a_pool_with_nothing_to_fix_is_named_and_alone_refused(stage: Stage) -> None:
    pool = copy.deepcopy(stage.box.world.spark_pools.get(pool_of(stage, "churnpool")) or {})
    pool["properties"] |= {"sparkVersion": "3.5", "autoPause": {"enabled": True, "delayInMinutes": 15}}
    stage.box.world.spark_pools.put(pool)
    (identity,) = (one for one in stage.box.world.identities if one["name"] == "id-churn-b")
    role = Grant(identity["properties"]["principalId"], "workspaces/syn-prod/bigDataPools/churnpool")
    stage.box.world.roles.grant("syn-prod", role)
    for account in stage.box.world.storage_accounts:
        for azure_role in STORAGE_ROLES:
            held = AzureGrant(identity["properties"]["principalId"], account["id"], azure_role)
            stage.box.world.azure_roles.put(held.document(stage.clock.now()))
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn", "orphan-1"])
        await pilot.press("f")
        await says(pilot, stage, "Detach orphan-1?", "There is nothing to fix from here on churn.")
        await pilot.press("escape")
        await on_row(stage, pilot, "orphan-1")
        await pilot.press("space", "f")
        await says(pilot, stage, "Nothing to fix from here: ready.")
    assert writes(stage) == []


async def test_computes_that_share_a_spark_pool_share_its_change(stage: Stage) -> None:
    shared = {"resourceId": pool_of(stage, "etlold"), "properties": None}
    change(stage, "markup-lab", lambda one: one["properties"].update(shared))
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn-old", "markup-lab"])
        await pilot.press("f")
        await says(pilot, stage, "changes the Spark pool etlold", "computes churn-old and markup-lab of aml-prod.")
        await pilot.press("enter")
        await happened(pilot, lambda: bool(sent(stage)))
        await says(pilot, stage, "change pool etlold · Succeeded")
    assert [one["properties"]["sparkVersion"] for one in sent(stage)] == ["3.5"]


async def test_what_cannot_be_read_is_left_out_of_the_plan_with_its_reason(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn", "churn-old"])
        stage.box.faults.add(Rule(Forbidden(), "GET", "/bigDataPools/etlold$", times=None))
        await pilot.press("f")
        await says(pilot, stage, "changes the roles on churnpool", "etlold is left out.")
        await pilot.press("escape")
        await on_row(stage, pilot, "churn")
        await pilot.press("space", "f")
        await says(pilot, stage, "Could not read the Spark pool etlold: you are not allowed to.")
    assert writes(stage) == []


async def test_a_plan_that_is_ready_too_late_belongs_to_the_marks_of_its_time(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn", "churn-old"])
        await on_row(stage, pilot, "churn")
        stage.box.faults.add(Rule(Throttled(), "GET", "/bigDataPools/etlold$"))
        stage.clock.hold()
        await pilot.press("f")
        await says(pilot, stage, "Reading what 2 attached pools need: waiting, throttled")
        await pilot.press("space", "f")
        stage.clock.release()
        await says(pilot, stage, "changes the Spark pool etlold")
        assert "churnpool" not in sentences(stage.app)


async def test_a_message_about_marked_pools_names_each_and_what_others_can_do(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await marked(stage, pilot, ["churn", "churn-old"])
        await pilot.press("m")
        await happened(pilot, lambda: bool(stage.app.clipboard))
        text = stage.app.clipboard
    for part in ("For the compute churn:", "For the compute churn-old:", "az role assignment create", "upgrade it"):
        assert part in text


async def test_there_is_no_message_where_nobody_else_can_help(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "orphan-1")
        await pilot.press("m")
        await says(pilot, stage, "Nothing of orphan-1 is known to need someone else.")
        await on_row(stage, pilot, "ci-ana")
        await pilot.press("m")
        await says(pilot, stage, "Only attached Spark pools are checked.")
