"""Programs that share a state folder and a simulated Azure, and can be made to die between two events."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.patience import PATIENCE_SECONDS
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import Operation
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove, roles_to_remove
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.spark import AutoPause, SparkPool
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox import role_assignments as sandbox_roles
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.names import spark_pool_id
from tui.sandbox.transport import SandboxCredential, SandboxTransport


class Killed(BaseException):
    """The program dies here; its code must not catch this."""


class DyingJournal(Journal):
    """A journal whose program dies just before or just after one of its records is stored.

    Args:
        folder: The state folder.
        at: The record at which the program dies, counted from 0; -1 for never.
        kept: Whether that record is stored.
        die: Called when the program dies.
    """

    def __init__(self, folder: Path, at: int, *, kept: bool, die: Callable[[], None]) -> None:
        super().__init__(folder)
        self._left = at
        self._kept = kept
        self._die = die

    def record(self, operation: Operation) -> None:
        self._left -= 1
        if self._left != -1:
            super().record(operation)
            return
        if self._kept:
            super().record(operation)
        self._die()
        raise Killed


class Program:
    """The worker layer of one program.

    Args:
        place: The state folder and Azure that it shares with other programs.
        at: The record at which it dies; -1 for never.
        kept: Whether that record is stored.
    """

    def __init__(self, place: "Place", at: int = -1, *, kept: bool = True) -> None:
        self.place = place
        self.died = False
        self.changed = threading.Condition()
        self.operations = Operations(
            place.connect, place.clock, lambda: DyingJournal(place.folder, at, kept=kept, die=self._die)
        )
        self.operations.listen(self._tell)

    def _tell(self, _: Operation) -> None:
        with self.changed:
            self.changed.notify_all()

    def _die(self) -> None:
        with self.changed:
            self.died = True
            self.changed.notify_all()

    def wait_for(self, operation_id: int) -> Operation:
        """Wait until an operation has ended, and return it."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.one(operation_id).end is not None, PATIENCE_SECONDS)
        return self.one(operation_id)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until an event has made a condition true."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_SECONDS)

    def wait_for_death(self) -> bool:
        """Wait until it dies, and return whether it did; False if its operations ended first."""
        with self.changed:
            assert self.changed.wait_for(
                lambda: self.died or not self.operations.running(),
                PATIENCE_SECONDS,
            )
        return self.died

    def one(self, operation_id: int) -> Operation:
        return self.operations.operation(operation_id)

    def begin(self, request: Request) -> Operation:
        (operation,) = self.operations.apply(Plan.of([request]))
        assert isinstance(operation, Operation), operation
        return operation

    def recalled(self) -> tuple[Operation, ...]:
        """Read the journal, and return the operations."""
        done = threading.Event()
        self.operations.recall(done.set)
        assert done.wait(PATIENCE_SECONDS)
        return self.operations.operations()


