"""A response is trusted only about the requested resource, and never sends a write or a token elsewhere."""

import copy
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from tests.support.jitter import even
from tests.support.reported import detaching, putting
from tests.support.stage import ANA
from tui.cloud import bounds
from tui.cloud.azure import AzureCloud
from tui.cloud.home import data_plane_of, is_allowed_host, manager_of
from tui.cloud.profile import profile_from
from tui.domain.clouds import PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.edit import put_body
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Accepted, Page
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Removal
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.principal_check import check_principals
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Garbled, NotJson, Rule
from tui.sandbox.http import Response
from tui.sandbox.transport import SandboxCredential, SandboxTransport

Document = dict[str, Any]
PARTS = ("id", "name", "type", "whole")


class World:
    """A simulated Azure and the cloud layer connected to it."""

    def __init__(self, profile: CloudProfile = PUBLIC, page_size: int = 100) -> None:
        self.box = Sandbox(clock=VirtualClock(), page_size=page_size)
        self.credential = SandboxCredential()
        self.cloud = AzureCloud(
            self.credential, transport=SandboxTransport(self.box), profile=profile, caller=ANA, jitter=even
        )
        self.workspace = ml_workspace_id(*self.box.world.default)

    def answers(self, document: object, path: str, *, times: int | None = None, after: int = 0) -> None:
        """Have Azure answer GETs of a path with a document."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.box.faults.add(Rule(NotJson(200, body, "application/json"), "GET", path, after, times))

    def sent(self, *methods: str) -> list[str]:
        return [request.url for request in self.box.log if request.method in methods]

    @property
    def synapse(self) -> SynapseWorkspace:
        pool = next(one["id"] for one in self.box.world.spark_pools if one["name"] == "etlpool")
        return SynapseWorkspace(ResourceId.parse(pool).parent)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.cloud.close()


@dataclass(frozen=True)
class Kind:
    """A kind of resource: where the world keeps it, and how it is read."""

    id: str
    listed: Callable[[World], Any]
    read: Callable[[World, ResourceId], Awaitable[Any]]


KINDS = (
    Kind("compute", lambda world: world.box.world.computes, lambda world, one: world.cloud.compute(one)),
    Kind("Spark pool", lambda world: world.box.world.spark_pools, lambda world, one: world.cloud.spark_pool(one)),
    Kind(
        "Synapse workspace",
        lambda world: world.box.world.synapse_workspaces,
        lambda world, one: world.cloud.synapse_workspace(one),
    ),
    Kind("AML workspace", lambda world: world.box.world.aml_workspaces, lambda world, one: world.cloud.workspace(one)),
    Kind("identity", lambda world: world.box.world.identities, lambda world, one: world.cloud.identity(one)),
)


def exchanged(own: Document, other: Document, part: str) -> Document:
    """A description with one part, or all of it, from another resource."""
    if part == "whole":
        return copy.deepcopy(other)
    value = "Microsoft.Example/things" if part == "type" else other[part]
    return {**copy.deepcopy(own), part: value}


async def unreadable(answer: Awaitable[Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        await answer
    assert caught.value.kind is ProblemKind.UNREADABLE
    return caught.value


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
async def test_a_response_about_another_resource_is_unreadable(world: World, kind: Kind, part: str) -> None:
    own, other = itertools.islice(kind.listed(world), 2)
    world.answers(exchanged(own, other, part), f"/{own['name']}$")

    problem = await unreadable(kind.read(world, ResourceId.parse(own["id"])))

    assert problem.cause


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
async def test_an_id_in_another_spelling_of_azures_is_the_same_resource(world: World, kind: Kind) -> None:
    own = next(iter(kind.listed(world)))
    identifier = ResourceId.parse(own["id"])
    spelled = {**own, "id": own["id"].replace("resourceGroups", "resourcegroups").upper(), "name": own["name"].upper()}
    world.answers(spelled, f"/{own['name']}$")

    assert (await kind.read(world, identifier)).id == identifier


async def test_a_response_about_another_subscription_is_unreadable(world: World) -> None:
    one, other = (found["subscriptionId"] for found in itertools.islice(world.box.world.subscriptions, 2))
    world.answers({"id": f"/subscriptions/{other}", "subscriptionId": other, "displayName": "x"}, f"/{one}$", times=1)
    await unreadable(world.cloud.subscription(one))
    world.answers({"id": f"/subscriptions/{other}", "subscriptionId": one, "displayName": "x"}, f"/{one}$", times=1)
    await unreadable(world.cloud.subscription(one))
    assert (await world.cloud.subscription(one.upper())).id == one


ODD_SEGMENTS = ("", ".", "..", "%2e%2e", "a%2fb", "a\\b", "a?b", "a#b", "a b", "a\tb", "a\u200bb", "\u202ea", "a\u3164",
                "a\ue000", "\ud800", "a\u00a0b", "..\u2060", "\uff0e\uff0e", "a\uff0fb", "x" * 261)  # fmt: skip


@pytest.mark.parametrize("segment", ODD_SEGMENTS, ids=ascii)
async def test_a_compute_whose_id_would_form_another_path_refuses_every_write(world: World, segment: str) -> None:
    own = next(one for one in world.box.world.computes if one["name"] == "etl-prod")
    odd = {**own, "id": f"{world.workspace}/computes/{segment}", "name": segment}
    world.answers({"value": [odd]}, "/computes$")

    (page,) = [page async for page in world.cloud.computes(world.workspace)]

    assert isinstance(page, Page)
    (compute,) = page.items
    assert compute.id is None
    assert compute.unreadable
    assert compute.why_not_detachable
    assert compute.why_not_editable


async def test_a_foreign_or_contradictory_list_item_is_skipped_and_counted(world: World) -> None:
    pool, other = itertools.islice(world.box.world.spark_pools, 2)
    holder = ResourceId.parse(pool["id"]).parent
    foreign = {**pool, "id": pool["id"].replace(holder.name, "syn-other")}
    world.answers({"value": [pool, foreign, {**pool, "name": other["name"]}, {**pool, "id": other["id"]}, 7]}, "Pools$")

    (page,) = [page async for page in world.cloud.spark_pools(holder)]

    assert isinstance(page, Page)
    assert [str(one.id) for one in page.items] == [pool["id"]]
    assert len(page.unreadable) == 4


async def test_a_compute_that_contradicts_its_own_id_never_takes_another_computes_row(world: World) -> None:
    own, other = (next(one for one in world.box.world.computes if one["name"] == n) for n in ("etl-prod", "churn-old"))
    world.answers({"value": [own, {**other, "name": "etl-prod"}, {**own, "id": other["id"]}]}, "/computes$")

    (page,) = [page async for page in world.cloud.computes(world.workspace)]

    assert isinstance(page, Page)
    assert [one.id is not None for one in page.items] == [True, False, False]
    assert [one.name.lower() for one in page.items].count("etl-prod") == 1


async def test_an_attached_pool_that_names_two_spark_pools_is_unreadable(world: World) -> None:
    own, other = (next(one for one in world.box.world.computes if one["name"] == n) for n in ("etl-prod", "churn-old"))
    mixed = copy.deepcopy(own)
    mixed["properties"]["resourceId"] = other["properties"]["resourceId"]
    world.answers(mixed, "/etl-prod$")
    await unreadable(world.cloud.compute(ResourceId.parse(own["id"])))


# Roles


async def test_a_role_of_another_workspace_or_scope_is_skipped_and_counted(world: World) -> None:
    guid = str(uuid4())
    held = {"id": guid, "roleDefinitionId": ADMINISTRATOR.id, "principalId": guid, "scope": "workspaces/syn-prod"}
    odd = [
        {**held, "scope": "workspaces/syn-lab"},
        {**held, "scope": "workspaces/syn-prod/bigDataPools/other"},
        {**held, "id": ".."},
        {**held, "principalId": "x"},
    ]
    world.answers({"count": 5, "value": [held, *odd]}, "/roleAssignments$")

    scope = RoleScope("syn-prod", "bigDataPools", "etlpool")
    (page,) = [page async for page in world.cloud.role_assignments(world.synapse, scope)]

    assert isinstance(page, Page)
    assert [one.id for one in page.items] == [guid]
    assert len(page.unreadable) == len(odd)


@pytest.mark.parametrize("member", ["id", "roleDefinitionId", "principalId", "scope"])
async def test_a_role_to_remove_must_still_be_the_role_that_was_read(world: World, member: str) -> None:
    held = next(one for one in world.box.world.roles.of("syn-prod"))
    scope = RoleScope.parse(held["scope"])
    seen = RoleAssignment(held["id"], held["roleDefinitionId"], held["principalId"], scope)
    assert await world.cloud.is_held(world.synapse, seen)
    other = "workspaces/syn-prod/bigDataPools/zzz" if member == "scope" else str(uuid4())
    world.answers({**held, member: other}, "/roleAssignments/")
    await unreadable(world.cloud.is_held(world.synapse, seen))


@pytest.mark.parametrize("odd", ["..", ".", "", "a/b", "%2e%2e", "x"])
async def test_no_request_is_sent_for_a_role_with_an_invalid_id(world: World, odd: str) -> None:
    one = RoleAssignment(odd, ADMINISTRATOR.id, str(uuid4()), RoleScope("syn-prod"))
    for write in (world.cloud.revoke, world.cloud.grant):
        with pytest.raises(Problem, match="cannot be changed"):
            await write(world.synapse, one)
    assert list(world.box.log) == []


async def test_no_role_is_granted_if_the_list_of_computes_shows_another_principal(world: World) -> None:
    own = next(one for one in world.box.world.computes if one["name"] == "etl-prod")
    listed = {**own, "identity": {**own["identity"], "principalId": str(uuid4())}}
    world.answers({"value": [listed]}, "/computes$")
    principal = Principal(own["identity"]["principalId"], "etl-prod", "identity", source=ResourceId.parse(own["id"]))

    with pytest.raises(Problem, match="two principals"):
        await check_principals(world.cloud, [principal])


async def test_no_role_is_removed_from_a_principal_that_two_identities_claim(world: World) -> None:
    own, other = itertools.islice(world.box.world.identities, 2)
    world.answers({"value": [own, {**other, "properties": own["properties"]}]}, "/userAssignedIdentities$")
    held = RoleAssignment(str(uuid4()), ADMINISTRATOR.id, own["properties"]["principalId"], RoleScope("syn-prod"))
    removal = Removal(held, own["name"], source=ResourceId.parse(own["id"]))

    with pytest.raises(Problem, match="same principal"):
        await check_principals(world.cloud, removals=[removal])


# Writes


async def failure(stream: AsyncIterator[Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        _ = [part async for part in stream]
    return caught.value


@pytest.mark.parametrize("part", PARTS)
async def test_a_put_with_a_response_about_another_compute_has_an_unknown_outcome(world: World, part: str) -> None:
    own, other = (next(one for one in world.box.world.computes if one["name"] == n) for n in ("etl-prod", "churn-old"))
    answer = json.dumps(exchanged(own, other, part)).encode()
    world.box.faults.add(Rule(Garbled(answer), "PUT", "/computes/"))

    document = put_body(own)
    problem = await failure(putting(world.cloud, ResourceId.parse(own["id"]), document, "update etl-prod"))

    assert problem.outcome_unknown


async def test_an_accepted_detach_of_one_compute_is_not_followed_for_another(world: World) -> None:
    own, other = (next(one for one in world.box.world.computes if one["name"] == n) for n in ("etl-prod", "churn-old"))
    # An accepted detach has no description: only its poll URL names the compute.
    writing = detaching(world.cloud, ResourceId.parse(own["id"]))
    (token,) = [part.token async for part in writing if isinstance(part, Accepted)]
    world.box.log.clear()

    problem = await failure(detaching(world.cloud, ResourceId.parse(other["id"]), token))

    assert problem.kind is ProblemKind.UNREADABLE
    assert list(world.box.log) == []


class Redirecting(SandboxTransport):
    """Answers writes with a redirect."""

    def __init__(self, box: Sandbox, status: int, location: str) -> None:
        super().__init__(box)
        self.status, self.location = status, location
        self.writes: list[str] = []

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Answer a write with the redirect, and everything else as Azure does."""
        answer: Any = await super().send(request, **kwargs)
        if request.method in ("PUT", "DELETE"):
            self.writes.append(request.url)
            redirect = Response(self.status, {"Location": self.location}, b"")
            return type(answer)(request, redirect)
        return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/subscriptions/x", "https://management.azure.com/subscriptions/x", "https://[bad"])
