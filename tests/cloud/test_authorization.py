"""Locks and permissions are read at any scope, and an answer about something else is never believed."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cloud.test_right_object import World, unreadable
from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem, ProblemKind
from tui.domain.locks import Lock
from tui.domain.ports import Page
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, Forbidden, NotJson, Rule
from tui.sandbox.locks import lock
from tui.sandbox.transport import SandboxCredential, SandboxTransport

LOCKS, PERMISSIONS = r"/locks$", r"/permissions$"
MARK = "/providers/Microsoft.Authorization/locks/"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    for one in list(world.box.world.locks):
        world.box.world.locks.remove(one["id"])
    yield world
    await world.cloud.close()


def scopes(world: World) -> dict[str, AzureScope]:
    return {
        "subscription": AzureScope.of_subscription(world.workspace),
        "group": AzureScope.of_group(world.workspace),
        "workspace": AzureScope.of(world.workspace),
        "compute": AzureScope.of(world.workspace.child("computes", "etl-prod")),
    }


async def pages(world: World, scope: AzureScope) -> list[Page[Lock]]:
    return [page async for page in world.cloud.locks(scope)]


async def locks(world: World, scope: AzureScope) -> list[Lock]:
    found = await pages(world, scope)
    assert [page.unreadable for page in found] == [()] * len(found)
    return [one for page in found for one in page.items]


@pytest.mark.parametrize("level", ["subscription", "group", "workspace", "compute"])
async def test_a_lock_is_read_at_each_scope_with_its_level_and_notes(world: World, level: str) -> None:
    scope = scopes(world)[level]
    world.box.world.locks.put(lock(str(scope), "keep", "ReadOnly", "Ask the platform team"))
    assert await locks(world, scope) == [Lock(scope, "keep", "ReadOnly", "Ask the platform team")]
    (asked,) = world.sent("GET")
    assert urlsplit(asked).path == f"{scope}/providers/Microsoft.Authorization/locks"
    assert urlsplit(asked).query == "api-version=2016-09-01"


async def test_a_list_has_the_locks_below_its_scope_on_every_page() -> None:
    world = World(page_size=1)
    every = scopes(world)
    for scope in every.values():
        world.box.world.locks.put(lock(str(scope), "keep", "CanNotDelete"))
    found = await locks(world, every["workspace"])
    assert [one.scope for one in found] == [every["workspace"], every["compute"]]
    await world.cloud.close()


async def test_inherited_locks_in_a_list_are_read_too() -> None:
    box = Sandbox(clock=VirtualClock(), choices=Choices(inherited_locks="listed"))
    world = World()
    world.box, world.cloud = box, AzureCloud(SandboxCredential(), transport=SandboxTransport(box), jitter=even)
    every = scopes(world)
    box.world.locks.put(lock(str(every["group"]), "keep", "CanNotDelete"))
    assert [one.scope for one in await locks(world, every["compute"])] == [every["group"]]
    await world.cloud.close()


def other_scopes(world: World) -> dict[str, str]:
    workspace = str(world.workspace)
    return {
        "sibling": f"{workspace}-2",
        "other group": str(AzureScope.of_group(world.workspace)).replace("rg-ml", "rg-data"),
        "other subscription": "/subscriptions/00000000-0000-0000-0000-000000000001",
        "management group": "/providers/Microsoft.Management/managementGroups/root",
        "no scope": "",
        "traversal": f"{workspace}/computes/../..",
    }


@pytest.mark.parametrize("which", list(other_scopes(World())))
async def test_a_lock_that_is_neither_in_nor_above_the_scope_is_unreadable(world: World, which: str) -> None:
    own = lock(str(world.workspace), "own", "ReadOnly")
    world.answers({"value": [lock(other_scopes(world)[which], "foreign", "ReadOnly"), own]}, LOCKS)
    (page,) = await pages(world, AzureScope.of(world.workspace))
    assert [one.name for one in page.items] == ["own"]
    assert len(page.unreadable) == 1


@pytest.mark.parametrize(
    "broken",
    [{}, None, [], "lock", {"id": 5}, {"id": MARK}, {"name": "own"}, {"id": "{id}", "name": "another"}],
    ids=str,
)
async def test_a_lock_that_does_not_say_what_it_is_on_or_contradicts_itself_is_unreadable(
    world: World, broken: Any
) -> None:
    own = lock(str(world.workspace), "own", "ReadOnly")
    if isinstance(broken, dict) and broken.get("id") == "{id}":
        broken = {**broken, "id": own["id"]}
    world.answers({"value": [broken]}, LOCKS)
    (page,) = await pages(world, AzureScope.of(world.workspace))
    assert (page.items, len(page.unreadable)) == ((), 1)


async def test_a_lock_without_a_level_is_read_as_one_of_an_unknown_level(world: World) -> None:
    own = {**lock(str(world.workspace), "own", "ReadOnly"), "properties": None}
    world.answers({"value": [own]}, LOCKS)
    (found,) = await locks(world, AzureScope.of(world.workspace))
    assert (found.level, found.is_known) == ("", False)


@pytest.mark.parametrize("path", [LOCKS, PERMISSIONS])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Forbidden(), ProblemKind.FORBIDDEN),
        (Answer(404, "ResourceGroupNotFound", "Resource group 'rg-ml' could not be found."), ProblemKind.NOT_FOUND),
        (NotJson(), ProblemKind.UNREADABLE),
        (NotJson(200, b"{}", "application/json"), ProblemKind.UNREADABLE),
        (NotJson(200, b"[1]", "application/json"), ProblemKind.UNREADABLE),
    ],
    ids=["403", "404", "HTML", "no list", "no object"],
)
async def test_a_refusal_or_an_unreadable_answer_is_a_problem_that_names_the_scope(
    world: World, path: str, fault: Any, kind: ProblemKind
) -> None:
    world.box.faults.add(Rule(fault, "GET", path, times=None))
    scope = AzureScope.of(world.workspace)
    read: Awaitable[object] = pages(world, scope) if path == LOCKS else world.cloud.permissions(scope)
    with pytest.raises(Problem) as caught:
        await read
    assert caught.value.kind is kind
    assert "Azure ML workspace aml-prod in resource group rg-ml" in caught.value.title


@pytest.mark.parametrize("level", ["group", "workspace", "compute"])
async def test_permissions_are_read_at_each_scope(world: World, level: str) -> None:
    scope = scopes(world)[level]
    world.box.world.denied.add("Microsoft.Synapse/*")
    (found,) = await world.cloud.permissions(scope)
    assert (found.actions, found.not_actions) == (("*",), ("Microsoft.Synapse/*",))
    assert urlsplit(world.sent("GET")[-1]).path == f"{scope}/providers/Microsoft.Authorization/permissions"


@pytest.mark.parametrize("entry", [{}, None, "x", {"actions": None}, {"actions": "*"}, {"notActions": []}], ids=str)
async def test_a_role_without_a_list_of_actions_is_not_taken_for_one_that_allows_nothing(
    world: World, entry: Any
) -> None:
    world.answers({"value": [{"actions": ["*"], "notActions": []}, entry]}, PERMISSIONS)
    await unreadable(world.cloud.permissions(AzureScope.of(world.workspace)))
