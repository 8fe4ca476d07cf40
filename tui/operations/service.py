"""The one object through which the screens read from Azure and write to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tui.domain.errors import Problem, ProblemKind
from tui.domain.holdings import hear_holdings
from tui.domain.operation import Event, Failed, Operation, Progress, Unwatched, Waited
from tui.domain.ports import Azure, Clock, Holding, Journal, Listing, Page
from tui.operations.registry import Listener, Registry
from tui.operations.worker import Worker

if TYPE_CHECKING:
    from tui.domain.compute import Compute
    from tui.domain.identity import UserAssignedIdentity
    from tui.domain.plan import Plan, Request
    from tui.domain.principals import Directory
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment, RoleDefinition
    from tui.domain.sign_in import SignedIn, SignInChoice, SignInState, SignInStep
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace
    from tui.operations.preflight import Finding
    from tui.operations.readiness import Assessed, Assessor

T = TypeVar("T")

_PART = 100
_WRITES_AT_A_TIME = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """The last thing that a reading delivers.

    Attributes:
        at: When.
        problem: Why it stopped early; None if it is complete.
    """

    at: datetime
    problem: Problem | None = None


Delivery = Page[T] | Holding | Ended
Deliver = Callable[[Delivery[T]], None]


class Reading(Generic[T]):
    """A read under way, as its screen holds it.

    Attributes:
        future: Ends with the read.
    """

    def __init__(self, future: Future[None]) -> None:
        self.future = future

    def cancel(self) -> None:
        """Stop it; nothing more is delivered by a read that had not ended."""
        self.future.cancel()


class Operations:
    """Reads and writes, run in a thread of their own.

    Every method returns at once. What a read finds is delivered by calls of the function that the
    caller gave, in the worker's thread: `Page` and `Holding` as they come, then one `Ended`.

    Args:
        connect: Makes the connection to Azure, in the worker's thread, when it is first needed.
        clock: Gives the times.
        journal: Keeps the record of writes.
    """

    def __init__(self, connect: Callable[[], Azure], clock: Clock, journal: Journal) -> None:
        self._connect = connect
        self._clock = clock
        self._registry = Registry(journal)
        self._worker = Worker()
        self._azure: Azure | None = None
        self._watches: dict[int, Future[None]] = {}
        self._turn = asyncio.Semaphore(_WRITES_AT_A_TIME)

    def start(self) -> None:
        """Start the worker thread."""
        self._worker.start()

    def stop(self) -> None:
        """Stop watching everything, close the connections and end the thread; Azure goes on."""
        self._worker.stop(self._close)

    def now(self) -> datetime:
        """The time by the clock that dates all events."""
        return self._clock.now()

    # Reads

    def subscriptions(self, deliver: Deliver[Subscription]) -> Reading[Subscription]:
        """Read all subscriptions."""
        return self._read(lambda azure: azure.subscriptions(), deliver)

    def workspaces(self, subscription: str, deliver: Deliver[Workspace]) -> Reading[Workspace]:
        """Read the Azure Machine Learning workspaces of a subscription."""
        return self._read(lambda azure: azure.workspaces(subscription), deliver)

    def workspace(self, workspace: ResourceId, deliver: Deliver[Workspace]) -> Reading[Workspace]:
        """Read one workspace."""
        return self._read(lambda azure: _single(azure.workspace(workspace)), deliver)

    def computes(self, workspace: ResourceId, deliver: Deliver[Compute]) -> Reading[Compute]:
        """Read all computes of a workspace."""
        return self._read(lambda azure: azure.computes(workspace), deliver)

    def compute(self, compute: ResourceId, deliver: Deliver[Compute]) -> Reading[Compute]:
        """Read one compute."""
        return self._read(lambda azure: _single(azure.compute(compute)), deliver)

    def synapse_workspaces(self, subscription: str, deliver: Deliver[SynapseWorkspace]) -> Reading[SynapseWorkspace]:
        """Read the Synapse workspaces of a subscription."""
        return self._read(lambda azure: azure.synapse_workspaces(subscription), deliver)

    def spark_pools(self, workspace: ResourceId, deliver: Deliver[SparkPool]) -> Reading[SparkPool]:
        """Read the Spark pools of a Synapse workspace."""
        return self._read(lambda azure: azure.spark_pools(workspace), deliver)

    def spark_pool(self, pool: ResourceId, deliver: Deliver[SparkPool]) -> Reading[SparkPool]:
        """Read one Spark pool."""
        return self._read(lambda azure: _single(azure.spark_pool(pool)), deliver)

    def identities(self, subscription: str, deliver: Deliver[UserAssignedIdentity]) -> Reading[UserAssignedIdentity]:
        """Read the user-assigned identities of a subscription."""
        return self._read(lambda azure: azure.identities(subscription), deliver)

    def assess(self, assessor: Assessor, computes: Sequence[Compute], deliver: Deliver[Assessed]) -> Reading[Assessed]:
        """Judge whether jobs can run on attached pools; each is delivered as soon as it is judged."""
        return self._read(lambda azure: assessor.assess(azure, self._clock, computes), deliver)

    def directory(self, assessor: Assessor, deliver: Deliver[Directory]) -> Reading[Directory]:
        """Read who can be named without Microsoft Graph."""
        return self._read(lambda azure: _single(assessor.directory(azure)), deliver)

    def preflight(self, workspace: ResourceId, pool: ResourceId, deliver: Deliver[Finding]) -> Reading[Finding]:
        """Read what can be known before a pool is attached to a workspace and a role granted on it."""
        return self._read(lambda azure: _findings(azure, workspace, pool), deliver)

    def synapse_workspace(self, workspace: ResourceId, deliver: Deliver[SynapseWorkspace]) -> Reading[SynapseWorkspace]:
        """Read one Synapse workspace."""
        return self._read(lambda azure: _single(azure.synapse_workspace(workspace)), deliver)

    def role_definitions(
        self, workspace: SynapseWorkspace, deliver: Deliver[RoleDefinition]
    ) -> Reading[RoleDefinition]:
        """Read the roles that a Synapse workspace knows, custom ones included."""
        return self._read(lambda azure: _definitions(azure, workspace), deliver)

    def pool_roles(self, pool: ResourceId, deliver: Deliver[RoleAssignment]) -> Reading[RoleAssignment]:
        """Read the Synapse role assignments that reach a Spark pool, inherited ones included."""
        return self._read(lambda azure: _pool_roles(azure, pool), deliver)

    # Sign-in

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in, as the last token said; None while there was none."""
        return self._azure.sign_in.signed_in if self._azure is not None else None

    def sign_in_state(self, deliver: Deliver[SignInState]) -> Reading[SignInState]:
        """Read how one is signed in, and what else can be chosen on this machine."""
        return self._read(lambda azure: _single(azure.sign_in.state()), deliver)

    def sign_in(self, choice: SignInChoice, deliver: Deliver[SignInStep]) -> Reading[SignInStep]:
        """Sign in anew, with a new token, for all that begins from then on; what runs goes on as who it was."""
        return self._read(lambda azure: azure.sign_in.sign_in(choice), deliver)

    # Writes

    def apply(self, plan: Plan) -> tuple[Operation | Problem, ...]:
        """Do what a plan says; the one way to write.

        A few writes run at a time and the others are queued, because Azure counts writes.

        Args:
            plan: A plan that the person has confirmed.

        Returns:
            For each request that changes something, in the plan's order, its operation, or why there is none.

        Raises:
            Problem: If the plan cannot be applied at all.
        """
        if plan.problem:
            raise Problem(ProblemKind.REFUSED, plan.problem, advice="Nothing was sent.")
        return tuple(self._begin(request) for request in plan.to_send)

    def _begin(self, request: Request) -> Operation | Problem:
        from tui.operations.writes import write

        try:
            verb, events = write(request, self._clock)
            return self._run(self._registry.open(verb, request), events)
        except Problem as problem:
            return problem

    def stop_watching(self, operation: Operation) -> bool:
        """Stop watching an operation that Azure has accepted; Azure goes on with it.

        Returns:
            False if it has ended, or if stopping could lose some of it.
        """
        if self._registry.get(operation.id).why_watched is not None:
            return False
        self._watches[operation.id].cancel()
        return True

    def operations(self) -> tuple[Operation, ...]:
        """All operations of this run, oldest first."""
        return self._registry.all()

    def operation(self, operation_id: int) -> Operation:
        """One operation as it is now.

        Raises:
            KeyError: If there is none with that id.
        """
        return self._registry.get(operation_id)

    def running(self) -> tuple[Operation, ...]:
        """The operations that have not ended."""
        return tuple(operation for operation in self._registry.all() if operation.end is None)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have a function called with an operation's record after each of its events."""
        return self._registry.listen(listener)

    # Inside the worker

    def _read(self, listing: Callable[[Azure], Listing[T]], deliver: Deliver[T]) -> Reading[T]:
        return Reading(self._worker.submit(self._deliver(listing, deliver)))

    async def _deliver(self, listing: Callable[[Azure], Listing[T]], deliver: Deliver[T]) -> None:
        problem: Problem | None = None
        hear_holdings(deliver)
        try:
            async with aclosing(listing(self._connected())) as items:
                async for item in items:
                    for part in _parts(item):
                        deliver(part)
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: nothing else may end a reading
            problem = _as_problem(error)
        deliver(Ended(self._clock.now(), problem))

    def _run(self, operation: Operation, events: Callable[[Azure], AsyncGenerator[Event, None]]) -> Operation:
        self._watches[operation.id] = self._worker.submit(self._watch(operation.id, events))
        return operation

    async def _watch(self, operation_id: int, events: Callable[[Azure], AsyncGenerator[Event, None]]) -> None:
        hear_holdings(lambda holding: self._held(operation_id, holding))
        try:
            async with self._turn, aclosing(events(self._connected())) as stream:
                async for event in stream:
                    self._registry.add(operation_id, event)
        except asyncio.CancelledError:
            if self._registry.get(operation_id).end is None:
                self._registry.add(operation_id, Unwatched(self._clock.now()))
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: an operation always has an end
            self._registry.add(operation_id, Failed(self._clock.now(), _as_problem(error)))

    def _held(self, operation_id: int, holding: Holding) -> None:
        """Show that a request of an operation is held back, as a part of the step that it is at."""
        now, last = self._clock.now(), self._registry.get(operation_id).last
        step = last.step if isinstance(last, Progress | Waited) else ""
        self._registry.add(operation_id, Waited(now, holding.reason, now + timedelta(seconds=holding.seconds), step))

    def _connected(self) -> Azure:
        if self._azure is None:
            self._azure = self._connect()
        return self._azure

    async def _close(self) -> None:
        if self._azure is not None:
            await self._azure.close()