async def test_a_redirect_never_sends_a_write_elsewhere(status: int, target: str) -> None:
    box = Sandbox(clock=VirtualClock())
    transport = Redirecting(box, status, target)
    cloud = AzureCloud(SandboxCredential(), transport=transport, caller=ANA, jitter=even)
    compute = ml_workspace_id(*box.world.default).child("computes", "etl-prod")

    await failure(detaching(cloud, compute))

    assert len(transport.writes) == 1
    await cloud.close()


@pytest.mark.parametrize("segment", ["..", ".", ""])
async def test_no_write_is_sent_to_a_path_with_dot_or_empty_segments(world: World, segment: str) -> None:
    # Built from its parts and never parsed, as the record of another program might be.
    compute = world.workspace.child("computes", segment)
    for write in (detaching(world.cloud, compute), putting(world.cloud, compute, {}, "update it")):
        await failure(write)
    assert world.sent("PUT", "DELETE") == []


# Addresses

PRIVATE = profile_from(
    "ours", {"authority": "https://login.contoso.example", "resource_manager": "https://arm.contoso.example:8443"}
)


@pytest.mark.parametrize("profile", [PUBLIC, US_GOVERNMENT, PRIVATE], ids=lambda profile: profile.name)
def test_tokens_are_sent_only_to_the_hosts_of_the_cloud_profile(profile: CloudProfile) -> None:
    manager, suffix = profile.resource_manager, profile.synapse_suffix
    host = manager.removeprefix("https://")
    foreign = [
        "",
        "https://",
        "https://[bad",
        "https://evil.example",
        f"https://evil.example/{host}",
        f"https://evil.example#{manager}",
        f"https://evil.example\\.{host}",
        f"https://{host}@evil.example",
        f"https://{host}\t.evil.example",
        f" https://{host}",
        f"https://{host}.evil.example",
        f"https://x{host}",
        f"https://{host}\u3002evil.example",
        f"http://{host}",
        f"https://{host.partition(':')[0]}:99999999",
        f"https://syn-prod.{suffix}.evil.example",
        f"https://evil{suffix}",
        f"https://{suffix}",
    ]
    for may_go, own in (
        (manager_of(profile), f"{manager}/x"),
        (data_plane_of(profile), f"https://syn-prod.{suffix}/x"),
    ):
        assert may_go(own)
        assert [url for url in foreign if may_go(url)] == []
    assert data_plane_of(profile)(f"{manager}/synapse/x") is (profile is PRIVATE)
    assert not is_allowed_host(f"https://syn-prod.{suffix}", manager)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example",
        "https://syn-lab.dev.azuresynapse.net",
        "https://syn-prod.dev.azuresynapse.net.evil.example",
        "https://syn-prod.dev.azuresynapse.net@evil.example",
        "https://syn-prod.dev.azuresynapse.net:444",
        "https://syn-prod.dev.azuresynapse.net/../x",
        "https://management.azure.com/synapse/syn-prod",
        "http://syn-prod.dev.azuresynapse.net",
        "https://[bad",
        "not an address",
    ],
)
async def test_no_synapse_token_is_sent_to_an_endpoint_other_than_the_workspaces_own(
    world: World, endpoint: str
) -> None:
    synapse = replace(world.synapse, dev_endpoint=endpoint)
    await failure(world.cloud.role_assignments(synapse))
    with pytest.raises(Problem):
        await world.cloud.grant(
            synapse, RoleAssignment(str(uuid4()), str(uuid4()), str(uuid4()), RoleScope("syn-prod"))
        )
    assert list(world.box.log) == []
    assert PUBLIC.synapse_scope not in [scope for scopes in world.credential.requested for scope in scopes]


