"""Exported az commands do what the plan does: they send the same writes, and stop or continue at the same step."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.az_program import AzProgram
from tests.support.jitter import even
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.cloud.mapping import compute_from
from tui.domain.attachment import Attachment
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.az import commands
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Operation
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.pool_change import pool_body
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, Outcome, Rule
from tui.sandbox.names import identity_id, spark_pool_id
from tui.sandbox.transport import SandboxCredential, SandboxTransport

PATIENCE_SECONDS = 20.0
FIRST, SECOND, OLD = (f"bbbbbbbb-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))


class Azure:
    """A simulated Azure, with one role that a plan can remove."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock)
        default = self.box.world.default
        self.subscription = default.subscription_id
        self.workspace = Workspace(ml_workspace_id(*default), "eastus2")
        self.box.world.roles.put(
            "syn-prod",
            {
                "id": OLD,
                "roleDefinitionId": ADMINISTRATOR.id,
                "principalId": self.principal("id-churn-b").object_id,
                "scope": str(RoleScope.of_pool(self.pool("churnpool"))),
                "principalType": "ServicePrincipal",
            },
        )

    def pool(self, name: str) -> ResourceId:
        return ResourceId.parse(spark_pool_id(self.subscription, "rg-data", "syn-prod", name))

    def synapse(self) -> SynapseWorkspace:
        workspace = self.pool("churnpool").parent
        return SynapseWorkspace(workspace, "eastus2", f"https://{workspace.name}.dev.azuresynapse.net")

    def identity(self, name: str) -> ResourceId:
        return ResourceId.parse(identity_id(self.subscription, "rg-ml", name))

    def principal(self, name: str) -> Principal:
        found = next(one for one in self.box.world.identities if one["name"] == name)
        return Principal(found["properties"]["principalId"], name, "user-assigned identity")

    def compute(self, name: str, **properties: Any) -> Any:
        found = next(one for one in self.box.world.computes if one["name"] == name)
        if properties:
            found = {**found, "properties": {**found["properties"], **properties}}
            self.box.world.computes.put(found)
        return compute_from(found)

    def grant(self, id_: str, name: str, pool: str) -> Grant:
        return Grant(id_, ADMINISTRATOR, self.principal(name), RoleScope.of_pool(self.pool(pool)))

    def removal(self) -> Removal:
        one = RoleAssignment(
            OLD, ADMINISTRATOR.id, self.principal("id-churn-b").object_id, RoleScope.of_pool(self.pool("churnpool"))
        )
        return Removal(one, "id-churn-b")

    def run(self, plan: Plan) -> None:
        """Apply the plan as the screens do, and wait until every operation has ended."""
        changed = threading.Condition()
        operations = Operations(
            lambda: AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), caller=ANA, jitter=even),
            self.clock,
            Journal,
        )

        def tell(_: Operation) -> None:
            with changed:
                changed.notify_all()

        operations.listen(tell)
        operations.start()
        try:
            operations.apply(plan)
            with changed:
                assert changed.wait_for(lambda: not operations.running(), PATIENCE_SECONDS)
        finally:
            operations.stop()

    def writes(self) -> list[tuple[str, str]]:
        """The writes it received, in order; a new role is named by its principal, because its id is generated."""
        return [_write(one.method, one.url, one.body) for one in self.box.log if one.method in ("PUT", "DELETE")]

    def state(self) -> tuple[Any, ...]:
        """The state that a plan can change."""
        computes = {one["name"]: _essence(one) for one in self.box.world.computes}
        pools = {
            one["id"]: (pool_body(one), one["properties"]["provisioningState"]) for one in self.box.world.spark_pools
        }
        identities = {one["id"]: (one["location"], one["tags"]) for one in self.box.world.identities}
        held = self.box.world.roles.of("syn-prod")
        return (
            computes,
            pools,
            identities,
            {(one["principalId"], one["roleDefinitionId"], one["scope"]) for one in held},
        )


def _write(method: str, url: str, body: Any) -> tuple[str, str]:
    path = urlsplit(url).path
    if "/roleAssignments/" in path and method == "PUT":
        return method, f"role of {body['principalId']}"
    return method, path.lower()


def _essence(compute: Mapping[str, Any]) -> Any:
    properties = compute["properties"] or {}
    kept = {key: properties.get(key) or None for key in ("description", "disableLocalAuth", "resourceId")}
    identity = compute.get("identity") or {}
    assigned = sorted(key.lower() for key in identity.get("userAssignedIdentities") or {})
    kind = identity.get("type") if identity.get("type") != "None" else None
    return kept, kind, assigned, compute.get("tags") or {}, properties.get("provisioningState")


