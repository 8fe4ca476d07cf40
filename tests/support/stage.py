"""One app connected to one simulated Azure, and the requests that this Azure has received."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from tests.support.jitter import even
from tests.support.rest import watch
from tui.cloud.azure import AzureCloud
from tui.domain.constants import LIST_COLUMNS
from tui.domain.guard import Guard
from tui.domain.operation import Operation
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.workspaces import Recent
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.box import LoggedRequest, Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Rule
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, spark_pool_id
from tui.sandbox.seed import make_world
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.ui.app import SparkpoolApp
from tui.ui.key_guard import Pauses
from tui.ui.session import Location, Session

ANA = Principal(USER_OBJECT_ID, USER_NAME, "you")


@dataclass
class Stage:
    """One app connected to one simulated Azure.

    Attributes:
        pick: Whether the app starts with the picker.
        clock: The clock of both.
        size: How many computes the workspace has; None for the small default world.
        page_size: How many items one page of a list holds.
        choices: How Azure behaves where its behaviour has not been recorded.
        remember: Saves the opened workspaces.
        recent: The workspaces that were opened before.
        workspace: The workspace that the app starts with; None for that of the default world.
        spec_files: Spec files to open at the start.
        refresh: Seconds after which the list is read again; None for never.
        columns: The names of the columns of the list of computes.
        keys: The user's own keys.
        theme: The name of the theme.
        guard: Read-only mode and locks.
        azure: An existing simulated Azure; None to make one.
        journal: Opens the record of operations.
        resume: Whether interrupted operations are resumed at the start.
        save_bundle: Writes a support bundle.
        knows_names: Whether the names of subscriptions are known from an earlier run.
        settle: Seconds for which a screen that writes must be readable before its keys have an effect; 0 in most
            tests, which wait until it has been painted.
        alone: Seconds without another key that a key that confirms needs.
    """

    pick: bool = False
    clock: VirtualClock = field(default_factory=VirtualClock)
    size: int | None = None
    page_size: int = 100
    choices: Choices = field(default_factory=Choices)
    remember: Callable[[Sequence[Recent]], None] = lambda _: None
    recent: tuple[Recent, ...] = ()
    workspace: ResourceId | None = None
    spec_files: list[str] = field(default_factory=list)
    refresh: float | None = None
    columns: tuple[str, ...] = LIST_COLUMNS
    keys: Mapping[str, str] = field(default_factory=dict)
    theme: str = "sparkpool"
    guard: Guard = field(default_factory=Guard)
    azure: Sandbox | None = None
    journal: Callable[[], Journal] = Journal
    resume: bool = False
    save_bundle: Callable[[Operation, str], Path] | None = None
    knows_names: bool = True
    settle: float = 0.0
    alone: float = 0.0

    def __post_init__(self) -> None:
        if self.azure is None:
            self.azure = Sandbox(make_world(self.size), self.clock, choices=self.choices, page_size=self.page_size)
        self.operations = Operations(
            lambda: AzureCloud(
                SandboxCredential(),
                transport=SandboxTransport(self.box),
                caller=ANA,
                jitter=even,
                read_only=bool(self.guard.read_only),
            ),
            self.clock,
            self.journal,
            self.guard,
        )
        # Names as from an earlier run make every header complete from the first frame on.
        names = {one["subscriptionId"]: one["displayName"] for one in self.box.world.subscriptions}
        self.app = SparkpoolApp(
            Session(
                operations=self.operations,
                remember=self.remember,
                account="ana@contoso.com",
                badges=("SANDBOX",),
                workspace=None if self.pick else self.workspace or workspace_of(self),
                spec_files=self.spec_files,
                refresh_seconds=self.refresh,
                columns=self.columns,
                keys=self.keys,
                theme=self.theme,
                guard=self.guard,
                resume=self.resume,
                save_bundle=self.save_bundle,
                pauses=Pauses(self.settle, self.alone),
                where=Location(recent=self.recent, names=names if self.knows_names else {}),
            )
        )
        watch(self.app)

    @property
    def box(self) -> Sandbox:
        """The simulated Azure."""
        assert self.azure is not None
        return self.azure

    def fault(self, rule: Rule) -> None:
        """Have Azure respond with a fault from now on, also to reads that were cached."""
        self.operations.forget_reads()
        self.box.faults.add(rule)


def workspace_of(stage: Stage) -> ResourceId:
    """The workspace of the default world."""
    default = stage.box.world.default
    return ml_workspace_id(default.subscription_id, default.resource_group, default.workspace)


def pool_of(stage: Stage, name: str) -> str:
    """The resource id of a pool of the Synapse workspace syn-prod."""
    return spark_pool_id(stage.box.world.default.subscription_id, "rg-data", "syn-prod", name)


@contextmanager
def same_ids() -> Iterator[None]:
    """Make the request ids of azure-core the same in every run, because screens show them."""
    numbers = count(1)
    with patch("uuid.uuid1", lambda: UUID(int=next(numbers))):
        yield


def writes(stage: Stage) -> list[str]:
    """The methods of the writes that Resource Manager has received, in order."""
    return [
        request.method
        for request in stage.box.log
        if request.method in ("PUT", "PATCH", "POST", "DELETE") and "management.azure.com" in request.url
    ]


def puts(stage: Stage) -> list[LoggedRequest]:
    """The PUTs of computes that Azure has received, in order."""
    return [request for request in stage.box.log if request.method == "PUT" and "/computes/" in request.url]


def grants(stage: Stage) -> list[Any]:
    """The bodies of the grants that Synapse has received, in order."""
    return [request.body for request in stage.box.log if request.method == "PUT" and "/roleAssignments/" in request.url]


def change(stage: Stage, name: str, how: Callable[[Any], None]) -> None:
    """Change a compute in the simulated Azure, as another user would."""
    computes = stage.box.world.computes
    arm_id = next(one["id"] for one in list(computes) if one["name"] == name)
    compute = copy.deepcopy(computes.get(arm_id) or {})
    how(compute)
    computes.put(compute)