@pytest.mark.parametrize(
    "link",
    ["https://[bad", "/subscriptions", "javascript:x", "https://evil.example/next", "https://management.azure.com:1/x"],
)
async def test_a_next_link_outside_the_cloud_ends_the_list_without_an_internal_error(world: World, link: str) -> None:
    world.answers({"value": [], "nextLink": link}, "/computes$", times=1)
    problem = await failure(world.cloud.computes(world.workspace))
    assert problem.kind is not ProblemKind.INTERNAL
    assert len(world.box.log) == 1


async def test_reading_stops_at_an_endless_list_and_at_an_oversized_body(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_PAGES", 5)
    monkeypatch.setattr(bounds, "MOST_BYTES", 4096)
    for number in range(20):
        link = f"https://management.azure.com{world.workspace}/computes?api-version=2023-04-01&$skip={number}"
        world.answers({"value": [], "nextLink": link}, "/computes$", times=1, after=number)
    assert "does not end" in (await failure(world.cloud.computes(world.workspace))).cause
    assert len(world.box.log) == 6
    world.answers(b'{"value": [' + b" " * 5000 + b"]}", "/workspaces$", times=1)
    assert "larger than" in (await failure(world.cloud.workspaces(world.workspace.subscription))).cause


async def test_an_accepted_attach_of_one_compute_is_not_followed_for_another(world: World) -> None:
    pool = next(one["id"] for one in world.box.world.spark_pools if one["name"] == "adhocpool")
    mine, other = (world.workspace.child("computes", name) for name in ("adhoc", "adhoc2"))
    document = {"location": "eastus2", "properties": {"computeType": "SynapseSpark", "resourceId": pool}}
    writing = putting(world.cloud, mine, document, "attach adhocpool")
    accepted = await anext(writing)
    assert isinstance(accepted, Accepted)
    await writing.aclose()
    before = len(world.box.log)

    problem = await failure(putting(world.cloud, other, document, "attach adhocpool", accepted.token))

    assert problem.outcome_unknown
    assert len(world.box.log) == before