def attach(azure: Azure, kind: IdentityKind, *names: str, name: str = "fresh") -> Attachment:
    choice = IdentityChoice(kind, tuple(map(azure.identity, names)))
    tags = {"team": "data", "it's": 'a "tag" $(id) `id`'}
    return Attachment(azure.workspace, name, azure.pool("adhocpool"), choice, "Nightly: #1", tags, ADMINISTRATOR)


def move(azure: Azure, *, mints: bool) -> RoleMove:
    grants = (azure.grant(FIRST, "id-adhoc", "churnpool"), azure.grant(SECOND, "id-scoring", "churnpool"))
    return RoleMove(azure.synapse(), azure.pool("churnpool"), ADMINISTRATOR, grants, mints, (azure.removal(),))


def changed(azure: Azure, kind: IdentityKind, **properties: Any) -> ComputeEdit:
    names = ("id-adhoc", "id-scoring") if kind.has_user else ()
    choice = IdentityChoice(kind, tuple(map(azure.identity, names)))
    return ComputeEdit(azure.compute("churn", **properties), Edit(identity=choice), move(azure, mints=kind.has_system))


def edited(azure: Azure, name: str, **properties: Any) -> ComputeEdit:
    return ComputeEdit(azure.compute(name, **properties), Edit(description="", tags={"owner": "ana", "team": None}))


def roles(azure: Azure) -> RoleChange:
    grants = (azure.grant(FIRST, "id-adhoc", "churnpool"), azure.grant(SECOND, "id-scoring", "churnpool"))
    return RoleChange(azure.synapse(), azure.pool("churnpool"), grants, (azure.removal(),))


def bare(azure: Azure, name: str) -> ComputeEdit:
    return ComputeEdit(azure.compute(name), Edit(identity=IdentityChoice(IdentityKind.NONE)))


Make = Callable[[Azure], list[Request]]
PLANS: dict[str, Make] = {
    "attach": lambda azure: [replace(attach(azure, IdentityKind.NONE), role=None)],
    "attach and grant": lambda azure: [attach(azure, IdentityKind.SYSTEM)],
    "attach with both and grant": lambda azure: [attach(azure, IdentityKind.SYSTEM_AND_USER, "id-adhoc", "id-scoring")],
    "identity with its roles": lambda azure: [changed(azure, IdentityKind.USER)],
    "identity that mints": lambda azure: [changed(azure, IdentityKind.SYSTEM)],
    "both that mint": lambda azure: [changed(azure, IdentityKind.SYSTEM_AND_USER)],
    "identity of one without local authentication": lambda azure: [
        changed(azure, IdentityKind.USER, disableLocalAuth=True)
    ],
    "failed attach sent again": lambda azure: [
        ComputeEdit(azure.compute("scoring"), Edit(identity=IdentityChoice(IdentityKind.SYSTEM)), role=ADMINISTRATOR)
    ],
    "no identity": lambda azure: [bare(azure, "churn")],
    "tags and description": lambda azure: [edited(azure, "churn")],
    "tags of one without local authentication": lambda azure: [edited(azure, "churn", disableLocalAuth=True)],
    "detach": lambda azure: [Detachment(azure.compute("churn"))],
    "roles": lambda azure: [roles(azure)],
    "several": lambda azure: [
        edited(azure, "etl-prod"),
        changed(azure, IdentityKind.USER),
        Detachment(azure.compute("churn-old")),
        attach(azure, IdentityKind.SYSTEM),
    ],
}

REFUSED = Answer(403, "AuthorizationFailed", "The client does not have authorization.")


@dataclass(frozen=True)
class Ran:
    """The result of one plan in one Azure.

    Attributes:
        writes: The writes, in order.
        state: The state of that Azure afterwards.
    """

    writes: list[tuple[str, str]]
    state: tuple[Any, ...]


def applied(plan: Make, *rules: Rule) -> Ran:
    azure = Azure()
    for rule in rules:
        azure.box.faults.add(rule)
    azure.run(Plan.of(plan(azure)))
    return Ran(azure.writes(), azure.state())


def exported(folder: Path, plan: Make, *rules: Rule, shell: str = "sh") -> tuple[Ran, int]:
    azure = Azure()
    for rule in rules:
        azure.box.faults.add(rule)
    folder.mkdir()
    with AzProgram(folder, azure.box) as program:
        done = program.run(commands(Plan.of(plan(azure))), shell)
    assert program.mistakes == []
    assert list(program.home.iterdir()) == [], "nothing is left in the folder of the user"
    return Ran(azure.writes(), azure.state()), done.returncode


