"""Responses about the wrong resource: screens and operations write to the chosen resource or not at all."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.operations.test_chain import Scene as Chain
from tests.support import scenes
from tests.support.screen import on_row, says, shown
from tests.support.stage import Stage, grants, puts, workspace_of, writes
from tui.domain.operation import Failed
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.sandbox.faults import NotJson, Rule

LARGE = (120, 40)
Document = dict[str, Any]


def answer(document: object) -> NotJson:
    return NotJson(200, json.dumps(document).encode(), "application/json")


def compute(stage: Stage, name: str) -> Document:
    return next(one for one in stage.box.world.computes if one["name"] == name)


def mixed(own: Document, other: Document, *members: str) -> Document:
    """A document with some members of another one; `properties.NAME` is a member of its properties."""
    result: Document = json.loads(json.dumps(own))
    for member in members:
        holder, source = result, other
        if member.startswith("properties."):
            holder, source = result["properties"], other["properties"]
        key = member.rpartition(".")[2]
        if key in source:
            holder[key] = source[key]
        else:
            holder.pop(key, None)
    return result


@contextmanager
def chain(document: Callable[[Chain], Document], *, after: int = 2, path: str = "/computes/adhoc$") -> Iterator[Chain]:
    """Prepare an attach with a grant in which later reads of a path return a given document."""
    scene = Chain()
    scene.box.faults.add(Rule(answer(document(scene)), "GET", path, after, None))
    scene.operations.start()
    try:
        yield scene
    finally:
        scene.operations.stop()


def adhoc_with(*members: str) -> Callable[[Chain], Document]:
    """Make the document of adhoc with some members of etl-prod; `whole` stands for the document of etl-prod itself."""

    def document(scene: Chain) -> Document:
        etl = next(one for one in scene.box.world.computes if one["name"] == "etl-prod")
        if members == ("whole",):
            return dict(etl)
        own = mixed(etl, etl)
        own.update(id=etl["id"].replace("etl-prod", "adhoc"), name="adhoc")
        own["properties"]["resourceId"] = str(scene.pool)
        own["properties"]["properties"]["poolName"] = scene.pool.name
        own["identity"]["principalId"] = "11111111-1111-4111-8111-111111111111"
        return mixed(own, etl, *members)

    return document


@pytest.mark.parametrize(
    "members",
    [
        ("whole",),
        ("id",),
        ("name",),
        ("identity",),
        ("properties",),
        ("properties.resourceId",),
        ("identity", "properties"),
        ("id", "identity"),
    ],
    ids="+".join,
)
def test_no_role_is_granted_while_azure_mixes_up_the_compute_with_another(members: tuple[str, ...]) -> None:
    with chain(adhoc_with(*members)) as scene:
        operation = scene.run(scene.attachment())
        assert isinstance(operation.end, Failed)
        assert [one for one in scene.box.log if one.method == "PUT" and "/roleAssignments/" in one.url] == []
        assert len([one for one in scene.box.log if one.method == "PUT"]) == 1


async def test_a_response_about_another_compute_is_rejected_and_that_compute_is_not_detached(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(answer(compute(stage, "churn-old")), "GET", "/computes/etl-prod$", 0, None))
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "etl-prod ·", "churn-old, which is not etl-prod")
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach etl-prod?")
        await pilot.press("y")
        await shown(pilot, stage, "etl-prod", "detach: failed")
    assert writes(stage) == []


@pytest.mark.parametrize("key", ["e", "i"])
@pytest.mark.parametrize("seed", range(6))
async def test_a_form_never_sends_the_properties_of_one_compute_to_another(stage: Stage, key: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - not a secret
    names = ["etl-prod", "churn", "churn-old"]
    chosen, other = dice.sample(names, 2)
    members = dice.sample(["id", "name", "properties", "properties.resourceId", "properties.createdOn"], 2)
    own, foreign = compute(stage, chosen), compute(stage, other)
    pool = own["properties"]["resourceId"].lower()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(answer(mixed(own, foreign, *members)), "GET", f"/computes/{chosen}$", 0, None))
        await on_row(stage, pilot, chosen)
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("down" if key == "i" else "x", "ctrl+s")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    for put in puts(stage):
        assert isinstance(put.body, dict)
        assert f"/computes/{chosen}?" in put.url
        assert put.body["properties"]["resourceId"].lower() == pool, (seed, chosen, other, members)


@pytest.mark.parametrize("name", ["..", ".", "etl\u200bx", "a/../b"])
@pytest.mark.parametrize("key", ["ctrl+d", "e", "i", "r"])
async def test_a_row_whose_id_points_elsewhere_refuses_every_write_key(stage: Stage, name: str, key: str) -> None:
    odd = {**compute(stage, "churn-old"), "id": f"{workspace_of(stage)}/computes/{name}", "name": name}
    stage.box.faults.add(Rule(answer({"value": [odd]}), "GET", "/computes$", 0, None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "1 compute")
        await pilot.press(key)
        await says(pilot, stage, "cannot be read")
    assert writes(stage) == []
    assert grants(stage) == []


async def roles_of(stage: Stage, pilot: Pilot[None], held: Document, **changes: str) -> None:
    listed = {"count": 1, "value": [{**held, **changes}]}
    stage.box.faults.add(Rule(answer(listed), "GET", "/roleAssignments$", 0, None))
    await scenes.computes(stage, pilot)
    await on_row(stage, pilot, "etl-prod")
    await pilot.press("r")
    await shown(pilot, stage, "roles on ", "a grant")


async def test_a_role_assignment_that_differs_from_the_listed_one_is_not_removed(stage: Stage) -> None:
    held = next(one for one in stage.box.world.roles.of("syn-prod") if one["scope"].endswith("/etlpool"))
    other = "22222222-2222-4222-8222-222222222222"
    async with stage.app.run_test(size=LARGE) as pilot:
        await roles_of(stage, pilot, held, principalId=other)
        await shown(pilot, stage, other)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "enter")
        await pilot.press("enter")
        await says(pilot, stage, "another role assignment")
    assert [one for one in stage.box.log if one.method == "DELETE"] == []


async def test_an_unreadable_role_is_counted_and_no_identity_is_reported_without_a_role(stage: Stage) -> None:
    held = next(one for one in stage.box.world.roles.of("syn-prod") if one["scope"].endswith("/etlpool"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await roles_of(stage, pilot, held, id="..")
        await says(pilot, stage, "1 more cannot be read and is left out", "which identities lack a role is unknown")
        await pilot.press("f")
        await says(pilot, stage, "is known to be missing")
    assert grants(stage) == []


async def test_a_list_says_how_many_entries_it_leaves_out(stage: Stage) -> None:
    one = next(iter(stage.box.world.subscriptions))
    stage.box.faults.add(
        Rule(answer({"value": [one, {**one, "subscriptionId": ".."}]}), "GET", "^/subscriptions$", 0, None)
    )
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "1 subscription · 1 more cannot be read and is left out")


def test_a_principal_that_two_computes_claim_is_granted_no_role() -> None:
    scene = Chain()
    own, other = (next(one for one in scene.box.world.computes if one["name"] == n) for n in ("etl-prod", "churn"))
    scene.box.world.computes.put(mixed(other, own, "identity"))
    principal = Principal(
        own["identity"]["principalId"], "churn", "system-assigned identity", source=ResourceId.parse(other["id"])
    )
    scene.operations.start()
    try:
        operation = scene.run(scene.grant(principal))
    finally:
        scene.operations.stop()
    assert isinstance(operation.end, Failed)
    assert "same principal" in operation.end.problem.title
    assert scene.writes() == []


@pytest.mark.parametrize("source", ["identity", "compute", "workspace"])
def test_a_principal_is_granted_no_role_if_its_resource_reports_another_one(source: str) -> None:
    scene = Chain()
    world = scene.box.world
    ids = {
        "identity": next(one["id"] for one in world.identities),
        "compute": next(one["id"] for one in world.computes if one["name"] == "etl-prod"),
        "workspace": next(one["id"] for one in world.synapse_workspaces if one["name"] == "syn-prod"),
    }
    guid = "33333333-3333-4333-8333-333333333333"
    principal = Principal(guid, "somebody", "identity", source=ResourceId.parse(ids[source]))
    scene.operations.start()
    try:
        operation = scene.run(scene.grant(principal))
    finally:
        scene.operations.stop()
    assert isinstance(operation.end, Failed)
    assert "two principals" in operation.end.problem.title
    assert scene.writes() == []


def test_a_principal_is_granted_no_role_if_its_resource_no_longer_reports_one() -> None:
    scene = Chain()
    own = next(one for one in scene.box.world.computes if one["name"] == "etl-prod")
    shown_before = Principal(
        own["identity"]["principalId"], "etl-prod", "system-assigned identity", source=ResourceId.parse(own["id"])
    )
    scene.box.world.computes.put({**own, "identity": {"type": "None"}})
    scene.operations.start()
    try:
        operation = scene.run(scene.grant(shown_before))
    finally:
        scene.operations.stop()
    assert isinstance(operation.end, Failed)
    assert "no longer reports a principal for etl-prod" in operation.end.problem.title
    assert scene.writes() == []
