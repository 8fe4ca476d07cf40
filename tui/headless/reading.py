"""What verbs read from Azure: values and lists, with their age, and computes by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from tui.domain.clouds import CloudProfile
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.guard import Guard
from tui.domain.phrases import suggestion
from tui.domain.ports import AzureReads, Listing, RequestWait
from tui.domain.resource_id import ResourceId, why_no_segment
from tui.domain.workspaces import Workspace
from tui.headless.failures import Failed, Failure
from tui.operations.service import Operations
from tui.printing import complain

T = TypeVar("T")

_SAME_WAIT = timedelta(seconds=1)
"""How much later a wait must end than the last one to be reported too."""


class Waits:
    """Says on standard error why nothing happens; requests that wait together are reported once."""

    def __init__(self) -> None:
        self._until: datetime | None = None

    def report(self, request_wait: RequestWait, now: datetime) -> None:
        """Report a wait that begins now."""
        until = now + timedelta(seconds=request_wait.seconds)
        if self._until is None or until - self._until >= _SAME_WAIT:
            self._until = until
            complain(f"sparkpool: waiting, {request_wait.text}")


@dataclass(slots=True)
class Reading:
    """One run of a verb.

    Attributes:
        operations: Reads from Azure.
        cloud: The Azure cloud.
        known_workspace: The workspace; None if none is known.
        why_unknown: Why no workspace is known, as a sentence; empty if nothing names one.
        as_of: When the oldest of what was read was read; None before that.
        waits: Reports waits.
        guard: Read-only mode and locks.
    """

    operations: Operations
    cloud: CloudProfile
    known_workspace: ResourceId | None
    why_unknown: str = ""
    as_of: datetime | None = None
    waits: Waits = field(default_factory=Waits)
    guard: Guard = field(default_factory=Guard)

    @property
    def workspace(self) -> Workspace:
        """The Azure ML workspace.

        Raises:
            Failed: If none is known: a verb does not ask.
        """
        if self.known_workspace is None:
            why = f" {self.why_unknown}" if self.why_unknown else ""
            raise Failed(
                Failure.unusable(
                    f"No Azure ML workspace is known.{why}",
                    "Give --subscription, --resource-group and --workspace-name, or set them in the environment, the "
                    'settings file or with "az configure --defaults". "sparkpool settings" shows what is set.',
                )
            )
        return Workspace(self.known_workspace)

    async def value(self, read: Callable[[AzureReads], Awaitable[T]]) -> T:
        """One value from Azure.

        Raises:
            Problem: If it cannot be read.
        """
        self._note(self.operations.now())
        return await self.operations.call(read, self._report_wait)

    async def items(self, read: Callable[[AzureReads], Listing[T]]) -> tuple[tuple[T, ...], tuple[str, ...]]:
        """A whole list from Azure, and why items cannot be read, one sentence each.

        Raises:
            Problem: If it cannot be read, or not completely.
        """
        items: list[T] = []
        unreadable: list[str] = []
        async for page in self.operations.pages(read, self._report_wait):
            items += page.items
            unreadable += page.unreadable
            self._note(page.as_of)
        return tuple(items), tuple(unreadable)

    async def compute(self, name: str) -> Compute:
        """One compute, by its name.

        Raises:
            Problem: If it cannot be read; a missing one names the compute that is probably meant.
            Failed: If it cannot be a name.
        """
        workspace = self.workspace.id
        wrong = why_no_segment(name)
        if wrong:
            raise Failed(Failure.unusable(f"Not the name of a compute: {wrong}"))
        try:
            return await self.value(lambda azure: azure.compute(workspace.child("computes", name)))
        except Problem as problem:
            if problem.kind is ProblemKind.NOT_FOUND:
                await self._advise(problem, name)
            raise

    async def _advise(self, problem: Problem, name: str) -> None:
        """Add to a problem which compute is probably meant, if the list can be read."""
        workspace = self.workspace.id
        try:
            known, _ = await self.items(lambda azure: azure.computes(workspace))
        except Problem:
            return
        meant = suggestion(name, [compute.name for compute in known])
        problem.advice = f'"sparkpool list" shows the computes of {workspace.name}.{meant}'

    async def pool(self, name: str) -> tuple[Compute, ResourceId]:
        """An attached Spark pool by the name of its compute: the compute and the pool.

        Raises:
            Problem: If it cannot be read.
            Failed: If it is not an attached Spark pool.
        """
        compute = await self.compute(name)
        if not compute.is_spark_pool:
            raise Failed(
                Failure.unusable(
                    f"{compute.name} is {compute.type_words}, not an attached Synapse Spark pool.",
                    '"sparkpool list" shows the type of each compute.',
                )
            )
        if compute.attached_to is None:
            raise Problem(ProblemKind.UNREADABLE, f"Azure did not report the Spark pool behind {compute.name}.")
        return compute, compute.attached_to

    def _note(self, moment: datetime | None) -> None:
        if moment is not None and (self.as_of is None or moment < self.as_of):
            self.as_of = moment

    def _report_wait(self, request_wait: RequestWait) -> None:
        self.waits.report(request_wait, self.operations.now())
