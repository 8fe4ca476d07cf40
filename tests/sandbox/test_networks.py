"""The networks of Synapse workspaces in the simulated Azure: firewall rules and managed private endpoints."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.support.sandbox_box import PROD, Box, Document, ask
from tests.support.spark_pools import IN, followed
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Faults, Outcome, Rule
from tui.sandbox.firewall_rules import MOST_RULES
from tui.sandbox.http import Request, Response
from tui.sandbox.names import synapse_workspace_id
from tui.sandbox.seed_empty import make_empty_world

OFFICE = {"startIpAddress": "203.0.113.0", "endIpAddress": "203.0.113.255"}
STORAGE = f"/subscriptions/{PROD}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/lake"
ENDPOINTS = "/managedVirtualNetworks/default/managedPrivateEndpoints"
RULES = f"{synapse_workspace_id(PROD, 'rg-data', 'syn-prod')}/firewallRules"


async def rule(sandbox: Sandbox, name: str, method: str = "GET", sent: object = None) -> Response:
    url = f"{RULES}{name and '/' + name}?api-version=2021-06-01"
    return await ask(sandbox, url, method, content=b"" if sent is None else json.dumps(sent).encode())


async def endpoint(
    sandbox: Sandbox, name: str = "", method: str = "GET", sent: object = None, workspace: str = "syn-private"
) -> Response:
    """Send one request to the data plane of a workspace."""
    url = f"https://{workspace}.dev.azuresynapse.net{ENDPOINTS}{name and '/' + name}?api-version=2020-12-01"
    body = b"" if sent is None else json.dumps(sent).encode()
    return await sandbox.handle(Request(method, url, {"Authorization": "Bearer x"}, body))


def code(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]["code"]


def wanted(target: str = STORAGE, group: str = "dfs") -> Document:
    return {"properties": {"privateLinkResourceId": target, "groupId": group}}


# Firewall rules


async def test_a_firewall_rule_is_created_changed_and_deleted_through_the_sdk(box: Box) -> None:
    azure = box()
    rules = (await azure.synapse()).ip_firewall_rules
    created = await (
        await rules.begin_create_or_update(*IN, "office", {"properties": OFFICE}, polling_interval=5)
    ).result()
    assert (created.start_ip_address, created.provisioning_state) == ("203.0.113.0", "Succeeded")
    changed = OFFICE | {"endIpAddress": "203.0.113.9"}
    await (await rules.begin_create_or_update(*IN, "office", {"properties": changed}, polling_interval=5)).result()
    found = {one.name: one.end_ip_address async for one in rules.list_by_workspace(*IN)}
    assert found == {"allowAll": "255.255.255.255", "office": "203.0.113.9"}
    await (await rules.begin_delete(*IN, "office", polling_interval=5)).result()
    assert [one.name async for one in rules.list_by_workspace(*IN)] == ["allowAll"]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"startIpAddress": "203.0.113.0"},
        {"startIpAddress": "somewhere", "endIpAddress": "203.0.113.0"},
        {"startIpAddress": "2001:db8::1", "endIpAddress": "2001:db8::2"},
        {"startIpAddress": "203.0.113.9", "endIpAddress": "203.0.113.1"},
        {"startIpAddress": 7, "endIpAddress": None},
    ],
)
async def test_a_firewall_rule_must_be_a_range_of_ipv4_addresses(properties: Document) -> None:
    sandbox = Sandbox()
    refused = await rule(sandbox, "office", "PUT", {"properties": properties})
    assert refused.status == 400
    assert code(await rule(sandbox, "office")) == (404, "IpFirewallRuleNotFound")


async def test_a_workspace_has_no_more_firewall_rules_than_documented_but_its_own_can_change() -> None:
    sandbox = Sandbox()
    for number in range(1, MOST_RULES):
        assert (await rule(sandbox, f"rule{number}", "PUT", {"properties": OFFICE})).status == 201
    assert code(await rule(sandbox, "one-more", "PUT", {"properties": OFFICE})) == (400, "TooManyIpFirewallRules")
    assert (await rule(sandbox, "rule1", "PUT", {"properties": OFFICE})).status == 201


@pytest.mark.parametrize(("method", "state"), [("PUT", "Failed"), ("DELETE", "DeleteError")])
async def test_a_failed_write_of_a_firewall_rule_is_shown_by_the_rule(method: str, state: str) -> None:
    sandbox = Sandbox(faults=Faults([Rule(Outcome("Failed", "Oops", "It failed."), method)]))
    accepted = await rule(sandbox, "allowAll", method, {"properties": OFFICE} if method == "PUT" else None)
    await sandbox.clock.sleep(60)
    assert json.loads((await followed(sandbox, accepted.headers["Azure-AsyncOperation"])).body)["status"] == "Failed"
    assert json.loads((await rule(sandbox, "allowAll")).body)["properties"]["provisioningState"] == state


async def test_deleting_a_missing_firewall_rule_changes_nothing() -> None:
    assert (await rule(Sandbox(), "never-was", "DELETE")).status == 204


# Private endpoints


async def test_a_new_private_endpoint_is_created_and_then_waits_for_approval() -> None:
    sandbox = Sandbox()
    created = await endpoint(sandbox, "logs", "PUT", wanted())
    told = json.loads(created.body)["properties"]
    assert (created.status, told["provisioningState"], told["connectionState"]) == (200, "Provisioning", {})
    await sandbox.clock.sleep(60)
    told = json.loads((await endpoint(sandbox, "logs")).body)["properties"]
    assert (told["provisioningState"], told["connectionState"]["status"]) == ("Succeeded", "Pending")


async def test_a_deleted_private_endpoint_is_gone_and_its_404_has_a_stack_trace() -> None:
    sandbox = Sandbox()
    assert (await endpoint(sandbox, "lake-dfs", "DELETE")).status == 202
    await sandbox.clock.sleep(60)
    gone = await endpoint(sandbox, "lake-dfs")
    assert code(gone) == (404, "UnknownError")
    assert "ExceptionDetail" in json.loads(json.loads(gone.body)["error"]["message"])
    assert (await endpoint(sandbox, "lake-dfs", "DELETE")).status == 204


async def test_an_endpoint_that_synapse_made_itself_cannot_be_deleted() -> None:
    sandbox = Sandbox()
    assert code(await endpoint(sandbox, "synapse-ws-sql--syn-private", "DELETE"))[0] == 400
    assert (await endpoint(sandbox, "synapse-ws-sql--syn-private")).status == 200


@pytest.mark.parametrize("sent", [None, [], {}, {"properties": {"groupId": "dfs"}}, wanted(target="")])
async def test_a_private_endpoint_needs_a_target(sent: object) -> None:
    sandbox = Sandbox()
    assert (await endpoint(sandbox, "logs", "PUT", sent)).status == 400
    assert code(await endpoint(sandbox, "logs"))[0] == 404


async def test_a_workspace_without_a_managed_virtual_network_has_no_private_endpoints() -> None:
    sandbox = Sandbox()
    assert code(await endpoint(sandbox, "logs", "PUT", wanted(), "syn-prod"))[0] == 400
    assert json.loads((await endpoint(sandbox, workspace="syn-prod")).body) == {"value": []}


async def test_private_endpoints_need_a_synapse_role() -> None:
    sandbox = Sandbox()
    assert code(await endpoint(sandbox, workspace="syn-lab")) == (403, "Unauthorized")
    assert code(await endpoint(sandbox, "logs", "PUT", wanted(), "syn-lab")) == (403, "Unauthorized")


@pytest.mark.parametrize("host", ["https://syn-private.dev.azuresynapse.net", "https://localhost/synapse/syn-private"])
async def test_the_pages_of_a_list_of_private_endpoints_lead_to_each_other(host: str) -> None:
    sandbox = Sandbox(page_size=2)
    link: Any = f"{host}{ENDPOINTS}?api-version=2020-12-01"
    names = []
    while link:
        page = json.loads((await sandbox.handle(Request("GET", link, {"Authorization": "Bearer x"}))).body)
        names.append([one["name"] for one in page["value"]])
        link = page.get("nextLink")
    own = ["synapse-ws-sql--syn-private", "synapse-ws-sqlOnDemand--syn-private"]
    assert names == [own, ["lake-dfs", "sales-dfs"]]


# The worlds


async def test_every_workspace_of_the_default_world_has_a_firewall_and_only_some_a_managed_network(box: Box) -> None:
    world = box().sandbox.world
    assert all(world.firewall_rules.under(one["id"]) for one in world.synapse_workspaces)
    managed = {one["name"] for one in world.synapse_workspaces if one["properties"].get("managedVirtualNetwork")}
    assert managed == {"syn-private", "syn-closed"}
    closed = [one["name"] for one in world.synapse_workspaces if one["properties"]["publicNetworkAccess"] != "Enabled"]
    assert closed == ["syn-closed"]


async def test_the_empty_worlds_workspace_lets_everyone_in(box: Box) -> None:
    azure = box(make_empty_world())
    rules = (await azure.synapse()).ip_firewall_rules
    assert [(one.start_ip_address, one.end_ip_address) async for one in rules.list_by_workspace(*IN)] == [
        ("0.0.0.0", "255.255.255.255")  # noqa: S104
    ]
    with pytest.raises(HttpResponseError):
        await rules.get(*IN, "office")
