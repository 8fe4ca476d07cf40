"""Plans of each kind run in one simulated Azure by the program, and as exported az commands in another."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.az_program import AzProgram
from tests.support.jitter import even
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.cloud.mapping import compute_from
from tui.domain.attachment import Attachment
from tui.domain.exports.az import commands
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Operation
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import pool_body
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, Outcome, Rule
from tui.sandbox.names import identity_id, spark_pool_id
from tui.sandbox.transport import SandboxCredential, SandboxTransport

OLD = "bbbbbbbb-0000-4000-8000-000000000003"


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
        """The writes it received, in order; a Synapse role is named by its principal, because its id is generated."""
        return [_write(one.method, one.url, one.body) for one in self.box.log if one.method in ("PUT", "DELETE")]

    def state(self) -> tuple[Any, ...]:
        """The state that a plan can change."""
        computes = {one["name"]: _essence(one) for one in self.box.world.computes}
        pools = {
            one["id"]: (pool_body(one), one["properties"]["provisioningState"]) for one in self.box.world.spark_pools
        }
        identities = {one["id"]: (one["location"], one["tags"]) for one in self.box.world.identities}
        held = self.box.world.roles.of("syn-prod")
        azure_roles = {
            one["id"]: [one["properties"][key] for key in ("principalId", "principalType", "roleDefinitionId")]
            for one in self.box.world.azure_roles
        }
        return (
            computes,
            pools,
            identities,
            {(one["principalId"], one["roleDefinitionId"], one["scope"]) for one in held},
            azure_roles,
        )


def _write(method: str, url: str, body: Any) -> tuple[str, str]:
    path = urlsplit(url).path
    # The id of an Azure role's assignment is part of the plan.
    if "/roleAssignments/" in path and "/providers/" not in path and method == "PUT":
        return method, f"role of {body['principalId']}"
    return method, path.lower()


def _essence(compute: Mapping[str, Any]) -> Any:
    properties = compute["properties"] or {}
    kept = {key: properties.get(key) or None for key in ("description", "disableLocalAuth", "resourceId")}
    identity = compute.get("identity") or {}
    assigned = sorted(key.lower() for key in identity.get("userAssignedIdentities") or {})
    kind = identity.get("type") if identity.get("type") != "None" else None
    return kept, kind, assigned, compute.get("tags") or {}, properties.get("provisioningState")


Make = Callable[[Azure], list[Request]]


def attach(azure: Azure, kind: IdentityKind, *names: str, name: str = "fresh") -> Attachment:
    choice = IdentityChoice(kind, tuple(map(azure.identity, names)))
    tags = {"team": "data", "it's": 'a "tag" $(id) `id`'}
    return Attachment(azure.workspace, name, azure.pool("adhocpool"), choice, "Nightly: #1", tags, ADMINISTRATOR)


_REFUSED = Answer(403, "AuthorizationFailed", "The client does not have authorization.")
_AT_ONCE = ("roleassignments", "userassignedidentities")
"""The resources that Azure writes at once, in the paths of writes."""


@dataclass(frozen=True)
class Ran:
    """The result of one plan in one Azure.

    Attributes:
        writes: The writes, in order; sorted where the steps of the plan run in parallel.
        state: The state of that Azure afterwards.
    """

    writes: list[tuple[str, str]]
    state: tuple[Any, ...]


def applied(plan: Make, *rules: Rule) -> Ran:
    """Apply a plan in an Azure of its own, with faults."""
    azure = Azure()
    for rule in rules:
        azure.box.faults.add(rule)
    requests = plan(azure)
    azure.run(Plan.of(requests))
    return _ran(azure, requests)


def exported(folder: Path, plan: Make, *rules: Rule, shell: str = "sh") -> tuple[Ran, int]:
    """Run the exported az commands of a plan in an Azure of their own, with faults; also returns the exit status."""
    azure = Azure()
    for rule in rules:
        azure.box.faults.add(rule)
    requests = plan(azure)
    folder.mkdir()
    with AzProgram(folder, azure.box) as program:
        done = program.run(commands(Plan.of(requests)), shell)
    assert program.mistakes == []
    assert list(program.home.iterdir()) == [], "nothing is left in the folder of the user"
    return _ran(azure, requests), done.returncode


def check_same(folder: Path, plans: Mapping[str, Make], name: str) -> None:
    """Check that the az commands of a plan send the same writes as the plan, with the same result."""
    wanted = applied(plans[name])
    # sh and bash take turns, because both must accept every form of the commands.
    shell = ("sh", "bash")[list(plans).index(name) % 2]
    assert exported(folder / shell, plans[name], shell=shell) == (wanted, 0)


def check_stops(folder: Path, plan: Make) -> None:
    """Check that the az commands of a plan stop where the plan stops, for a refusal or a failure of each write."""
    cases = list(_failing(plan))
    assert cases
    for number, (case, rule) in enumerate(cases):
        found, status = exported(folder / str(number), plan, rule)
        assert status != 0, case
        assert found == applied(plan, rule), case


def _ran(azure: Azure, requests: list[Request]) -> Ran:
    writes = azure.writes()
    return Ran(sorted(writes) if len(requests) > 1 else writes, azure.state())


def _failing(plan: Make) -> Iterator[tuple[str, Rule]]:
    """A refusal of each write of a plan, and a later failure of each long-running write."""
    granted, is_parallel = 0, len(plan(Azure())) > 1
    for method, target in applied(plan).writes:
        if target.startswith("role of"):
            # Where steps run in parallel, the order of their grants is not fixed.
            if not is_parallel:
                yield f"{target} is refused", Rule(_REFUSED, method, "/roleAssignments/", after=granted, times=None)
            granted += 1
            continue
        yield f"{method} {target} is refused", Rule(_REFUSED, method, f"{re.escape(target)}$", times=None)
        if not is_parallel and not any(f"/{one}/" in target for one in _AT_ONCE):
            rule = Rule(Outcome("Failed", "Refused", "No."), method, f"{re.escape(target)}$", times=None)
            yield f"{method} {target} fails later", rule
