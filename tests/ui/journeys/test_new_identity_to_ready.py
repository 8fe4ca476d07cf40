"""From an identity that does not exist yet to a compute that is ready, although Azure learns of it late."""

from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.support.field_form import typed
from tests.support.screen import on_row, says
from tests.support.spark_pools import made
from tests.support.stage import Stage
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.seed_empty import make_empty_world

LARGE = (120, 40)

UNKNOWN_SECONDS = 200.0
"""How long Azure does not know the identity; longer than the attach takes."""


@pytest.mark.parametrize("access", ["synapse role with the attach", "all roles with the fix"])
async def test_a_new_identity_gets_all_roles_once_azure_knows_it(access: str) -> None:
    clock = VirtualClock()
    azure = Sandbox(
        make_empty_world(), clock, choices=Choices(unknown_principal="refused"), principal_seconds=UNKNOWN_SECONDS
    )
    stage = Stage(clock=clock, azure=azure)
    await made(azure, "jobs", sparkVersion="3.5", autoPause={"enabled": True, "delayInMinutes": 15})
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await says(pilot, stage, "No computes in")
            await pilot.press("a")
            for question in ("1 subscription", "1 Synapse workspace", "1 Spark pool", "Valid and available"):
                await says(pilot, stage, question)
                await pilot.press("enter")
            await says(pilot, stage, "Which managed identity")
            await pilot.press("down", "enter")
            await says(pilot, stage, "2 user-assigned identities")
            await pilot.press("ctrl+n")
            await says(pilot, stage, "A new managed identity in")
            await typed(stage, pilot, name="id-fresh")
            await pilot.press("ctrl+s")
            await says(pilot, stage, "creates the identity id-fresh")
            await pilot.press("enter")
            await says(pilot, stage, "create identity id-fresh · Succeeded")
            await pilot.press("escape")
            await says(pilot, stage, "Chosen, in this order: 1 id-fresh")
            await pilot.press("tab")
            await says(pilot, stage, "Which role should", "you may grant")
            if access.startswith("all"):
                await pilot.press("end")
            await pilot.press("enter")
            await says(pilot, stage, "enter attaches jobs")
            await pilot.press("enter")
            await says(pilot, stage, "attach jobs · Succeeded")
            await pilot.press("escape")
            await says(pilot, stage, "jobs is attached.", "problems")
            await on_row(stage, pilot, "jobs")
            await pilot.press("f")
            await says(pilot, stage, "Nothing has been sent yet", "+ role.id-fresh")
            await pilot.press("enter")
            await says(pilot, stage, "● Succeeded")
            await pilot.press("escape")
            await says(pilot, stage, "● ready")
    finally:
        stage.operations.stop()
    (identity,) = (one for one in azure.world.identities if one["name"] == "id-fresh")
    principal = identity["properties"]["principalId"]
    held = [one for one in azure.world.azure_roles if one["properties"]["principalId"] == principal]
    accounts = {one["id"]: 2 for one in azure.world.storage_accounts}
    assert Counter(one["properties"]["scope"] for one in held) == accounts
    assert [one["scope"] for one in azure.world.roles.of("syn-prod") if one["principalId"] == principal] == [
        "workspaces/syn-prod/bigDataPools/jobs"
    ]
    sent = Counter(urlsplit(one.url).path for one in azure.log if one.method == "PUT")
    repeated = {path for path, times in sent.items() if times > 1}
    assert repeated
    assert all("/roleAssignments/" in path for path in repeated)
    to_storage = any("/storageAccounts/" in path for path in repeated)
    assert to_storage is access.startswith("all")
