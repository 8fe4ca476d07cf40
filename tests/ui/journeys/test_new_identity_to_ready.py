"""From an identity that does not exist yet to a compute that is ready, although Azure learns of it late."""

from collections import Counter
from urllib.parse import urlsplit

import pytest
from textual.pilot import Pilot

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


@pytest.mark.parametrize("is_granted_by", ["attach", "fix"])
async def test_a_new_identity_gets_all_roles_once_azure_knows_it(is_granted_by: str) -> None:
    clock = VirtualClock()
    azure = Sandbox(
        make_empty_world(), clock, choices=Choices(unknown_principal="refused"), principal_seconds=UNKNOWN_SECONDS
    )
    stage = Stage(clock=clock, azure=azure)
    await made(azure, "jobs", sparkVersion="3.5", autoPause={"enabled": True, "delayInMinutes": 15})
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await identity_created(stage, pilot)
            if is_granted_by == "fix":
                await pilot.press("end")
            await attached(stage, pilot)
            await pilot.press("f")
            await says(pilot, stage, "Nothing has been sent yet", "+ role.id-fresh")
            await pilot.press("enter")
            await says(pilot, stage, "● Succeeded")
            await pilot.press("escape")
            await says(pilot, stage, "● ready")
    finally:
        stage.operations.stop()
    (principal,) = (one["properties"]["principalId"] for one in azure.world.identities if one["name"] == "id-fresh")
    held = [one["properties"] for one in azure.world.azure_roles if one["properties"]["principalId"] == principal]
    assert Counter(one["scope"] for one in held) == {one["id"]: 2 for one in azure.world.storage_accounts}
    assert [one["scope"] for one in azure.world.roles.of("syn-prod") if one["principalId"] == principal] == [
        "workspaces/syn-prod/bigDataPools/jobs"
    ]
    # What was refused at first is what was sent more than once.
    sent = Counter(urlsplit(one.url).path for one in azure.log if one.method == "PUT")
    repeated = {path for path, times in sent.items() if times > 1}
    assert all("/roleAssignments/" in path for path in repeated)
    assert any("/storageAccounts/" not in path for path in repeated)
    assert any("/storageAccounts/" in path for path in repeated) is (is_granted_by == "fix")


async def identity_created(stage: Stage, pilot: Pilot[None]) -> None:
    """Create the identity in the wizard, and go on to the question which role it gets."""
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


async def attached(stage: Stage, pilot: Pilot[None]) -> None:
    """Attach with the role under the cursor, and go back to the list."""
    await pilot.press("enter")
    await says(pilot, stage, "enter attaches jobs")
    await pilot.press("enter")
    await says(pilot, stage, "attach jobs · Succeeded")
    await pilot.press("escape")
    await says(pilot, stage, "jobs is attached.", "✖")
    await on_row(stage, pilot, "jobs")