def failing(plan: Make, *, is_parallel: bool = False) -> Iterator[tuple[str, Rule]]:
    """A refusal of each write of a plan, and a later failure of each long-running write."""
    granted = 0
    for method, target in applied(plan).writes:
        if target.startswith("role of"):
            # Where steps run in parallel, the order of their grants is not fixed.
            if not is_parallel:
                yield f"{target} is refused", Rule(REFUSED, method, "/roleAssignments/", after=granted, times=None)
            granted += 1
            continue
        yield f"{method} {target} is refused", Rule(REFUSED, method, f"{re.escape(target)}$", times=None)
        if "/roleassignments/" not in target and "/userassignedidentities/" not in target and not is_parallel:
            rule = Rule(Outcome("Failed", "Refused", "No."), method, f"{re.escape(target)}$", times=None)
            yield f"{method} {target} fails later", rule


def together(ran: Ran, *, is_parallel: bool) -> Any:
    """The writes of a plan, sorted if its steps run in parallel."""
    return sorted(ran.writes) if is_parallel else ran.writes


@pytest.mark.parametrize("plan", PLANS)
def test_the_az_commands_send_the_same_writes_as_the_plan(tmp_path: Path, plan: str) -> None:
    wanted = applied(PLANS[plan])
    is_parallel = plan == "several"
    # sh and bash take turns, because both must accept every form of the commands.
    shell = ("sh", "bash")[list(PLANS).index(plan) % 2]
    found, status = exported(tmp_path / shell, PLANS[plan], shell=shell)
    assert status == 0
    assert together(found, is_parallel=is_parallel) == together(wanted, is_parallel=is_parallel)
    assert found.state == wanted.state


@pytest.mark.parametrize("plan", PLANS)
def test_the_az_commands_stop_where_the_plan_stops(tmp_path: Path, plan: str) -> None:
    is_parallel = plan == "several"
    for number, (case, rule) in enumerate(failing(PLANS[plan], is_parallel=is_parallel)):
        wanted = applied(PLANS[plan], rule)
        found, status = exported(tmp_path / str(number), PLANS[plan], rule)
        assert status != 0, case
        assert together(found, is_parallel=is_parallel) == together(wanted, is_parallel=is_parallel), case
        assert found.state == wanted.state, case


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Answer(409, "RoleAssignmentAlreadyExists", "There is one."), "PUT", "/roleAssignments/"),
        Rule(Answer(400, "InvalidPrincipalId", "Not known."), "PUT", "/roleAssignments/", times=3),
        None,
    ],
    ids=["held already", "not known yet", "gone already"],
)
@pytest.mark.parametrize("plan", ["identity with its roles", "identity that mints", "roles"])
def test_the_az_commands_continue_where_the_plan_continues(tmp_path: Path, plan: str, rule: Rule | None) -> None:
    azure, other = Azure(), Azure()
    for one in (azure, other):
        if rule is None:
            one.box.world.roles.remove("syn-prod", OLD)
        else:
            one.box.faults.add(rule)
    azure.run(Plan.of(PLANS[plan](azure)))
    with AzProgram(tmp_path, other.box) as program:
        done = program.run(commands(Plan.of(PLANS[plan](other))))
    assert (done.returncode, done.stderr) == (0, "")
    assert other.state() == azure.state()


def test_the_az_commands_detach_a_compute_that_is_already_gone_without_an_error(tmp_path: Path) -> None:
    azure = Azure()
    plan = Plan.of(PLANS["detach"](azure))
    azure.box.world.computes.remove(str(plan.steps[0].target))
    with AzProgram(tmp_path, azure.box) as program:
        done = program.run(commands(plan))
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in program.commands] == ["ml compute detach"]


def test_az_commands_that_find_no_principal_stop_and_remove_no_role(tmp_path: Path) -> None:
    azure = Azure()
    plan = Plan.of(PLANS["identity that mints"](azure))
    with AzProgram(tmp_path) as program:
        program.run(commands(plan).replace("--query identity.principal_id", ""))
    assert [one.name for one in program.commands][-1] == "ml compute show"


@pytest.mark.parametrize("cloud", [PUBLIC, US_GOVERNMENT, CHINA], ids=lambda cloud: cloud.name)
def test_the_az_commands_select_their_cloud_first(tmp_path: Path, cloud: Any) -> None:
    azure = Azure()
    with AzProgram(tmp_path) as program:
        done = program.run(commands(Plan.of(PLANS["several"](azure)), cloud))
    assert (done.returncode, program.mistakes) == (0, [])
    first = program.commands[0]
    assert (first.name == "cloud set" and first["--name"] == cloud.name) is not cloud.is_public
    assert all(one.name != "cloud set" for one in program.commands[1:])


def test_az_commands_for_a_cloud_unknown_to_az_send_nothing(tmp_path: Path) -> None:
    azure = Azure()
    text = commands(Plan.of(PLANS["several"](azure)), CHINA).replace("az cloud set --name", "az cloud set --names")
    with AzProgram(tmp_path, azure.box) as program:
        assert program.run(text).returncode != 0
    assert azure.writes() == []