class Place:
    """A state folder and a simulated Azure that outlive the programs.

    Args:
        folder: The state folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock)
        self.default = self.box.world.default
        self.workspace = Workspace(ml_workspace_id(*self.default), "eastus2")
        self.pool = ResourceId.parse(spark_pool_id(self.default.subscription_id, "rg-data", "syn-prod", "adhocpool"))

    def connect(self) -> AzureCloud:
        return AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), caller=ANA)

    @contextmanager
    def program(self, at: int = -1, *, kept: bool = True) -> Iterator[Program]:
        program = Program(self, at, kept=kept)
        program.operations.start()
        try:
            yield program
        finally:
            program.operations.stop()

    @property
    def attachment(self) -> Attachment:
        return Attachment(self.workspace, "adhoc", self.pool, IdentityChoice(IdentityKind.SYSTEM))

    @property
    def chain(self) -> Attachment:
        return Attachment(self.workspace, "adhoc", self.pool, IdentityChoice(IdentityKind.SYSTEM), role=ADMINISTRATOR)

    def compute(self, name: str) -> Compute:
        """A compute, as Azure shows it."""
        target = self.workspace.id.child("computes", name)
        # In its own thread, because some tests already run an event loop here.
        with self.program() as program, ThreadPoolExecutor(1) as thread:
            reading = program.operations.call(lambda azure: azure.compute(target))
            return thread.submit(asyncio.run, reading).result(PATIENCE_SECONDS)

    def detachment(self, name: str = "etl-prod") -> Detachment:
        return Detachment(self.compute(name))

    def detachment_with_roles(self, name: str = "etl-prod") -> Detachment:
        """A detach that removes the roles of the compute's identities on its pool."""
        compute = self.compute(name)
        assert compute.attached_to is not None
        pool = compute.attached_to
        held = tuple(
            RoleAssignment(one["id"], one["roleDefinitionId"], one["principalId"], RoleScope.parse(one["scope"]))
            for one in self.box.world.roles.of("syn-prod")
        )
        own, shared = roles_to_remove(compute, pool, held)
        synapse = SynapseWorkspace(pool.parent, dev_endpoint=f"https://{pool.parent.name}.dev.azuresynapse.net")
        return Detachment(compute, roles=RoleChange(synapse, pool, removals=(*own, *shared), compute=compute.id))

    def change(self, name: str = "etl-prod") -> ComputeEdit:
        """A change of tags."""
        return ComputeEdit(self.compute(name), Edit(tags={"owner": "ana"}))

    def spark_pool(self) -> SparkPool:
        """The Spark pool, as Azure shows it."""
        with self.program() as program, ThreadPoolExecutor(1) as thread:
            reading = program.operations.call(lambda azure: azure.spark_pool(self.pool))
            return thread.submit(asyncio.run, reading).result(PATIENCE_SECONDS)

    def pool_change(self) -> PoolChange:
        """A change of the Spark pool's auto-pause and tags."""
        return PoolChange(self.spark_pool(), PoolEdit(auto_pause=AutoPause(True, 45), tags={"owner": "ana"}))

    @property
    def pool_creation(self) -> PoolCreation:
        """A new Spark pool beside it."""
        return PoolCreation(SynapseWorkspace(self.pool.parent, "eastus2"), "newpool")

    @property
    def identity_creation(self) -> IdentityCreation:
        """A new identity beside the others."""
        return IdentityCreation(self.default.subscription_id, "rg-ml", "id-new", "eastus2", {"team": "data"})

    @property
    def storage_grants(self) -> AzureGrants:
        """What an identity of an attached pool lacks on the data lake."""
        found = next(one for one in self.box.world.identities if one["name"] == "id-churn-b")
        principal = Principal(
            _principal(found), found["name"], "user-assigned identity", source=ResourceId.parse(found["id"])
        )
        lake = next(one["id"] for one in self.box.world.storage_accounts if one["name"] == "synprodlake")
        guids = (f"{number}4444444-4444-4444-8444-444444444444" for number in range(2))
        grants = (
            AzureGrant(guid, role, principal)
            for guid, role in zip(guids, (BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR), strict=True)
        )
        return AzureGrants(ResourceId.parse(lake), tuple(grants), self.workspace.id.child("computes", "churn"))

    def move(self, name: str = "churn-old") -> ComputeEdit:
        """A change to a system-assigned identity, which is then granted the role."""
        compute = self.compute(name)
        assert compute.attached_to is not None
        pool = compute.attached_to
        synapse = SynapseWorkspace(pool.parent, dev_endpoint=f"https://{pool.parent.name}.dev.azuresynapse.net")
        move = RoleMove(synapse, pool, ADMINISTRATOR, mints=True)
        return ComputeEdit(compute, Edit(identity=IdentityChoice(IdentityKind.SYSTEM)), move)

    def roles(self) -> RoleChange:
        """A grant and a removal on the pool."""
        synapse = SynapseWorkspace(
            self.pool.parent, dev_endpoint=f"https://{self.pool.parent.name}.dev.azuresynapse.net"
        )
        scope = RoleScope.of_pool(self.pool)
        one, other, *_ = self.box.world.identities
        stored = self.box.world.roles.grant("syn-prod", sandbox_roles.Grant(_principal(one), str(scope)))
        old = RoleAssignment(stored["id"], stored["roleDefinitionId"], stored["principalId"], scope)
        new = Grant(
            "22222222-2222-4222-8222-222222222222",
            ADMINISTRATOR,
            Principal(_principal(other), other["name"], "user-assigned identity"),
            scope,
        )
        return RoleChange(synapse, self.pool, (new,), (Removal(old, one["name"]),))

    @property
    def writes(self) -> list[str]:
        """Every write of a compute that Azure has seen."""
        return [one.method for one in self.box.log if one.method in ("PUT", "DELETE") and "/computes/" in one.url]

    @property
    def removals(self) -> int:
        """How many removals of roles Synapse has seen."""
        return sum(one.method == "DELETE" and "/roleAssignments/" in one.url for one in self.box.log)

    @property
    def grant_ids(self) -> list[str]:
        """The ids of every grant that Synapse, or Azure, has seen."""
        marker = "/roleAssignments/"
        return [
            one.url.partition(marker)[2].partition("?")[0]
            for one in self.box.log
            if one.method == "PUT" and marker in one.url
        ]

    @property
    def holders(self) -> list[str]:
        """The principals that hold a role on the pool, once for each role."""
        scope = str(RoleScope.of_pool(self.pool))
        return [one["principalId"] for one in self.box.world.roles.of("syn-prod") if one["scope"] == scope]


def _principal(identity: Mapping[str, Any]) -> str:
    return str(identity["properties"]["principalId"])
