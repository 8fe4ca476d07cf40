"""The main workflow succeeds whichever way Azure behaves where no recording exists."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.jitter import even
from tests.support.reported import detaching, putting
from tests.support.screen import happened, screen_text, shown
from tests.support.stage import Stage
from tui.cloud.azure import AzureCloud
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Failed
from tui.domain.plan import Plan
from tui.domain.ports import Finished, Page, Polled
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import ADMINISTRATOR, USE_COMPUTE, RoleAssignment, RoleScope
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.faults import Outcome, Rule
from tui.sandbox.names import USER_OBJECT_ID
from tui.sandbox.transport import SandboxCredential, SandboxTransport

LARGE = (120, 40)
GRANT = "0b1e2c3d-1111-4222-8333-444455556666"


def answers() -> dict[str, tuple[Any, ...]]:
    """Return the options of each choice, the sandbox's default first."""
    kinds = get_type_hints(Choices)
    return {
        field.name: tuple(sorted(get_args(kinds[field.name]) or (False, True), key=lambda one: one != field.default))
        for field in fields(Choices)
    }


def alternatives() -> Iterator[Choices]:
    """Yield the defaults, and then each other option of each choice alone."""
    yield Choices()
    for name, (_, *others) in answers().items():
        for answer in others:
            yield replace(Choices(), **{name: answer})


def rounds() -> Iterator[Choices]:
    """Yield the fewest choices that together cover every option."""
    for turn in range(max(map(len, answers().values()))):
        yield Choices(**{name: given[turn % len(given)] for name, given in answers().items()})


def told(choices: Choices) -> str:
    other = [field for field in fields(Choices) if getattr(choices, field.name) != field.default]
    return ", ".join(f"{field.name}={getattr(choices, field.name)}" for field in other) or "as the sandbox picks"


whatever_azure_does = pytest.mark.parametrize("choices", list(alternatives()), ids=told)


async def changed(stage: Stage, pilot: Pilot[None], identity: IdentityChoice) -> None:
    """Change the managed identity of the attached pool ``adhoc`` and wait until the operation ends."""
    ended = len([one for one in stage.operations.operations() if one.end is not None])
    stage.operations.apply(Plan.of([ComputeEdit(await read(stage), Edit(identity=identity))]))
    await happened(pilot, lambda: len([one for one in stage.operations.operations() if one.end is not None]) > ended)
    end = stage.operations.operations()[-1].end
    assert not isinstance(end, Failed), end.problem.report


async def read(stage: Stage) -> Compute:
    target = workspace_of(stage.box).child("computes", "adhoc")
    return await stage.operations.call(lambda azure: azure.compute(target))


def workspace_of(box: Sandbox) -> ResourceId:
    return ml_workspace_id(*box.world.default)


@pytest.mark.parametrize("choices", list(rounds()), ids=["first answers", "second answers", "third answers"])
async def test_a_pool_is_attached_its_identity_is_changed_and_it_is_detached(choices: Choices) -> None:
    stage = Stage(choices=choices)
    adhoc = str(workspace_of(stage.box).child("computes", "adhoc"))
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.computes(stage, pilot)
            assert "orphan-1" in screen_text(stage.app)
            await scenes.attach_review(stage, pilot)
            await pilot.press("enter")
            await shown(pilot, stage, "● Succeeded", "attach adhoc")
            await pilot.press("escape")
            await shown(pilot, stage, "adhoc ", "user ×2")
            await changed(stage, pilot, IdentityChoice(IdentityKind.SYSTEM))
            assert (await read(stage)).identity.kind is IdentityKind.SYSTEM
            await changed(stage, pilot, IdentityChoice())
            assert (await read(stage)).identity.kind is IdentityKind.NONE
            await pilot.press("home", "ctrl+d")
            await shown(pilot, stage, "Detach adhoc?")
            await pilot.press("y")
            await shown(pilot, stage, "adhoc is detached.")
            await pilot.press("ctrl+r")
            await shown(pilot, stage, "15 computes")
    finally:
        stage.operations.stop()
    assert stage.box.world.computes.get(adhoc) is None


