"""The Protocols through which operations and screens meet Azure, time and the journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from tui.domain.errors import Problem, RequestIds

if TYPE_CHECKING:
    from tui.domain.azure_roles import AzureRoleAssignment
    from tui.domain.azure_scope import AzureScope
    from tui.domain.compute import Compute
    from tui.domain.identity import UserAssignedIdentity
    from tui.domain.locks import Lock
    from tui.domain.operation import Event, Operation, Unwatched
    from tui.domain.permissions import Permission
    from tui.domain.principals import Principal
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
    from tui.domain.sign_in import SignedIn, SignInChoice, SignInState, SignInStep, Tenant
    from tui.domain.spark import SparkPool
    from tui.domain.synapse_network import FirewallRule, NetworkSettings, PrivateEndpoint
    from tui.domain.unreadable_operation import UnreadableOperation
    from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, in Azure's order.

    Attributes:
        last: Whether no page follows.
        unreadable: Why further items could not be read, one sentence each; nothing can be done with them.
        as_of: When the oldest of it was read; None if not noted.
    """

    items: tuple[T, ...]
    last: bool
    unreadable: tuple[str, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestWait:
    """A request waits: before it is tried again, or for a token.

    Attributes:
        reason: Why, in a word or two: `throttled`, `connection lost`, `service unavailable`.
        seconds: For how long.
        at_most: Whether it may end earlier.
    """

    reason: str
    seconds: float
    at_most: bool = False

    @property
    def text(self) -> str:
        """Why and for how long, for the screen."""
        return f"{self.reason}, {'at most ' if self.at_most else ''}{round(self.seconds)} s"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Azure accepted a write and continues to work on it.

    Attributes:
        document: The body of the answer; None where it had none.
        status: Azure's word for the state, such as `Creating`.
        token: Where to continue polling; holds no secret header.
        ids: Azure's ids of the request.
        next_poll: Seconds until the first poll; None where Azure does not ask for a wait.
        asked: Seconds that Azure asks to wait, which may be more than the program waits; None where it does not
            ask.
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
        asked: Seconds that Azure asks to wait, which may be more than the program waits; None where it does not
            ask.
    """

    status: str
    percent: float | None = None
    next_poll: float | None = None
    ids: RequestIds = field(default_factory=RequestIds)
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """A write succeeded, according to Azure.

    Attributes:
        resource: What Azure shows now; None where it is gone.
        is_inferred: True where no status said so: the answer named no address to read it from, or that address
            stopped answering.
    """

    resource: T | None
    is_inferred: bool = False


Listing = AsyncGenerator[Page[T], None]
Report = Callable[[Accepted | Polled], Awaitable[None]]
"""Is awaited with each of Azure's answers about an accepted write, before the next poll."""


class SignIn(Protocol):
    """Who is signed in, and how to sign in as someone else without a restart."""

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in, according to the last token; None before the first."""
        ...

    async def state(self) -> SignInState:
        """The current sign-in and the choices on this machine; sends nothing to Azure."""
        ...

    def sign_in(self, choice: SignInChoice) -> AsyncGenerator[SignInStep, None]:
        """Sign in again, with a new token, for everything that starts later; what is running keeps its sign-in.

        Yields what the user has to do, and finally who is signed in. Closing it cancels the sign-in without any change.
        """
        ...


class AzureReads(Protocol):
    """All reads of Azure.

    Lists are read page by page, in Azure's order, and only as far as the caller iterates. Waits before a retry are
    reported to `tui.domain.request_waits`. Every method raises `Problem` and nothing else.
    """

    @property
    def sign_in(self) -> SignIn:
        """Who is signed in, and how to change that."""
        ...

    async def caller(self) -> Principal | None:
        """Who is signed in, according to the token; None where it does not say."""
        ...

    async def permissions(self, scope: AzureScope) -> tuple[Permission, ...]:
        """What the caller's Azure roles allow at a scope, inherited ones included."""
        ...

    def locks(self, scope: AzureScope) -> Listing[Lock]:
        """The locks of a scope and of everything in it; maybe also those above it."""
        ...

    def subscriptions(self) -> Listing[Subscription]:
        """All subscriptions that the caller can see."""
        ...

    def tenants(self) -> Listing[Tenant]:
        """The tenants that the caller is in."""
        ...

    async def subscription(self, subscription: str) -> Subscription:
        """One subscription, by its GUID."""
        ...

    def workspaces(self, subscription: str) -> Listing[Workspace]:
        """All Azure ML workspaces of a subscription, by its GUID."""
        ...

    async def workspace(self, workspace: ResourceId) -> Workspace:
        """One Azure ML workspace."""
        ...

    def computes(self, workspace: ResourceId) -> Listing[Compute]:
        """All computes of a workspace, of every type; an unreadable one is an item that says so."""
        ...

    async def compute(self, compute: ResourceId) -> Compute:
        """One compute."""
        ...

    def synapse_workspaces(self, subscription: str) -> Listing[SynapseWorkspace]:
        """All Synapse workspaces of a subscription, by its GUID."""
        ...

    def spark_pools(self, workspace: ResourceId) -> Listing[SparkPool]:
        """All Spark pools of a Synapse workspace."""
        ...

    async def spark_pool(self, pool: ResourceId) -> SparkPool:
        """One Spark pool."""
        ...

    def identities(self, subscription: str) -> Listing[UserAssignedIdentity]:
        """All user-assigned identities of a subscription, by its GUID."""
        ...

    async def synapse_workspace(self, workspace: ResourceId) -> SynapseWorkspace:
        """One Synapse workspace."""
        ...

    async def network_settings(self, workspace: ResourceId) -> NetworkSettings:
        """The network settings of one Synapse workspace."""
        ...

    def firewall_rules(self, workspace: ResourceId) -> Listing[FirewallRule]:
        """All firewall rules of a Synapse workspace."""
        ...

    def private_endpoints(self, settings: NetworkSettings) -> Listing[PrivateEndpoint]:
        """All managed private endpoints in the managed virtual network of a Synapse workspace."""
        ...

    async def identity(self, identity: ResourceId) -> UserAssignedIdentity:
        """One user-assigned identity."""
        ...

    def role_assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> Listing[RoleAssignment]:
        """The role assignments of a Synapse workspace, or those that reach a scope, including inherited ones."""
        ...

    def storage_accounts(self, subscription: str) -> Listing[ResourceId]:
        """The ids of all storage accounts of a subscription, by its GUID."""
        ...

    def azure_role_assignments(self, scope: AzureScope, principal_id: str = "") -> Listing[AzureRoleAssignment]:
        """The Azure role assignments that reach a scope, including inherited ones.

        With an object id, only those of that principal and of the groups that it is in.
        """
        ...

    async def role_definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        """All roles of a Synapse workspace, including custom ones."""
        ...

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        """Ask Synapse whether a principal may do something at a scope."""
        ...


class Azure(AzureReads, Protocol):
    """All requests to Azure.

    A write reports Azure's answers as they come, and returns when Azure reports the end. No write is sent a second time
    once Azure may have accepted it, and only a `Problem` with `had_no_effect` proves that it did nothing.
    """

    def pinned(self) -> Azure:
        """The same Azure with its current sign-in until this one is closed, whoever signs in later."""
        ...

    async def grant(self, workspace: SynapseWorkspace, wanted: RoleAssignment) -> bool:
        """Create a role assignment under its own id.

        Sending it again under the same id changes nothing, so after a lost answer it is sent once more.

        Returns:
            False if the principal already held that role at that scope.
        """
        ...

    async def revoke(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
        """Delete a role assignment; one that is already gone is a success."""
        ...

    async def is_held(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> bool:
        """Whether a role assignment still exists as it was seen.

        Returns:
            False if none has its id; one with another role, principal or scope raises `Problem`.
        """
        ...

    async def grant_azure_role(self, wanted: AzureRoleAssignment) -> bool:
        """Create an Azure role assignment under its own id.

        Sending it again under the same id changes nothing, so after a lost answer it is sent once more.

        Returns:
            False if the principal already held that role at that scope.
        """
        ...

    async def put_compute(
        self, compute: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished[Compute]:
        """Create or replace a compute with exactly this document, and follow the operation.

        Args:
            compute: Its id.
            document: The body of the PUT.
            doing: What this is for the user, such as `attach etlpool as etl-prod`; used in problems.
            report: Is awaited with `Accepted`, unless there is a token, and then with each `Polled`.
            token: Continues to follow a write that Azure accepted earlier; nothing is sent then.
        """
        ...

    async def put_spark_pool(
        self, pool: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished[SparkPool]:
        """Create or replace a Spark pool with exactly this document, without stopping its jobs, and follow that.

        The arguments are those of `put_compute`.
        """
        ...

    async def put_identity(
        self, identity: ResourceId, document: Mapping[str, Any], doing: str
    ) -> Finished[UserAssignedIdentity]:
        """Create a user-assigned identity with exactly this document; Azure completes it at once.

        `doing` is what this is for the user, as in `put_compute`.
        """
        ...

    async def detach(self, compute: ResourceId, report: Report, token: str | None = None) -> Finished[Compute]:
        """Detach a compute (`underlyingResourceAction=Detach`), and follow the operation.

        Args:
            compute: Its id.
            report: Is awaited with `Accepted`, unless there is a token, and then with each `Polled`.
            token: Continues to follow a write that Azure accepted earlier; nothing is sent then.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Clock(Protocol):
    """Time, which tests control."""

    def now(self) -> datetime:
        """The time, aware, in UTC; it may jump when the clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; it never jumps or goes back, so it is used for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Journal(Protocol):
    """The durable record of operations, which other programs may share; written before anything is shown.

    A journal that cannot be read or written reports it in `problem`, keeps what it could not write, and is tried again.
    Used from one thread at a time.
    """

    @property
    def problem(self) -> str:
        """Why operations are not recorded durably, in one or two sentences; empty while they are."""
        ...

    @property
    def is_in_memory(self) -> bool:
        """Whether it deliberately ends with the program."""
        ...

    @property
    def is_locked(self) -> bool:
        """Whether it failed because of another program's lock, which is temporary."""
        ...

    @property
    def is_read(self) -> bool:
        """Whether the last attempt to read it succeeded."""
        ...

    @property
    def unwritten(self) -> frozenset[int]:
        """The ids of the operations that are not completely recorded yet."""
        ...

    @property
    def unreadable(self) -> tuple[UnreadableOperation, ...]:
        """Operations that should be loaded but cannot be read, oldest first; their records stay unchanged."""
        ...

    def load(self, only: Collection[int] | None = None, known: Collection[int] = ()) -> tuple[Operation, ...]:
        """Load the operations that have not ended, and the newest others, oldest first; `unreadable` has the rest.

        Only the ids in `only` are read, if given; those in `known` are skipped.
        """
        ...

    def has_changed(self) -> bool:
        """Whether other programs have written since the last call, or since everything was loaded."""
        ...

    def begin(self, operation: Operation) -> None:
        """Record a new operation, before any of it is sent.

        Raises:
            Problem: If another write of the same resource has not ended, or it cannot be recorded durably.
        """
        ...

    def record(self, operation: Operation) -> None:
        """Record the new events of an operation; what cannot be written now is in `unwritten`."""
        ...

    def flush(self) -> bool:
        """Record what could not be recorded before; returns whether nothing is left."""
        ...

    def recover(self) -> bool:
        """Try to write and to read again; returns whether that worked."""
        ...

    def refusal(self, what: str) -> Problem:
        """Why something was not sent that must be recorded first; `what` is one sentence."""
        ...

    def take(self, operation_id: int, event: Event) -> Operation:
        """Take over an operation that no program watches, and record an event with that.

        While the operation's last event is an end, it blocks no other write.

        Raises:
            Problem: If another program watches it, it does not exist, or that cannot be recorded durably.
        """
        ...

    def abandon_unreadable(self, operation_id: int, end: Unwatched) -> None:
        """End an operation that cannot be read as no longer watched; its record stays.

        Raises:
            Problem: If another program watches it, or that cannot be recorded.
        """
        ...

    def tidy(self) -> bool:
        """Delete some old records if there are too many; returns whether there may be more to do."""
        ...

    def close(self) -> None:
        """Release all operations; other programs may resume those that have not ended."""
        ...
