"""Every operation meets every fault of `tests/support/fault_matrix.py`, through the real SDK pipeline."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from azure.core.credentials import AccessTokenInfo, TokenRequestOptions
from azure.identity import CredentialUnavailableError

from tests.support.fault_matrix import (
    CASES,
    RETRY_AFTER,
    SUBJECTS,
    UNREADABLE,
    WAITS,
    Case,
    Cell,
    Meets,
    Sign,
    Subject,
    cells,
    why_not,
)
from tests.support.jitter import even
from tests.support.patience import PATIENCE_SECONDS
from tests.support.sampling import WHOLE
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR
from tui.domain.azure_scope import AzureScope
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import Failed, Operation, Progress, Succeeded, Unwatched, Waited
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.ports import AzureReads, Listing, Page, RequestWait
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.spark import AutoPause, SparkPool
from tui.domain.synapse_network import NetworkSettings
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.listings import pool_roles, single
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Outcome as LongRunning
from tui.sandbox.faults import Rule, Stuck
from tui.sandbox.role_assignments import Grant as HeldRole
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.ui.attach.form import Form

LONGEST_SECONDS = 1800.0
"""The longest that a cell may take, in virtual time, unless its fault never ends."""
MOST_REQUESTS = 120
HOUR = 3600.0
MOST_POLLS_IN_AN_HOUR = 120

ALL = tuple(cells())
STUCK = tuple(cell for cell in ALL if isinstance(cell.case.fault, Stuck))
READ_IN_FULL = {"list-computes", "show-compute", "list-roles"}
"""A list and a resource of Resource Manager, and a list of the data plane; other reads meet a third of the faults."""


def is_tried(cell: Cell) -> bool:
    """Whether a cell runs: every write, and a share of the reads that differ from others in their address only."""
    if WHOLE or cell.subject.meets is not Meets.READ or cell.subject.id in READ_IN_FULL:
        return True
    return (SUBJECTS.index(cell.subject) + CASES.index(cell.case)) % 3 == 0


ENDING = tuple(cell for cell in ALL if cell not in STUCK and is_tried(cell))

_NO_WORDS_FOR_PEOPLE = re.compile(r"\b[A-Z]\w+Error\b|Traceback|<html|object at 0x|\n\n|None\b")


class Unable(SandboxCredential):
    """Refuses claims, as the Azure CLI credential does."""

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Raise an error that says how to sign in again if claims are requested."""
        if options and options.get("claims"):
            raise CredentialUnavailableError(
                "This credential doesn't support claims challenges. To authenticate with the required claims, please "
                'run the following command: az login --claims-challenge "eyJhIjoxfQ=="'
            )
        return await super().get_token_info(*scopes, options=options)


class Outcome:
    """What the user was shown for a read or a write.

    Attributes:
        problems: The errors.
        items: The items read.
        waits: The length of each wait shown, in seconds.
        operation: The record of the write; None for a read.
    """

    def __init__(self, heard: list[Page[Any] | RequestWait | Problem], operation: Operation | None = None) -> None:
        self.operation = operation
        self.problems: list[Problem] = []
        self.items: list[Any] = []
        self.waits: list[float] = []
        for told in (*heard, *(operation.events if operation else ())):
            match told:
                case Page(items=items):
                    self.items += items
                case RequestWait(seconds=seconds):
                    self.waits.append(seconds)
                case Waited(at=at, until=until):
                    self.waits.append((until - at).total_seconds())
                case Problem() | Failed():
                    self.problems.append(told.problem if isinstance(told, Failed) else told)