class Scene:
    """The cloud layer with a sandbox that has these choices."""

    def __init__(self, choices: Choices) -> None:
        self.box = Sandbox(choices=choices)
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)
        self.workspace = workspace_of(self.box)
        self.pool = names.spark_pool_id(self.workspace.subscription, "rg-data", "syn-prod", "adhocpool")

    def attach(self) -> AsyncIterator[Any]:
        properties = {"computeType": "SynapseSpark", "resourceId": self.pool}
        document = {"location": "eastus2", "properties": properties}
        return putting(self.cloud, self.workspace.child("computes", "adhoc"), document, "attach adhocpool")


@pytest.fixture
async def scene(choices: Choices) -> AsyncIterator[Scene]:
    scene = Scene(choices)
    yield scene
    await scene.cloud.close()


@whatever_azure_does
async def test_a_failed_attach_is_reported_with_azures_reason(scene: Scene) -> None:
    scene.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "The pool is not allowed."), "PUT"))

    events, problem = await failure(scene.attach())

    assert isinstance(events[-1], Polled)
    assert (problem.kind, problem.code) == (ProblemKind.FAILED, "PoolNotAllowed")
    assert "The pool is not allowed." in problem.cause


@whatever_azure_does
async def test_attaching_a_deleted_pool_is_reported_whenever_azure_detects_it(scene: Scene) -> None:
    scene.box.world.spark_pools.remove(scene.pool)

    _, problem = await failure(scene.attach())

    assert "adhocpool' was not found" in problem.cause
    assert not problem.outcome_unknown or problem.kind is ProblemKind.FAILED


@whatever_azure_does
async def test_a_compute_stays_readable_and_detachable_after_its_pool_changes_or_is_deleted(scene: Scene) -> None:
    _ = [event async for event in scene.attach()]
    pool = scene.box.world.spark_pools.get(scene.pool)
    assert pool is not None
    scene.box.world.spark_pools.put(pool | {"properties": pool["properties"] | {"nodeCount": 9}})
    grown = await scene.cloud.compute(scene.workspace.child("computes", "adhoc"))
    scene.box.world.spark_pools.remove(scene.pool)

    pages = [page async for page in scene.cloud.computes(scene.workspace) if isinstance(page, Page)]
    lost = next(compute for page in pages for compute in page.items if compute.name == "adhoc")

    assert grown.nodes in ("3", "9")
    assert (lost.unreadable, lost.why_not_detachable) == ("", None)
    assert str(lost.attached_to) == scene.pool
    assert lost.state.word in ("Succeeded", "Failed")
    assert (lost.state.word == "Failed") == bool(lost.errors)


@whatever_azure_does
async def test_detaching_a_missing_compute_succeeds(scene: Scene) -> None:
    events = [event async for event in detaching(scene.cloud, scene.workspace.child("computes", "never-was"))]

    assert events[-1] == Finished(None)


@whatever_azure_does
async def test_a_role_is_granted_checked_and_removed_twice(scene: Scene) -> None:
    synapse = await scene.cloud.synapse_workspace(ResourceId.parse(scene.pool).parent)
    scope = RoleScope.of_pool(ResourceId.parse(scene.pool))
    identity = next(iter(scene.box.world.identities))["properties"]["principalId"]
    wanted = RoleAssignment(GRANT, ADMINISTRATOR.id, identity, scope)

    assert await scene.cloud.grant(synapse, wanted)
    assert await scene.cloud.allows(synapse, USER_OBJECT_ID, scope, USE_COMPUTE)
    assert await scene.cloud.allows(synapse, identity, scope, USE_COMPUTE)
    await scene.cloud.revoke(synapse, wanted)
    await scene.cloud.revoke(synapse, wanted)
    assert not await scene.cloud.allows(synapse, identity, scope, USE_COMPUTE)


async def failure(events: AsyncIterator[Any]) -> tuple[list[Any], Problem]:
    seen: list[Any] = []

    async def collect() -> None:
        while True:
            seen.append(await anext(events))

    with pytest.raises(Problem) as caught:
        await collect()
    return seen, caught.value
