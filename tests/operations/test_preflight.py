"""The preflight reads each scope once for all writes, a few at a time, and names what it could not read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from tests.cloud.test_right_object import World
from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants, assignment_path, azure_grants
from tui.domain.azure_roles import STORAGE_ROLES
from tui.domain.azure_scope import AzureScope
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.locks import lock_scopes
from tui.domain.plan import Detachment, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.ports import AzureReads
from tui.domain.preflight import Finding
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal, RoleChange, grant_of
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.states import Tone
from tui.domain.workspaces import Workspace
from tui.operations.preflight import preflight
from tui.sandbox.faults import Answer, Forbidden, NotJson, RequestLost, Rule
from tui.sandbox.http import Request as SandboxRequest
from tui.sandbox.locks import lock, scope_locked

TODAY = date(2026, 11, 23)
COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    for one in list(world.box.world.locks):
        world.box.world.locks.remove(one["id"])
    yield world
    await world.cloud.close()


def found(world: World, kind: str, name: str) -> ResourceId:
    collection = getattr(world.box.world, kind)
    return ResourceId.parse(next(one["id"] for one in collection if one["name"] == name))


async def compute(world: World, name: str = "etl-prod") -> Any:
    return await world.cloud.compute(world.workspace.child("computes", name))


async def _attach(world: World) -> Request:
    identity = IdentityChoice(IdentityKind.USER, (found(world, "identities", "id-adhoc"),))
    pool = found(world, "spark_pools", "adhocpool")
    return Attachment(Workspace(world.workspace, "eastus2"), "adhoc-new", pool, identity, role=ADMINISTRATOR)


async def _edit(world: World) -> Request:
    return ComputeEdit(await compute(world), Edit(tags={"a": "b"}))


async def _detach(world: World) -> Request:
    return Detachment(await compute(world))


async def _roles(world: World) -> Request:
    pool = found(world, "spark_pools", "etlpool")
    synapse = await world.cloud.synapse_workspace(pool.parent)
    scope = RoleScope.of_pool(pool)
    granted = grant_of(ADMINISTRATOR, Principal("22222222-2222-4222-8222-222222222222", "new", "user"), scope)
    removed = Removal(RoleAssignment("1", ADMINISTRATOR.id, "33333333-3333-4333-8333-333333333333", scope), "old")
    return RoleChange(synapse, pool, (granted,), (removed,))


async def _new_pool(world: World) -> Request:
    synapse = await world.cloud.synapse_workspace(found(world, "spark_pools", "etlpool").parent)
    return PoolCreation(synapse, "newpool")


async def _pool(world: World) -> Request:
    pool = await world.cloud.spark_pool(found(world, "spark_pools", "etlpool"))
    return PoolChange(pool, PoolEdit(nodes=9))


async def _identity(world: World) -> Request:
    return IdentityCreation(world.workspace.subscription, "rg-ml", "id-new", "eastus2")


async def _storage(world: World) -> Request:
    principal = Principal("22222222-2222-4222-8222-222222222222", "new", "user-assigned identity")
    return AzureGrants(found(world, "storage_accounts", "synprodlake"), azure_grants(STORAGE_ROLES, principal))


Make = Callable[[World], Any]
KINDS: dict[str, Make] = {
    "attach": _attach,
    "edit": _edit,
    "detach": _detach,
    "roles": _roles,
    "new pool": _new_pool,
    "pool": _pool,
    "identity": _identity,
    "storage": _storage,
}
GOOD: dict[str, list[str]] = {
    "attach": [
        "no lock",
        "you may attach",
        "you may assign id-adhoc",
        "name is free",
        "pool is ready",
        "you may grant",
    ],
    "edit": ["no lock", "you may update"],
    "detach": ["no lock", "you may detach"],
    "roles": ["you may grant", "you may remove"],
    "new pool": ["no lock", "you may create it", "name is free"],
    "pool": ["no lock", "you may change it"],
    "identity": ["no lock", "you may create it", "name is free"],
    "storage": ["no lock", "you may grant Azure roles"],
}


async def check(world: World, *some: Request) -> tuple[Finding, ...]:
    world.box.log.clear()
    return await preflight(world.cloud, some, TODAY)


def against(findings: Sequence[Finding]) -> list[Finding]:
    return [one for one in findings if one.counts]


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_stands_against_a_write_in_an_azure_that_allows_it(world: World, kind: str) -> None:
    findings = await check(world, await KINDS[kind](world))
    assert [one.status for one in findings if one.tone is Tone.GOOD] == GOOD[kind]
    assert against(findings) == []
    assert [one.tone for one in findings if one.tone is Tone.NEUTRAL] == [Tone.NEUTRAL] * ("pool" in kind)
    assert world.sent("PUT", "PATCH", "DELETE") == []


LEVELS = ("subscription", "group", "outermost", "target", "below", "sibling")


def lock_place(target: ResourceId, level: str) -> str:
    """The scope at a level seen from a resource."""
    places = {name: str(one) for name, one in zip(LEVELS, lock_scopes(target, is_new=False), strict=False)}
    return {**places, "target": str(target), "below": f"{target}/inner/one", "sibling": f"{target}-2"}[level]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", [one for one in KINDS if one != "roles"])
@pytest.mark.parametrize("word", ["ReadOnly", "CanNotDelete"])
async def test_a_lock_at_each_level_stands_against_exactly_the_writes_that_azure_refuses(
    world: World, kind: str, level: str, word: str
) -> None:
    request = await KINDS[kind](world)
    world.box.world.locks.put(lock(lock_place(request.id, level), "keep", word))
    found = [one for one in against(await check(world, request)) if "locked" in one.note]
    path = assignment_path(str(request.id), request.grants[0].id) if kind == "storage" else str(request.id)
    sent = SandboxRequest("DELETE" if kind == "detach" else "PUT", f"https://management.azure.com{path}", {}, b"")
    is_refused = scope_locked(world.box.world, sent) is not None
    assert [(one.tone, f"by keep ({word})" in one.note) for one in found] == [(Tone.BAD, True)] * is_refused


class Counted:
    """The reads of Azure, of which it counts how many are made at a time."""

    def __init__(self, world: World) -> None:
        self._cloud = world.cloud
        self._running = self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    @asynccontextmanager
    async def _counting(self) -> AsyncIterator[None]:
        self._running += 1
        self.most = max(self.most, self._running)
        # The simulated Azure answers at once; a real one leaves time for other reads.
        await asyncio.sleep(0)
        yield
        self._running -= 1

    async def locks(self, scope: AzureScope) -> AsyncGenerator[Any, None]:
        async with self._counting():
            async for page in self._cloud.locks(scope):
                yield page

    async def permissions(self, scope: AzureScope) -> Any:
        async with self._counting():
            return await self._cloud.permissions(scope)


async def test_the_reads_of_a_preflight_are_made_a_few_at_a_time(world: World) -> None:
    attach = await _attach(world)
    assert isinstance(attach, Attachment)
    identities = tuple(ResourceId.parse(one["id"]) for one in world.box.world.identities)
    some = [replace(attach, identity=IdentityChoice(IdentityKind.USER, identities)), await _detach(world)]
    counted = Counted(world)
    findings = await preflight(cast("AzureReads", counted), some, TODAY)
    assert against(findings) == []
    assert len(identities) > 4
    assert counted.most == 4


async def test_many_writes_read_each_scope_once(world: World) -> None:
    some = [Detachment(await compute(world, name)) for name in ("etl-prod", "churn", "markup-lab", "churn-old")]
    findings = await check(world, *some)
    asked = [urlsplit(one).path for one in world.sent("GET")]
    assert len(asked) == len(set(asked)) == 4
    assert [one.status for one in findings] == ["no lock", "you may detach"]


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "roles"])
async def test_a_missing_azure_role_is_foreseen_for_each_kind_of_write(world: World, kind: str) -> None:
    request = await KINDS[kind](world)
    writes = (COMPUTES, "Microsoft.Synapse", "Microsoft.ManagedIdentity", "Microsoft.Authorization/roleAssignments")
    world.box.world.denied |= {f"{one}/*" for one in writes}
    found = against(await check(world, request))
    assert {one.tone for one in found} == {Tone.BAD}
    assert all("none of your Azure roles allows Microsoft." in one.note for one in found)
    assert len(found) == (2 if kind == "attach" else 1)


async def test_a_user_without_a_synapse_role_is_told_about_grants_and_removals(world: World) -> None:
    request = await _roles(world)
    for one in list(world.box.world.roles.of("syn-prod")):
        world.box.world.roles.remove("syn-prod", one["id"])
    found = against(await check(world, request))
    assert {one.tone for one in found} <= {Tone.BAD, Tone.WARNING}
    assert len(found) == 2
    assert all("ask a Synapse Administrator of syn-prod" in one.note for one in found)


@pytest.mark.parametrize("kind", ["attach", "new pool", "identity"])
async def test_a_name_that_was_taken_in_the_meantime_is_found(world: World, kind: str) -> None:
    request = await KINDS[kind](world)
    collection = {"attach": "computes", "new pool": "spark_pools", "identity": "identities"}[kind]
    existing = next(iter(getattr(world.box.world, collection)))
    getattr(world.box.world, collection).put({**existing, "id": str(request.id), "name": request.name})
    (taken,) = against(await check(world, request))
    assert taken.status == f"the name {request.name} is taken"


async def test_a_resource_group_that_does_not_exist_is_found_before_the_identity_is_sent(world: World) -> None:
    request = IdentityCreation(world.workspace.subscription, "rg-nowhere", "id-new", "eastus2")
    (missing,) = against(await check(world, request))
    assert missing.sentence == "The creation will fail: there is no resource group rg-nowhere in this subscription."


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Forbidden(), "you may not read"),
        (RequestLost(), "Azure cannot be reached"),
        (NotJson(), "Azure's answer cannot be read"),
        (Answer(429, "TooManyRequests", "Slow down."), "Azure does not accept so many requests now"),
        (Answer(503, "ServerBusy", "Busy."), "Azure did not answer as it should"),
    ],
    ids=["403", "offline", "HTML", "429", "503"],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_what_cannot_be_read_is_named_with_the_reason_and_raises_nothing(
    world: World, kind: str, fault: Any, words: str
) -> None:
    request = await KINDS[kind](world)
    world.box.faults.add(Rule(fault, "*", "", times=None))
    found = against(await check(world, request))
    assert found
    assert {one.tone for one in found} == {Tone.WARNING}
    if not isinstance(fault, Forbidden):
        assert all(words in one.note for one in found)
        assert len(found) == 1
    elif kind != "roles":
        (locks,) = [one for one in found if "the locks of" in one.note]
        assert "Microsoft.Authorization/locks/read, which the role Reader includes" in locks.note


async def test_the_failure_of_one_read_hides_nothing_that_another_found(world: World) -> None:
    request = await _detach(world)
    group = lock_scopes(request.id, is_new=False)[1]
    world.box.world.locks.put(lock(str(group), "keep", "CanNotDelete"))
    world.box.faults.add(Rule(Forbidden(), "GET", r"/subscriptions/[^/]+/providers/[^/]+/locks$", times=None))
    bad, unread = against(await check(world, request))
    assert (bad.tone, "by keep" in bad.note) == (Tone.BAD, True)
    assert (unread.tone, unread.note.startswith("the locks of subscription")) == (Tone.WARNING, True)
