"""The network of a Synapse workspace is read completely, only from its own hosts, and never written."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.cloud.test_right_object import World, failure
from tui.domain.clouds import PUBLIC
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Page
from tui.domain.resource_id import ResourceId
from tui.domain.synapse_network import NetworkSettings
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.synapse_network import read_network
from tui.sandbox.faults import Forbidden, NotJson, Rule

RULES, ENDPOINTS = "/firewallRules$", "/managedPrivateEndpoints$"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.cloud.close()


def workspace(world: World, name: str = "syn-private") -> ResourceId:
    found = world.box.world.synapse_workspace_named(name)
    assert found is not None
    return ResourceId.parse(found["id"])


def settings(world: World, name: str = "syn-private", endpoint: str = "") -> NetworkSettings:
    return NetworkSettings(SynapseWorkspace(workspace(world, name), dev_endpoint=endpoint), "default")


async def pages(world: World, what: str, name: str = "syn-private") -> list[Page[Any]]:
    listing: AsyncIterator[Any] = (
        world.cloud.firewall_rules(workspace(world, name))
        if what == RULES
        else world.cloud.private_endpoints(settings(world, name))
    )
    return [page async for page in listing]


async def test_the_parts_of_a_network_are_read_from_their_services_without_any_write(world: World) -> None:
    found = await read_network(world.cloud, workspace(world))

    assert not isinstance(found.rules, Problem)
    assert not isinstance(found.endpoints, Problem)
    assert (found.settings.managed, found.settings.prevents_exfiltration) == ("default", True)
    assert [rule.name for rule in found.rules.items] == ["AllowAllWindowsAzureIps"]
    own = {one.name: one.status for one in found.endpoints.items if not one.is_reserved}
    assert own == {"lake-dfs": "Approved", "sales-dfs": "Pending"}
    assert sum(one.is_reserved for one in found.endpoints.items) == 2
    assert world.sent("PUT", "PATCH", "POST", "DELETE") == []
    assert len(world.box.log) == 3


async def test_a_workspace_without_a_managed_network_is_not_asked_for_private_endpoints(world: World) -> None:
    found = await read_network(world.cloud, workspace(world, "syn-prod"))
    assert (found.settings.managed, found.settings.prevents_exfiltration) == ("", None)
    assert not isinstance(found.endpoints, Problem)
    assert found.endpoints.items == ()
    assert not [one for one in world.box.log if "managedPrivateEndpoints" in one.url]


async def test_a_connection_and_approved_tenants_are_read_as_specified(world: World) -> None:
    closed = world.box.world.synapse_workspace_named("syn-closed")
    assert closed is not None
    closed["properties"]["managedVirtualNetworkSettings"]["allowedAadTenantIdsForLinking"] = ["one", "two"]
    found = await world.cloud.network_settings(workspace(world, "syn-closed"))
    assert [(one.name, one.status) for one in found.connections] == [("office-dev", "Approved")]
    assert found.tenants == ("one", "two")
    assert found.workspace.public_network == "Disabled"


@pytest.mark.parametrize("odd", [None, 7, "yes", [], {}])
async def test_an_odd_member_counts_as_not_reported_and_breaks_nothing(world: World, odd: object) -> None:
    own = copy.deepcopy(world.box.world.synapse_workspace_named("syn-private") or {})
    own["properties"].update(managedVirtualNetworkSettings=odd, privateEndpointConnections=odd, publicNetworkAccess=odd)
    world.answers(own, "/syn-private$")
    found = await world.cloud.network_settings(workspace(world))
    assert found.prevents_exfiltration is None
    assert found.connections == ()
    rules = [{**one, "properties": odd} for one in world.box.world.firewall_rules.under(str(workspace(world)))]
    world.answers({"value": rules}, RULES)
    (page,) = await pages(world, RULES)
    assert [(one.start, one.is_for_everyone, one.is_for_azure) for one in page.items] == [("", False, False)]


@pytest.mark.parametrize("what", [RULES, ENDPOINTS])
async def test_a_foreign_or_contradictory_item_is_skipped_and_counted(world: World, what: str) -> None:
    collection = world.box.world.firewall_rules if what == RULES else world.box.world.private_endpoints
    own = next(one for one in collection if "/syn-private/" in one["id"])
    odd = [
        {**own, "id": own["id"].replace("syn-private", "syn-closed")},
        {**own, "name": "another"},
        {**own, "type": "Microsoft.Example/things"},
        {**own, "id": f"{own['id']}/more/inside"},
        {**own, "id": "not an id"},
        7,
    ]
    world.answers({"value": [own, *odd]}, what)

    (page,) = await pages(world, what)

    assert [one.name for one in page.items] == [own["name"]]
    assert len(page.unreadable) == len(odd)


@pytest.mark.parametrize("what", [RULES, ENDPOINTS])
async def test_a_list_is_read_page_by_page(what: str) -> None:
    world = World(page_size=1)
    found = await pages(world, what, "syn-private" if what == ENDPOINTS else "syn-dev")
    assert [page.last for page in found] == [False] * (len(found) - 1) + [True]
    assert sum(len(page.items) for page in found) == (4 if what == ENDPOINTS else 2)
    await world.cloud.close()


@pytest.mark.parametrize(
    "link", ["https://[bad", "https://evil.example/next", "https://management.azure.com/subscriptions", "javascript:x"]
)
async def test_a_next_link_of_private_endpoints_outside_the_data_plane_ends_the_list(world: World, link: str) -> None:
    world.answers({"value": [], "nextLink": link}, ENDPOINTS, times=1)
    problem = await failure(world.cloud.private_endpoints(settings(world)))
    assert problem.kind is not ProblemKind.INTERNAL
    assert len(world.box.log) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example",
        "https://syn-lab.dev.azuresynapse.net",
        "https://syn-private.dev.azuresynapse.net.evil.example",
        "http://syn-private.dev.azuresynapse.net",
        "not an address",
    ],
)
async def test_no_synapse_token_is_sent_to_another_endpoint(world: World, endpoint: str) -> None:
    await failure(world.cloud.private_endpoints(settings(world, endpoint=endpoint)))
    assert list(world.box.log) == []
    assert PUBLIC.synapse_scope not in [scope for scopes in world.credential.requested for scope in scopes]


async def test_a_managed_network_with_a_name_that_leads_elsewhere_is_not_asked(world: World) -> None:
    odd = replace(settings(world), managed="..")
    await failure(world.cloud.private_endpoints(odd))
    assert list(world.box.log) == []


async def test_a_part_that_may_not_be_read_names_the_missing_permission_and_leaves_the_rest(world: World) -> None:
    world.box.faults.add(Rule(Forbidden(), "GET", RULES, times=None))
    found = await read_network(world.cloud, workspace(world))
    assert isinstance(found.rules, Problem)
    assert (found.rules.kind, "the role Reader" in found.rules.advice) == (ProblemKind.FORBIDDEN, True)
    assert not isinstance(found.endpoints, Problem)
    assert found.endpoints.items


async def test_private_endpoints_without_a_synapse_role_say_who_grants_one(world: World) -> None:
    lab = copy.deepcopy(world.box.world.synapse_workspace_named("syn-lab") or {})
    lab["properties"]["managedVirtualNetwork"] = "default"
    world.box.world.synapse_workspaces.put(lab)
    found = await read_network(world.cloud, workspace(world, "syn-lab"))
    assert isinstance(found.endpoints, Problem)
    assert found.endpoints.kind is ProblemKind.FORBIDDEN
    assert "Ask a Synapse Administrator of syn-lab for any Synapse role" in found.endpoints.advice


BODIES: dict[str, Callable[[], bytes]] = {
    "a page": lambda: b"<html>Sign in</html>",
    "a list": lambda: b"[]",
    "no values": lambda: b"{}",
    "an object of values": lambda: b'{"value": {}}',
    "deep": lambda: b"[" * 100_000,
    "stack trace": lambda: json.dumps({"value": "   at Microsoft.Analytics.Clusters"}).encode(),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("what", [RULES, ENDPOINTS])
async def test_an_answer_that_is_no_list_is_unreadable(world: World, what: str, body: str) -> None:
    world.box.faults.add(Rule(NotJson(200, BODIES[body](), "application/json"), "GET", what, times=None))
    found = await read_network(world.cloud, workspace(world))
    problem = found.rules if what == RULES else found.endpoints
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.UNREADABLE
