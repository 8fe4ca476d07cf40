"""The world without computes and Spark pools, from which everything can be made."""

import json
import sys
from pathlib import Path

from azure.synapse.accesscontrol.aio import AccessControlClient

from tests.support.sandbox_box import GROUP, PROD, WORKSPACE, Box, ask, computes_url
from tests.support.served import Served, raw, request
from tests.support.spark_pools import IN, made, pool_url
from tests.support.terminal import Terminal
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.names import USER_OBJECT_ID, default_workspace
from tui.sandbox.seed_empty import make_empty_world
from tui.sandbox.synapse_roles import ADMINISTRATOR
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.sandbox.worlds import WORLDS
from tui.settings.model import definitions


async def test_it_has_one_workspace_of_each_kind_and_nothing_in_them(box: Box) -> None:
    azure = box(make_empty_world())
    ml, synapse, msi = await azure.ml(), await azure.synapse(), await azure.identities()
    assert [found.name async for found in ml.workspaces.list_by_subscription()] == [WORKSPACE]
    assert [found.name async for found in ml.compute.list(GROUP, WORKSPACE)] == []
    assert [found.name async for found in synapse.workspaces.list()] == ["syn-prod"]
    assert [found.name async for found in synapse.big_data_pools.list_by_workspace(*IN)] == []
    assert len([found async for found in msi.user_assigned_identities.list_by_subscription()]) == 2
    assert len([found async for found in (await azure.subscriptions()).subscriptions.list()]) == 1


async def test_the_user_is_the_synapse_administrator() -> None:
    transport = SandboxTransport(Sandbox(make_empty_world()))
    endpoint = "https://syn-prod.dev.azuresynapse.net"
    async with AccessControlClient(SandboxCredential(), endpoint, transport=transport) as client:
        found = (await client.role_assignments.list_role_assignments(principal_id=USER_OBJECT_ID)).value or []
    assert [(one.role_definition_id, one.scope) for one in found] == [(ADMINISTRATOR, "workspaces/syn-prod")]


async def test_a_pool_can_be_created_and_attached(box: Box) -> None:
    azure = box(make_empty_world())
    await made(azure.sandbox)
    compute = await azure.attach("first", pool="newpool")
    assert compute["properties"]["provisioningState"] == "Succeeded"
    assert [one["name"] for one in json.loads((await ask(azure.sandbox, computes_url())).body)["value"]] == ["first"]


def test_every_world_opens_its_own_workspace_and_another_seed_makes_another() -> None:
    now = Sandbox().clock.now()
    for beginning in WORLDS.values():
        for seed in (0, 7):
            world = beginning.make(None, seed, now)
            assert world.default == default_workspace(seed)
            assert world.aml_workspaces.get(names.aml_workspace_id(*world.default))
            shown = tuple(found["displayName"] for found in world.subscriptions)
            assert shown == beginning.subscriptions


def test_the_setting_has_every_world_and_starts_with_the_default_one() -> None:
    setting = next(one for one in definitions() if one.name == "sandbox_world")
    assert [setting.kind.read(name) for name in WORLDS] == list(WORLDS)
    assert setting.default == next(iter(WORLDS)) == "default"


def test_the_program_starts_in_the_empty_world(tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-m", "tui", "--sandbox", "--sandbox-world", "empty"], tmp_path)
    try:
        terminal.shows(f"No computes in {WORKSPACE} yet.")
    finally:
        terminal.close()


def test_the_empty_world_can_be_served() -> None:
    with Served("--world", "empty") as served, served.token() as token:
        url = pool_url("", "api-version=2021-06-01").replace("bigDataPools/?", "bigDataPools?")
        answer = raw(served, request("GET", url, token))
        assert (served.workspace, served.subscription) == (WORKSPACE, PROD)
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"value": []}