class Scene:
    """Operations against a sandbox, set up for one cell.

    Args:
        subject: The operation to run.
        sign: How the credential responds to a claims challenge.
    """

    def __init__(self, subject: Subject, sign: Sign) -> None:
        self.subject = subject
        self.clock = VirtualClock()
        # Chains run with realistic delays of identities and grants.
        is_slow = subject.id.startswith("chain")
        self.box = Sandbox(
            clock=self.clock,
            choices=Choices(identity_shown_after=60.0 * is_slow),
            grant_seconds=150.0 * is_slow,
            principal_seconds=90.0 * is_slow,
        )
        credential = SandboxCredential() if sign is Sign.MEETS else Unable()
        self.operations = Operations(
            lambda: AzureCloud(credential, transport=SandboxTransport(self.box), caller=ANA, jitter=even),
            self.clock,
            Journal,
        )
        self.ended = threading.Event()
        self.operations.listen(lambda operation: self.ended.set() if operation.end is not None else None)
        self.workspace = Workspace(ml_workspace_id(*self.box.world.default), "eastus2")
        self.etl = self.workspace.id.child("computes", "etl-prod")
        self.pool = next(
            ResourceId.parse(one["id"])
            for one in self.box.world.spark_pools
            if one["id"].lower().endswith("/workspaces/syn-prod/bigdatapools/adhocpool")
        )
        self.synapse = SynapseWorkspace(
            self.pool.parent, dev_endpoint=f"https://{self.pool.parent.name}.dev.azuresynapse.net"
        )
        private = self.box.world.synapse_workspace_named("syn-private")
        assert private is not None
        self.private = SynapseWorkspace(ResourceId.parse(private["id"]))
        self.scope = RoleScope.of_pool(self.pool)
        found = next(one for one in self.box.world.identities if one["name"] == "id-reporting")
        self.identity = ResourceId.parse(found["id"])
        self.reporting = Principal(found["properties"]["principalId"], "id-reporting", "user-assigned identity")
        accounts = (ResourceId.parse(one["id"]) for one in self.box.world.storage_accounts)
        self.lake = next(one for one in accounts if one.name == "synprodlake")
        self.assignment: RoleAssignment | None = None
        if subject.id == "role-delete":
            held = self.box.world.roles.grant("syn-prod", HeldRole(self.reporting.object_id, str(self.scope)))
            self.assignment = RoleAssignment(held["id"], ADMINISTRATOR.id, self.reporting.object_id, self.scope)

    def meet(self, case: Case) -> None:
        """Make the subject's request meet the fault."""
        subject = self.subject
        self.box.faults.add(Rule(case.fault, subject.method, subject.path, subject.after, None if case.lasts else 1))

    def heal(self) -> None:
        """Remove all faults and let Azure finish its running operations."""
        self.box.faults.clear()
        self.clock.advance(LONGEST_SECONDS)

    # Running

    def run(self) -> Outcome:
        """Run the subject and wait for its end."""
        request = self._request()
        return self.read(self._reads()[self.subject.id]) if request is None else self.write(request)

    def again(self, first: Outcome) -> Outcome:
        """Repeat it as the user would: the remaining steps, or the same request based on what Azure shows now."""
        end = first.operation.end if first.operation else None
        request = end.rest if isinstance(end, Failed) and end.rest is not None else self._request()
        if isinstance(request, Attachment):
            form = Form.of(request)
            problem, _ = form.check_name(self.read(self._reads()["list-computes"]).items)
            assert problem == ""
            request = form.request
        if request is None:
            return self.run()
        is_idle = not Plan.of([request]).to_send or self._is_detached(request) or self._is_created(request)
        outcome = Outcome([]) if is_idle else self.write(request)
        if not outcome.problems and self.subject.id.startswith("chain") and self.is_attached_without_role():
            # The key that fixes a compute without its role.
            return self.write(self._grant(Principal(self._principal(), "adhoc", "system-assigned identity")))
        return outcome

    def read(self, begin: Callable[[AzureReads], Listing[Any]]) -> Outcome:
        """Read and wait for the end."""
        heard: list[Page[Any] | RequestWait | Problem] = []

        async def read() -> None:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    pages = self.operations.pages(begin, heard.append)
                    while (page := await anext(pages, None)) is not None:
                        heard.append(page)
            except Problem as problem:
                heard.append(problem)

        asyncio.run(read())
        return Outcome(heard)

    def begin(self, request: Request) -> Operation:
        """Begin a write."""
        self.ended.clear()
        (operation,) = self.operations.apply(Plan.of([request]))
        assert isinstance(operation, Operation)
        return operation

    def write(self, request: Request) -> Outcome:
        """Write and wait for the end."""
        operation = self.begin(request)
        assert self.ended.wait(PATIENCE_SECONDS), "it hangs"
        return Outcome([], self.operations.operation(operation.id))

    def _reads(self) -> dict[str, Callable[[AzureReads], Listing[Any]]]:
        subscription = self.workspace.id.subscription
        return {
            "list-computes": lambda azure: azure.computes(self.workspace.id),
            "show-compute": lambda azure: single(azure.compute(self.etl)),
            "list-roles": lambda azure: pool_roles(azure, self.pool),
            "pick-subscription": lambda azure: azure.subscriptions(),
            "pick-workspace": lambda azure: azure.workspaces(subscription),
            "pick-synapse-workspace": lambda azure: azure.synapse_workspaces(subscription),
            "pick-pool": lambda azure: azure.spark_pools(self.pool.parent),
            "pick-identity": lambda azure: azure.identities(subscription),
            "show-identity": lambda azure: single(azure.identity(self.identity)),
            "show-network": lambda azure: single(azure.network_settings(self.private.id)),
            "list-firewall-rules": lambda azure: azure.firewall_rules(self.private.id),
            "list-azure-roles": lambda azure: azure.azure_role_assignments(AzureScope.of(self.lake)),
            "list-private-endpoints": lambda azure: azure.private_endpoints(NetworkSettings(self.private, "default")),
        }

    def _request(self) -> Request | None:
        name = self.subject.id
        if name == "new-identity":
            return IdentityCreation(self.identity.subscription, self.identity.resource_group, "id-new", "eastus2")
        if name.startswith(("attach", "chain")):
            role = ADMINISTRATOR if name.startswith("chain") else None
            return Attachment(self.workspace, "adhoc", self.pool, IdentityChoice(IdentityKind.SYSTEM), role=role)
        if name.startswith(("identity-change", "detach")):
            shown = self._shown(self.etl)
            if name.startswith("detach"):
                return Detachment(shown)
            return ComputeEdit(shown, Edit(identity=IdentityChoice(IdentityKind.USER, (self.identity,))))
        return self._pool_request() if name.startswith("pool") else self._role_request()

    def _pool_request(self) -> Request:
        if self.subject.id.startswith("pool-change"):
            return PoolChange(self._shown_pool(), PoolEdit(auto_pause=AutoPause(True, 45)))
        return PoolCreation(replace(self.synapse, location="eastus2"), "newpool")

    def _role_request(self) -> Request | None:
        if self.subject.id == "role-create":
            return self._grant(self.reporting)
        if self.subject.id.startswith("storage"):
            return AzureGrants(self.lake, (AzureGrant(str(uuid4()), BLOB_DATA_CONTRIBUTOR, self.reporting),))
        if self.assignment is not None:
            return RoleChange(self.synapse, self.pool, (), (Removal(self.assignment, "id-reporting"),))
        return None

    def _grant(self, principal: Principal) -> RoleChange:
        return RoleChange(self.synapse, self.pool, (Grant(str(uuid4()), ADMINISTRATOR, principal, self.scope),))

    def _shown(self, compute: ResourceId) -> Compute:
        from tui.cloud.mapping import compute_from

        return compute_from(self.box.world.computes.get(str(compute)) or {"id": str(compute), "name": compute.name})

    def _shown_pool(self) -> SparkPool:
        from tui.cloud.mapping import spark_pool_from

        pool = spark_pool_from(self.box.world.spark_pools.get(str(self.pool)))
        assert pool is not None
        return pool

    def _is_created(self, request: Request) -> bool:
        if isinstance(request, IdentityCreation):
            return self._has_new_identity()
        return isinstance(request, PoolCreation) and self._pool_state("newpool") == "Succeeded"

    def _has_new_identity(self) -> bool:
        return any(one["name"] == "id-new" for one in self.box.world.identities)

    def _is_detached(self, request: Request) -> bool:
        return isinstance(request, Detachment) and self.box.world.computes.get(str(request.id)) is None

    # Results

    @property
    def accepted(self) -> list[str]:
        """The writes that Azure accepted."""
        return [f"{entry.method} {entry.url.split('?')[0].rsplit('/', 1)[1]}" for entry in self.box.accepted]

    def is_done(self) -> bool:
        """Whether the world is in the intended state."""
        name = self.subject.id
        if name.startswith(("attach", "chain")):
            is_granted = not name.startswith("chain") or self._principal() in self._holders()
            return self._state("adhoc") == "Succeeded" and bool(self._principal()) and is_granted
        if name.startswith("identity-change"):
            identity = (self.box.world.computes.get(str(self.etl)) or {}).get("identity") or {}
            return self._state("etl-prod") == "Succeeded" and identity.get("type") == "UserAssigned"
        if name.startswith("pool-change"):
            pause = self._shown_pool().settings.auto_pause
            return self._pool_state("adhocpool") == "Succeeded" and pause is not None and pause.delay == 45
        if name.startswith(("pool-creation", "new-identity")):
            return self._has_new_identity() if name == "new-identity" else self._pool_state("newpool") == "Succeeded"
        if name.startswith("detach"):
            return self.box.world.computes.get(str(self.etl)) is None
        return self._has_roles(name)

    def _has_roles(self, name: str) -> bool:
        """Whether the world is in the state that a change of roles intends."""
        if name.startswith("storage"):
            return self._may_use_lake()
        holds = self._holders().count(self.reporting.object_id)
        return holds == (1 if name == "role-create" else 0)

    def is_untouched(self) -> bool:
        """Whether the world is unchanged."""
        name = self.subject.id
        if name.startswith(("attach", "chain")):
            return self._state("adhoc") is None
        if name.startswith("identity-change"):
            identity = (self.box.world.computes.get(str(self.etl)) or {}).get("identity") or {}
            return self._state("etl-prod") == "Succeeded" and identity.get("type") != "UserAssigned"
        if name.startswith("detach"):
            return self._state("etl-prod") == "Succeeded"
        if name.startswith("pool-creation"):
            return self._pool_state("newpool") is None
        return not self.is_done()

    def states(self) -> list[str]:
        """The states of the computes and Spark pools that are not Succeeded."""
        pools = (self._pool_state("adhocpool"), self._pool_state("newpool"))
        known = (self._state("adhoc"), self._state("etl-prod"), *pools)
        return [state for state in known if state not in (None, "Succeeded")]

    def is_attached_without_role(self) -> bool:
        """Whether a chain is half done: attached, but without its role."""
        return self._state("adhoc") == "Succeeded" and self._principal() not in self._holders()

    def _state(self, name: str) -> str | None:
        compute = self.box.world.computes.get(f"{self.workspace.id}/computes/{name}")
        return str(compute["properties"]["provisioningState"]) if compute else None

    def _pool_state(self, name: str) -> str | None:
        pool = self.box.world.spark_pools.get(f"{self.pool.parent}/bigDataPools/{name}")
        return str(pool["properties"]["provisioningState"]) if pool else None

    def _principal(self) -> str:
        compute = self.box.world.computes.get(f"{self.workspace.id}/computes/adhoc") or {}
        return str((compute.get("identity") or {}).get("principalId") or "")

    def _may_use_lake(self) -> bool:
        return any(
            (one["properties"]["principalId"], one["properties"]["scope"]) == (self.reporting.object_id, str(self.lake))
            for one in self.box.world.azure_roles
        )

    def _holders(self) -> list[str]:
        return [one["principalId"] for one in self.box.world.roles.of("syn-prod") if one["scope"] == str(self.scope)]


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    cell: Cell = request.getfixturevalue("cell")
    scene = Scene(cell.subject, cell.case.sign)
    scene.operations.start()
    yield scene
    scene.clock.release()
    scene.operations.stop()


