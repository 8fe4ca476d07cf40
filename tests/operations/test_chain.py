"""Attach with grants, and role changes: each step is reported, and no later step undoes an earlier one."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from types import FrameType
from typing import Any
from uuid import uuid4

import pytest

from tests.support.jitter import even
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.exports.az import role_command
from tui.domain.identity import Identity, IdentityChoice, IdentityKind
from tui.domain.operation import Failed, Operation, Progress, Succeeded, Unwatched, Waited
from tui.domain.permissions import ATTACH, Permission, allowed
from tui.domain.plan import Plan, Request
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove, removal_consequence, role_move
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.operations.waits import TYPED_SECONDS
from tui.operations.worker import Worker
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, Forbidden, Outcome, RequestLost, ResponseLost, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport

NOBODY = Principal("00000000-0000-4000-a000-000000000000", "nobody", "unknown")


class Scene:
    """Operations against a sandbox, and the attach of a pool with its grant."""

    def __init__(self, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock, **settings)
        self.operations = Operations(
            lambda: AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), caller=ANA, jitter=even),
            self.clock,
            Journal,
        )
        self.ended = threading.Event()
        self.operations.listen(lambda operation: self.ended.set() if operation.end is not None else None)
        default = self.box.world.default
        self.workspace = Workspace(ml_workspace_id(*default), "eastus2")
        self.pool = self.pool_named("syn-prod", "adhocpool")
        self.scope = RoleScope.of_pool(self.pool)

    def pool_named(self, synapse: str, name: str) -> ResourceId:
        wanted = f"/workspaces/{synapse}/bigdatapools/{name}"
        return next(
            ResourceId.parse(one["id"]) for one in self.box.world.spark_pools if one["id"].lower().endswith(wanted)
        )

    def attachment(self) -> Attachment:
        identity = IdentityChoice(IdentityKind.SYSTEM)
        return Attachment(self.workspace, "adhoc", self.pool, identity, role=ADMINISTRATOR)

    def synapse(self) -> SynapseWorkspace:
        return SynapseWorkspace(self.pool.parent, dev_endpoint=f"https://{self.pool.parent.name}.dev.azuresynapse.net")

    def identity(self, name: str) -> Principal:
        found = next(one for one in self.box.world.identities if one["name"] == name)
        return Principal(found["properties"]["principalId"], name, "user-assigned identity")

    def grant(self, principal: Principal) -> RoleChange:
        return RoleChange(self.synapse(), self.pool, (Grant(str(uuid4()), ADMINISTRATOR, principal, self.scope),))

    def run(self, request: Request) -> Operation:
        """Apply a request and return its operation when it has ended."""
        self.ended.clear()
        (operation,) = self.operations.apply(Plan.of([request]))
        assert isinstance(operation, Operation)
        assert self.ended.wait(PATIENCE_SECONDS)
        return self.operations.operation(operation.id)

    def holders(self) -> set[str]:
        return {one["principalId"] for one in self.box.world.roles.of("syn-prod") if one["scope"] == str(self.scope)}

    def writes(self) -> list[str]:
        return [request.method for request in self.box.log if request.method in ("PUT", "DELETE")]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.operations.start()
    yield scene
    scene.operations.stop()


@pytest.fixture
def slow() -> Iterator[Scene]:
    """A realistic Azure: new identities take time to appear, and grants take time to become effective."""
    scene = Scene(grant_seconds=150.0, principal_seconds=45.0)
    scene.operations.start()
    yield scene
    scene.operations.stop()


def steps(operation: Operation) -> list[tuple[str, str]]:
    return [(one.step, one.status) for one in operation.events if isinstance(one, Progress) and one.step]


def words(operation: Operation) -> str:
    return "\n".join(one.note for one in operation.events if isinstance(one, Progress))


def failure(operation: Operation) -> Failed:
    assert isinstance(operation.end, Failed)
    return operation.end


def test_one_operation_attaches_a_pool_grants_its_role_and_verifies_it(scene: Scene) -> None:
    operation = scene.run(scene.attachment())
    assert isinstance(operation.end, Succeeded)
    assert isinstance(operation.end.resource, Compute)
    principal = operation.end.resource.identity.principal_id
    assert principal in scene.holders()
    told = steps(operation)
    expected = ("no lock", "you may attach", "name is free", "pool is ready", "you may grant")
    assert told[:5] == [("preflight", one) for one in expected]
    assert [step for step, _ in told if step != "attach"] == ["preflight"] * 5 + [
        "identity",
        "grant",
        "grant",
        "verify",
        "verify",
    ]
    assert told[-1] == ("verify", "verified")
    assert scene.writes() == ["PUT", "PUT"]


def test_waiting_for_a_new_identity_and_for_a_grant_to_take_effect_is_shown(
    slow: Scene,
) -> None:
    operation = slow.run(slow.attachment())
    assert isinstance(operation.end, Succeeded)
    assert steps(operation)[-1] == ("verify", "verified")
    waits = [(one.step, one.reason) for one in operation.events if isinstance(one, Waited)]
    assert ("grant", "Synapse does not know adhoc yet") in waits
    assert ("verify", "the grant is not effective yet") in waits


def test_simultaneous_waits_for_the_same_reason_are_reported_as_one(scene: Scene) -> None:
    scene.box.faults.add(Rule(RequestLost(), "GET", "permissions|/bigDataPools/|/workspaces/syn-prod$", times=9))
    operation = scene.run(scene.attachment())
    assert isinstance(operation.end, Succeeded)
    waits = [one for one in operation.events if isinstance(one, Waited) and one.reason.startswith("connection lost")]
    assert 3 <= len(waits) < 9
    assert all(later.at >= earlier.until for earlier, later in pairwise(waits))


def test_a_grant_to_a_principal_that_never_appears_fails_after_five_minutes_and_says_so(scene: Scene) -> None:
    begun = scene.clock.now()
    operation = scene.run(scene.grant(NOBODY))
    end = failure(operation)
    assert "still does not know nobody after 5 minutes" in end.problem.title
    assert 300 <= (end.at - begun).total_seconds() < 360
    assert end.rest == operation.request


def test_a_grant_to_an_unknown_typed_object_id_fails_after_the_time_stated_in_the_plan(
    scene: Scene,
) -> None:
    typed = Principal.typed(NOBODY.object_id)
    begun = scene.clock.now()
    operation = scene.run(scene.grant(typed))
    assert (failure(operation).at - begun).total_seconds() == TYPED_SECONDS
    for one in operation.events:
        if isinstance(one, Waited):
            assert one.until <= begun + timedelta(seconds=TYPED_SECONDS)


def test_a_role_granted_to_only_some_identities_is_a_failure(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.box.world, "mint_principal", lambda _: "")
    named = scene.identity("id-reporting")
    identity = next(ResourceId.parse(one["id"]) for one in scene.box.world.identities if one["name"] == named.name)
    both = IdentityChoice(IdentityKind.SYSTEM_AND_USER, (identity,))
    end = failure(scene.run(replace(scene.attachment(), identity=both)))
    assert end.problem.title.startswith("adhoc is attached, and its role is missing. id-reporting has its role;")
    assert "press ‹fix›" in end.problem.advice
    assert named.object_id in scene.holders()


@pytest.mark.parametrize("is_accepted", [False, True], ids=["while-sending", "once-accepted"])
def test_a_chain_can_stop_being_watched_at_any_time_and_resumes_after_its_completed_steps(
    is_accepted: bool, scene: Scene
) -> None:
    def leave(operation: Operation) -> None:
        attaching = [one for one in operation.events if isinstance(one, Progress) and one.step == "attach"]
        is_sending = any(one.status == "sending" for one in attaching)
        has_come_so_far = any(one.token for one in attaching) if is_accepted else is_sending
        if has_come_so_far and operation.end is None:
            assert scene.operations.stop_watching(operation)

    silence = scene.operations.listen(leave)
    left = scene.run(scene.attachment())
    silence()
    assert isinstance(left.end, Unwatched)
    assert len(scene.writes()) <= 1
    scene.ended.clear()
    assert scene.operations.resume(left)
    assert scene.ended.wait(PATIENCE_SECONDS)
    assert isinstance(scene.operations.operation(left.id).end, Succeeded)
    assert scene.writes() == ["PUT", "PUT"]  # the attach and the grant


def test_watching_can_stop_at_an_event_that_arrives_before_apply_returns(scene: Scene) -> None:
    here, heard = threading.current_thread(), threading.Event()

    def leave(operation: Operation) -> None:
        if threading.current_thread() is not here and operation.end is None:
            heard.set()
            assert scene.operations.stop_watching(operation)

    def stay_behind(frame: FrameType, what: str, _: object) -> None:
        if what == "return" and frame.f_code is Worker.submit.__code__:
            assert heard.wait(PATIENCE_SECONDS)

    scene.operations.listen(leave)
    sys.setprofile(stay_behind)
    try:
        left = scene.run(scene.attachment())
    finally:
        sys.setprofile(None)
    assert isinstance(left.end, Unwatched)


def test_a_role_change_stuck_on_an_unknown_principal_can_be_unwatched_and_repeated(scene: Scene) -> None:
    unknown = Answer(400, "InvalidPrincipalId", "Principal is not known.")
    scene.box.faults.add(Rule(unknown, "PUT", "/roleAssignments/", times=None))

    def leave(operation: Operation) -> None:
        if isinstance(operation.last, Waited):
            scene.operations.stop_watching(operation)

    silence = scene.operations.listen(leave)
    change = scene.grant(scene.identity("id-reporting"))
    assert isinstance(scene.run(change).end, Unwatched)
    silence()
    scene.box.faults.clear()
    assert isinstance(scene.run(change).end, Succeeded)


def test_a_refused_grant_keeps_the_compute_attached_and_can_be_retried_alone(scene: Scene) -> None:
    refusal = Answer(403, "Unauthorized", "The principal 'x' does not have the required Synapse RBAC permission to "
                     "perform this action. Required permission: Action: Microsoft.Synapse/workspaces/roleAssignments/"
                     "write, Scope: workspaces/syn-prod/bigDataPools/adhocpool.")  # fmt: skip
    scene.box.faults.add(Rule(refusal, "PUT", "/roleAssignments/"))
    end = failure(scene.run(scene.attachment()))
    assert end.problem.title.startswith("adhoc is attached, and its role is missing.")
    assert "Azure roles such as Owner do not include" in end.problem.advice
    assert "the Synapse role Synapse Administrator on Spark pool adhocpool" in end.problem.advice
    assert isinstance(end.rest, RoleChange)
    again = scene.run(end.rest)
    assert isinstance(again.end, Succeeded)
    assert end.rest.grants[0].principal.object_id in scene.holders()
    assert scene.writes().count("PUT") == 3


def test_a_failed_attach_grants_no_role(scene: Scene) -> None:
    scene.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "No."), "PUT", "/computes/"))
    before = scene.holders()
    end = failure(scene.run(scene.attachment()))
    assert end.rest is None
    assert scene.holders() == before
    assert scene.writes() == ["PUT"]


@pytest.mark.parametrize(
    ("method", "path", "words_told"),
    [
        ("GET", "/permissions$", "your permissions on Azure ML workspace aml-prod"),
        ("GET", "/bigDataPools/adhocpool$", "the state of Spark pool syn-prod/adhocpool"),
        ("POST", "/checkAccessSynapseRbac$", "whether you may grant roles on Spark pool syn-prod/adhocpool"),
    ],
)
def test_a_preflight_check_that_cannot_be_made_is_reported_and_blocks_nothing(
    scene: Scene, method: str, path: str, words_told: str
) -> None:
    scene.box.faults.add(Rule(Forbidden(), method, path, times=None))
    operation = scene.run(scene.attachment())
    assert isinstance(operation.end, Succeeded)
    assert words_told in words(operation)


def test_a_user_without_grant_permission_is_warned_before_the_attach_which_still_runs(scene: Scene) -> None:
    lab = replace(scene.attachment(), pool=scene.pool_named("syn-lab", "labpool"))
    end = failure(operation := scene.run(lab))
    assert steps(operation)[4] in {("preflight", "the grant will fail"), ("preflight", "the grant may fail")}
    assert "ask a Synapse Administrator of syn-lab" in words(operation)
    assert end.problem.title.startswith("adhoc is attached")


def test_a_lost_response_to_a_grant_is_resolved_by_resending_the_same_grant(scene: Scene) -> None:
    scene.box.faults.add(Rule(ResponseLost(), "PUT", "/roleAssignments/"))
    principal = scene.identity("id-reporting")
    operation = scene.run(scene.grant(principal))
    assert isinstance(operation.end, Succeeded)
    held = [one for one in scene.box.world.roles.of("syn-prod") if one["principalId"] == principal.object_id]
    assert len(held) == 1


def test_granting_an_existing_role_succeeds_and_is_reported_as_already_granted(scene: Scene) -> None:
    principal = scene.identity("id-reporting")
    scene.run(scene.grant(principal))
    operation = scene.run(scene.grant(principal))
    assert isinstance(operation.end, Succeeded)
    assert ("grant", "already granted") in steps(operation)


def test_the_old_role_is_removed_only_after_the_new_one_is_granted(scene: Scene) -> None:
    old, new = scene.identity("id-reporting"), scene.identity("id-scoring")
    granted = scene.grant(old)
    scene.run(granted)
    removal = Removal(granted.grants[0].assignment, old.name)
    scene.box.faults.add(Rule(Forbidden(), "PUT", "/roleAssignments/"))
    moving = replace(scene.grant(new), removals=(removal,))
    assert failure(scene.run(moving)).rest == moving
    assert old.object_id in scene.holders()
    assert isinstance(scene.run(moving).end, Succeeded)
    assert old.object_id not in scene.holders()
    assert new.object_id in scene.holders()


def test_no_role_moves_to_an_identity_with_an_unknown_principal(scene: Scene) -> None:
    old = Identity(IdentityKind.SYSTEM, principal_id=NOBODY.object_id)
    new = ResourceId.parse(next(iter(scene.box.world.identities))["id"])
    held = (RoleAssignment("1", ADMINISTRATOR.id, NOBODY.object_id, scene.scope),)
    after = IdentityChoice(IdentityKind.USER, (new,))

    def move(principals: dict[ResourceId, str]) -> RoleMove | None:
        return role_move(scene.synapse(), scene.pool, old, after, held, principals, lambda: str(uuid4()))

    assert move({}) is None
    known = move({new: "0" * 8})
    assert known is not None
    assert (len(known.grants), len(known.removals)) == (1, 1)


def test_the_command_that_removes_a_role_runs_without_a_prompt() -> None:
    one = RoleAssignment("1", ADMINISTRATOR.id, NOBODY.object_id, RoleScope("syn"))
    assert role_command(Removal(one, "etl-prod")).endswith(" --yes\n")


def test_the_consequence_of_removing_a_role_says_whether_jobs_will_fail() -> None:
    pool, workspace = RoleScope("syn", "bigDataPools", "etl"), RoleScope("syn")
    one = RoleAssignment("1", ADMINISTRATOR.id, NOBODY.object_id, pool)
    other = RoleAssignment("2", ADMINISTRATOR.id, NOBODY.object_id.upper(), workspace)
    removal = Removal(one, "etl-prod")
    assert "fail with 403" in removal_consequence(removal, (one,))
    assert "Jobs of etl-prod still work" in removal_consequence(removal, (one, other))


def test_a_plan_to_grant_a_workspace_only_role_on_a_pool_is_refused(scene: Scene) -> None:
    from tui.domain.roles import BUILT_IN

    publisher = next(role for role in BUILT_IN if not role.on_pools)
    change = scene.grant(NOBODY)
    plan = Plan.of([replace(change, grants=(replace(change.grants[0], role=publisher),))])
    assert "can only be granted on a whole workspace" in plan.problem


def test_preflight_names_the_missing_azure_role_before_azure_refuses_the_attach(scene: Scene) -> None:
    scene.box.world.denied.add("Microsoft.MachineLearningServices/workspaces/computes/*")
    scene.box.faults.add(Rule(Forbidden(), "PUT", "/computes/"))
    operation = scene.run(scene.attachment())
    assert ("preflight", "the attach will fail") in steps(operation)
    assert "for the role AzureML Compute Operator or Contributor" in words(operation)
    assert failure(operation).problem.status == 403


@pytest.mark.parametrize(
    ("actions", "not_actions", "is_allowed"),
    [
        (("*",), (), True),
        (("*",), ("microsoft.machinelearningservices/workspaces/computes/*",), False),
        (("*",), ("*/delete", "Microsoft.Authorization/*/write"), True),
        (("*/read",), (), False),
        (("Microsoft.MachineLearningServices/workspaces/*/write",), (), True),
        ((), (), False),
    ],
)
def test_wildcard_actions_are_interpreted_as_in_azure(
    actions: tuple[str, ...], not_actions: tuple[str, ...], is_allowed: bool
) -> None:
    assert Permission(actions, not_actions).allows(ATTACH) is is_allowed
    assert allowed([Permission(actions, not_actions), Permission(("*",))], ATTACH)