async def _pool_roles(azure: Azure, pool: ResourceId) -> Listing[RoleAssignment]:
    from tui.domain.roles import RoleScope

    workspace = await azure.synapse_workspace(pool.parent)
    async with aclosing(azure.role_assignments(workspace, RoleScope.of_pool(pool))) as pages:
        async for page in pages:
            yield page


async def _findings(azure: Azure, workspace: ResourceId, pool: ResourceId) -> Listing[Finding]:
    from tui.operations.preflight import preflight

    yield Page(await preflight(azure, workspace, pool), last=True)


async def _definitions(azure: Azure, workspace: SynapseWorkspace) -> Listing[RoleDefinition]:
    yield Page(await azure.role_definitions(workspace), last=True)


async def _single(answer: Awaitable[T]) -> Listing[T]:
    yield Page((await answer,), last=True)


def _parts(item: Page[T] | Holding) -> Iterator[Page[T] | Holding]:
    """A large page in parts, so that showing one never holds the interface for long."""
    if isinstance(item, Holding) or len(item.items) <= _PART:
        yield item
        return
    for start in range(0, len(item.items), _PART):
        end = start + _PART
        yield Page(item.items[start:end], item.last and end >= len(item.items))


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    _log.error("unexpected failure", exc_info=error)
    return Problem(
        ProblemKind.INTERNAL,
        "sparkpool itself failed here; this is a fault in the program.",
        cause=f"{type(error).__name__}: {_first_line(error)}",
        advice="Try again. If it happens again, report it with the log file.",
    )


def _first_line(error: Any) -> str:
    return str(error).split("\n", 1)[0]