def statuses(outcome: Outcome) -> list[str]:
    """The statuses that a write reported, in order."""
    events = outcome.operation.events if outcome.operation else ()
    return [event.status for event in events if isinstance(event, Progress)]


def is_clear(problem: Problem) -> None:
    """Check that an error says what happened, why, and what to do, in plain words."""
    assert problem.kind is not ProblemKind.INTERNAL, problem.report
    half = r"adhoc is attached, and (?:its role is missing|whether its role is granted is unknown)\. [A-Z]"
    assert re.match(rf"[A-Z]|{half}", problem.title), problem.title
    assert problem.title.endswith(".")
    assert problem.advice.endswith((".", '"')), problem.advice
    assert problem.cause
    assert not _NO_WORDS_FOR_PEOPLE.search(f"{problem.title} {problem.cause} {problem.advice}"), problem.report


def is_survived(cell: Cell, scene: Scene, outcome: Outcome) -> None:
    """Check that the request was carried out despite the fault, and that nothing unverified is reported as verified."""
    if cell.subject.meets is Meets.READ:
        assert outcome.items
        return
    assert outcome.operation is not None
    assert isinstance(outcome.operation.end, Succeeded)
    assert scene.is_done()
    if cell.subject.id == "chain-verify":
        is_unproved = cell.case.lasts or cell.case.id in UNREADABLE
        assert statuses(outcome)[-1] == ("granted, not verified" if is_unproved else "verified")


