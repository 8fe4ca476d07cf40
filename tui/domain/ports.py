"""The Protocols through which operations and screens meet Azure, time and the journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from tui.domain.errors import Problem, RequestIds

if TYPE_CHECKING:
    from tui.domain.compute import Compute
    from tui.domain.identity import UserAssignedIdentity
    from tui.domain.operation import Event, Operation, Unwatched
    from tui.domain.operation_unread import UnreadOperation
    from tui.domain.permissions import Permission
    from tui.domain.principals import Principal
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
    from tui.domain.sign_in import SignedIn, SignInChoice, SignInState, SignInStep, Tenant
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, in the order that Azure sent them.

    Attributes:
        items: The items.
        last: Whether no page follows.
        unreadable: Why further items could not be read, a sentence each; nothing may be done with these.
        as_of: When the first of it was read; None where nobody noted it.
    """

    items: tuple[T, ...]
    last: bool
    unreadable: tuple[str, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A request is held back: before it is tried again, or until there is a token for it.

    Attributes:
        reason: Why, in a word or two: `throttled`, `connection lost`, `service unavailable`.
        seconds: For how long.
        at_most: Whether it may be over before that.
    """

    reason: str
    seconds: float
    at_most: bool = False

    @property
    def words(self) -> str:
        """Why and for how long, for the screen."""
        return f"{self.reason}, {'at most ' if self.at_most else ''}{round(self.seconds)} s"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Azure accepted a write and goes on working on it.

    Attributes:
        document: The body of the answer; None where it had none.
        status: Azure's word for the state, such as `Creating`.
        token: From where polling can be continued; holds no secret header.
        ids: Azure's ids of the request.
        next_poll: Seconds until the first poll, where Azure asks for a wait; else None.
        asked: Seconds that Azure asks to wait, which may be more than is waited; None where it does not ask.
    """

    document: Mapping[str, Any] | None
    status: str
    token: str
    ids: RequestIds = field(default_factory=RequestIds)
    next_poll: float | None = None
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """Azure's answer to one poll.

    Attributes:
        status: Azure's own word, such as `InProgress`.
        percent: `percentComplete`, where Azure gives one.
        next_poll: Seconds until the next poll; None after the last.
        ids: Azure's ids of the request.
        asked: Seconds that Azure asks to wait, which may be more than is waited; None where it does not ask.
    """

    status: str
    percent: float | None = None
    next_poll: float | None = None
    ids: RequestIds = field(default_factory=RequestIds)
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A write has come to its good end, as Azure says.

    Attributes:
        compute: What Azure then shows; None where there is no compute.
        is_inferred: Whether no status of the write said so: its answer named no address to read that from, or that
            address answered no more.
    """

    compute: Compute | None
    is_inferred: bool = False


Listing = AsyncGenerator[Page[T], None]
Report = Callable[[Accepted | Polled], Awaitable[None]]
"""Is awaited with each answer of Azure's about a write that it has accepted, before Azure is asked again."""


class SignIn(Protocol):
    """Who is signed in, and how to be somebody else, without a new start."""

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in, as the last token said; None while there was none."""
        ...

    async def state(self) -> SignInState:
        """How one is signed in, and what else can be chosen on this machine; nothing is asked of Azure."""
        ...

    def sign_in(self, choice: SignInChoice) -> AsyncGenerator[SignInStep, None]:
        """Sign in again, with a new token, for everything that begins later; what is running keeps its sign-in.

        Yields what the user must do, and at last who is signed in. Closing it ends the sign-in without any change.
        """
        ...


class AzureReads(Protocol):
    """Everything that the program reads from Azure.

    Lists are read page by page, in Azure's order, and no further than the caller asks for. Waits before a request is
    sent again are reported to `tui.domain.holdings`. Every method raises `Problem` and nothing else.
    """

    @property
    def sign_in(self) -> SignIn:
        """Who is signed in, and how to change that."""
        ...

    async def caller(self) -> Principal | None:
        """Who is signed in, as the token says; None where it does not say."""
        ...

    async def permissions(self, workspace: ResourceId) -> tuple[Permission, ...]:
        """What the caller's Azure roles allow on an Azure Machine Learning workspace."""
        ...

    def subscriptions(self) -> Listing[Subscription]:
        """All subscriptions that the caller can see."""
        ...

    def tenants(self) -> Listing[Tenant]:
        """The tenants that the caller is in."""
        ...

    async def subscription(self, subscription: str) -> Subscription:
        """One subscription, given by its GUID."""
        ...

    def workspaces(self, subscription: str) -> Listing[Workspace]:
        """All Azure Machine Learning workspaces of a subscription, given by its GUID."""
        ...

    async def workspace(self, workspace: ResourceId) -> Workspace:
        """One Azure Machine Learning workspace."""
        ...

    def computes(self, workspace: ResourceId) -> Listing[Compute]:
        """All computes of a workspace, of every type; one that cannot be read is an item that says so."""
        ...

    async def compute(self, compute: ResourceId) -> Compute:
        """One compute."""
        ...

    def synapse_workspaces(self, subscription: str) -> Listing[SynapseWorkspace]:
        """All Synapse workspaces of a subscription, given by its GUID."""
        ...

    def spark_pools(self, workspace: ResourceId) -> Listing[SparkPool]:
        """All Spark pools of a Synapse workspace."""
        ...

    async def spark_pool(self, pool: ResourceId) -> SparkPool:
        """One Spark pool."""
        ...

    def identities(self, subscription: str) -> Listing[UserAssignedIdentity]:
        """All user-assigned identities of a subscription, given by its GUID."""
        ...

    async def synapse_workspace(self, workspace: ResourceId) -> SynapseWorkspace:
        """One Synapse workspace."""
        ...

    async def identity(self, identity: ResourceId) -> UserAssignedIdentity:
        """One user-assigned identity."""
        ...

    def role_assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> Listing[RoleAssignment]:
        """The role assignments of a Synapse workspace, or those that reach a scope, inherited ones included."""
        ...

    async def role_definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        """All roles that a Synapse workspace knows, custom ones included."""
        ...

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        """Ask Synapse whether a principal may do something at a scope."""
        ...


class Azure(AzureReads, Protocol):
    """Everything that the program asks of Azure.

    A write reports Azure's answers as they come, and returns when Azure calls it done. No write is sent a second time
    once Azure may have accepted it, and only a `Problem` with `had_no_effect` proves that it did nothing.
    """

    def pinned(self) -> Azure:
        """The same Azure, for as long as this one is open, as who is signed in now, whoever signs in later."""
        ...

    async def grant(self, workspace: SynapseWorkspace, wanted: RoleAssignment) -> bool:
        """Create a role assignment under the id that it bears.

        Sending it again under the same id changes nothing, so a lost answer is settled by asking once more.

        Returns:
            False if the principal held that role at that scope already.
        """
        ...

    async def revoke(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
        """Delete a role assignment; one that is gone already is a success."""
        ...

    async def is_held(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> bool:
        """Whether a role assignment is there as it was seen.

        Returns:
            False if none has its id any more; one with another role, principal or scope raises `Problem`.
        """
        ...

    async def put_compute(
        self, compute: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished:
        """Create or replace a compute with exactly this document, and follow the operation.

        Args:
            compute: Its id.
            document: The body of the PUT.
            doing: What this is for the user, such as `attach etlpool as etl-prod`; problems say it.
            report: Is awaited with `Accepted`, unless there is a token, and then with each `Polled`.
            token: From where Azure's work is followed that it accepted before; nothing is sent then.
        """
        ...

    async def detach(self, compute: ResourceId, report: Report, token: str | None = None) -> Finished:
        """Detach a compute (`underlyingResourceAction=Detach`), and follow the operation.

        Args:
            compute: Its id.
            report: Is awaited with `Accepted`, unless there is a token, and then with each `Polled`.
            token: From where Azure's work is followed that it accepted before; nothing is sent then.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Clock(Protocol):
    """Time, which tests can turn."""

    def now(self) -> datetime:
        """The time, aware, in UTC; somebody may set it."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back, and never jumps, so that durations are measured by it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Journal(Protocol):
    """The durable record of operations, which other programs may share; written before anything is shown.

    A journal that cannot be read or written says so in `problem`, keeps what it could not write, and is tried again.
    Used from one thread at a time.
    """

    @property
    def problem(self) -> str:
        """Why operations are not recorded durably, in one sentence or two; empty while they are."""
        ...

    @property
    def is_in_memory(self) -> bool:
        """Whether it ends with the program, on purpose."""
        ...

    @property
    def is_locked(self) -> bool:
        """Whether it is another program's lock that it failed for, which passes."""
        ...

    @property
    def is_read(self) -> bool:
        """Whether it could be read when that was last tried."""
        ...

    @property
    def unwritten(self) -> frozenset[int]:
        """The ids of the operations of which something is not recorded durably yet."""
        ...

    @property
    def unread(self) -> tuple[UnreadOperation, ...]:
        """What was to be loaded and cannot be read, oldest first; it is left as it is."""
        ...

    def load(self, only: Collection[int] | None = None, known: Collection[int] = ()) -> tuple[Operation, ...]:
        """The operations that have not ended, and the newest of the others, oldest first; `unread` has the rest.

        Args:
            only: The ids of the operations to read; None for all of these.
            known: The ids of those that need not be read again.
        """
        ...

    def has_changed(self) -> bool:
        """Whether other programs have written since this was asked, or all loaded, last."""
        ...

    def begin(self, operation: Operation) -> None:
        """Record a new operation, before anything of it is sent.

        Raises:
            Problem: If another write of the same resource has not ended, or it cannot be recorded durably.
        """
        ...

    def record(self, operation: Operation) -> None:
        """Record the new events of an operation; what cannot be written now is in `unwritten`."""
        ...

    def flush(self) -> bool:
        """Record what could not be recorded before; returns whether nothing is left of it."""
        ...

    def recover(self) -> bool:
        """Try to write and to read again; returns whether nothing is wrong any more."""
        ...

    def refusal(self, what: str) -> Problem:
        """Why something that must be recorded first was not sent.

        Args:
            what: What was not sent, in one sentence.
        """
        ...

    def take(self, operation_id: int, event: Event) -> Operation:
        """Make an operation that nobody watches this program's own.

        Args:
            operation_id: Which.
            event: What is recorded with that: while its last event is an end, it is in no other write's way.

        Returns:
            Its record, with that event.

        Raises:
            Problem: If another program watches it, it is not there, or that cannot be recorded durably.
        """
        ...

    def release(self, operation_id: int, end: Unwatched) -> None:
        """End what cannot be read as what nobody watches any more; its record stays.

        Raises:
            Problem: If another program watches it, or that cannot be recorded.
        """
        ...

    def tidy(self) -> bool:
        """Make some room where there is too much; returns whether there may be more to do."""
        ...

    def close(self) -> None:
        """Give up all operations; other programs may take up those that have not ended."""
        ...