@pytest.mark.parametrize("cell", ENDING, ids=lambda cell: cell.id)
def test_each_operation_survives_each_fault_or_fails_clearly_and_can_be_repeated(
    cell: Cell, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    scene.meet(cell.case)
    outcome = scene.run()

    # One clear error, or none.
    kinds = [problem.kind for problem in outcome.problems]
    assert kinds == ([] if cell.expected.problem is None else [cell.expected.problem]), outcome.problems[:1]
    for problem in outcome.problems:
        is_clear(problem)
    assert not caplog.records
    # Never two writes for one intent, and no unreported write.
    assert len(scene.accepted) == cell.taken, scene.accepted
    # Time and requests are bounded, and waits are shown.
    assert scene.clock.monotonic() <= LONGEST_SECONDS
    assert len(scene.box.log) <= MOST_REQUESTS
    if cell.case.id in WAITS:
        assert outcome.waits
    if cell.case.id == "429-with-retry-after":
        assert max(outcome.waits) >= RETRY_AFTER

    scene.heal()
    scene.read(scene._reads()["list-computes"])  # Azure finishes due operations at the next request
    if cell.expected.problem is None:
        is_survived(cell, scene, outcome)
        return
    if cell.taken == 0 and cell.subject.writes:
        assert scene.is_untouched()
    if cell.subject.meets is Meets.REST:
        assert scene.is_done()
    if isinstance(cell.case.fault, LongRunning):
        assert scene.states() == [cell.case.fault.status]
    if cell.taken == 1 and cell.subject.writes == 2 and cell.subject.meets is not Meets.SEND:
        assert scene.is_attached_without_role()

    # Repeating it succeeds without extra writes.
    again = scene.again(outcome)
    assert again.problems == []
    assert len(scene.accepted) <= cell.taken + cell.subject.writes
    if cell.subject.meets is Meets.READ:
        assert again.items
    else:
        assert scene.is_done()


@pytest.mark.parametrize("cell", STUCK, ids=lambda cell: cell.id)
def test_an_endless_operation_shows_how_long_nothing_changed_and_can_stop_being_watched(
    cell: Cell, scene: Scene
) -> None:
    waited_an_hour = threading.Event()

    def hold(operation: Operation) -> None:
        if scene.clock.monotonic() >= HOUR and not waited_an_hour.is_set():
            scene.clock.hold()
            waited_an_hour.set()

    scene.operations.listen(hold)
    scene.meet(cell.case)
    request = scene._request()
    assert request is not None
    operation = scene.begin(request)
    assert waited_an_hour.wait(PATIENCE_SECONDS)

    told = scene.operations.operation(operation.id)
    assert told.end is None
    last = told.last
    assert isinstance(last, Progress)
    minutes = re.search(r"no change for (\d+) min", last.note)
    assert minutes is not None, last
    assert 55 <= int(minutes[1]) <= 62
    polls = sum("OperationsStatus" in entry.url or "operationStatuses" in entry.url for entry in scene.box.log)
    assert 0 < polls <= MOST_POLLS_IN_AN_HOUR
    assert told.why_watched is None
    assert scene.operations.stop_watching(told)
    assert scene.ended.wait(PATIENCE_SECONDS)
    left = scene.operations.operation(operation.id)
    assert isinstance(left.end, Unwatched)
    requests = len(scene.box.log)
    scene.clock.release()
    scene.read(scene._reads()["show-compute"])
    assert len(scene.box.log) == requests + 1
    assert len(scene.accepted) == 1


def test_every_exclusion_from_the_matrix_has_a_reason() -> None:
    excluded = [(subject, case, why) for subject in SUBJECTS for case in CASES if (why := why_not(subject, case))]
    assert len(excluded) + len(ALL) == len(SUBJECTS) * len(CASES)
    assert all(why.endswith(".") for _, _, why in excluded)
