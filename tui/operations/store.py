"""What was read from Azure in this session, so that screens share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from tui.domain.ports import AzureReads
from tui.domain.request_waits import report_wait, report_waits_to
from tui.domain.sign_in import SignedIn
from tui.operations.boundary import as_problem
from tui.operations.listings import single

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from tui.domain.azure_roles import AzureRoleAssignment
    from tui.domain.azure_scope import AzureScope
    from tui.domain.compute import Compute
    from tui.domain.errors import Problem
    from tui.domain.identity import UserAssignedIdentity
    from tui.domain.locks import Lock
    from tui.domain.permissions import Permission
    from tui.domain.ports import Azure, Clock, Listing, Page, RequestWait, SignIn
    from tui.domain.principals import Principal
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
    from tui.domain.sign_in import SignInChoice, SignInState, SignInStep, Tenant
    from tui.domain.spark import SparkPool
    from tui.domain.synapse_network import FirewallRule, NetworkSettings, PrivateEndpoint
    from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

T = TypeVar("T")

KEPT_SECONDS = 300.0
"""For how long a read is used again: others change Azure, too."""


class DatedReads(AzureReads, Protocol):
    """Reads that know how old their answers are.

    Attributes:
        oldest: When the oldest of what they have returned was read; None before the first.
    """

    oldest: datetime | None


class Store:
    """Keeps what was read, shares reads in progress, and drops everything when it may have changed.

    Used in the worker's loop only. Failures are not kept. A read that nobody awaits is cancelled. `azure` returns the
    connection.
    """

    def __init__(self, azure: Callable[[], Azure], clock: Clock) -> None:
        self._azure = azure
        self._clock = clock
        self._kept: dict[Hashable, _Shared[Any]] = {}

    def reads(self, *, fresh: bool = False) -> DatedReads:
        """The reads of Azure, answered from the cache where possible; `fresh` reads again and replaces the cache."""
        return _Reads(self, self._azure(), fresh=fresh)

    def forget(self) -> None:
        """Drop everything; reads in progress are delivered to their callers, but not kept."""
        self._kept.clear()

    def share(self, key: Hashable, read: Callable[[], Listing[T]], *, fresh: bool) -> Listing[T]:
        """A list, as far as it is known and then as it arrives.

        `key` identifies the read; `fresh` reads it again.
        """
        shared = None if fresh else self._kept.get(key)
        if shared is None or shared.is_old(self._clock.monotonic()):
            now = self._clock.monotonic()
            self._kept = {other: one for other, one in self._kept.items() if not one.is_old(now)}
            shared = self._kept[key] = _Shared(read, self._clock, lambda gone: self._drop(key, gone))
        return cast("_Shared[T]", shared).listen()

    def _drop(self, key: Hashable, gone: _Shared[Any]) -> None:
        if self._kept.get(key) is gone:
            del self._kept[key]


class _Shared(Generic[T]):
    """One read, shared by all callers while it lasts and for a while after.

    `failed` is called with this if it has failed or was cancelled, so that it is not kept.
    """

    def __init__(self, read: Callable[[], Listing[T]], clock: Clock, failed: Callable[[_Shared[T]], None]) -> None:
        self._clock = clock
        self._failed = failed
        self._pages: list[Page[T]] = []
        self._request_wait: RequestWait | None = None
        self._problem: Problem | None = None
        self._ended_at: float | None = None
        self._news = asyncio.Event()
        self._listeners = 0
        self._task = asyncio.create_task(self._work(read))

    def is_old(self, now: float) -> bool:
        """Whether it ended too long ago to be used again."""
        return self._ended_at is not None and now - self._ended_at > KEPT_SECONDS

    async def listen(self) -> Listing[T]:
        """Its pages and, in order with them, its waits, which are reported to this task."""
        given, reported = 0, None
        self._listeners += 1
        try:
            while True:
                while given < len(self._pages):
                    given += 1
                    yield self._pages[given - 1]
                if self._request_wait is not None and self._request_wait is not reported:
                    reported = self._request_wait
                    report_wait(reported)
                if self._ended_at is not None:
                    break
                await self._news.wait()
        finally:
            self._listeners -= 1
            if not self._listeners and self._ended_at is None:
                self._failed(self)
                self._task.cancel()
        if self._problem is not None:
            raise self._problem

    async def _work(self, read: Callable[[], Listing[T]]) -> None:
        report_waits_to(self._held)
        try:
            async with aclosing(read()) as pages:
                async for page in pages:
                    self._request_wait = None
                    self._pages.append(replace(page, as_of=self._clock.now()))
                    self._tell()
        except Exception as error:  # noqa: BLE001 - it is raised again, to each who waits for this read
            self._problem = as_problem(error)
            self._failed(self)
        finally:
            self._ended_at, self._request_wait = self._clock.monotonic(), None
            self._tell()

    def _held(self, request_wait: RequestWait) -> None:
        self._request_wait = request_wait
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class _SignIn:
    """A sign-in after which nothing is kept that was read as somebody else, or with fewer rights."""

    def __init__(self, store: Store, sign_in: SignIn) -> None:
        self._store = store
        self._sign_in = sign_in

    @property
    def signed_in(self) -> SignedIn | None:
        return self._sign_in.signed_in

    async def state(self) -> SignInState:
        return await self._sign_in.state()

    async def sign_in(self, choice: SignInChoice) -> AsyncGenerator[SignInStep, None]:
        async with aclosing(self._sign_in.sign_in(choice)) as steps:
            async for step in steps:
                if isinstance(step, SignedIn):
                    self._store.forget()
                yield step


class _Reads:
    """See `DatedReads`."""

    def __init__(self, store: Store, azure: Azure, *, fresh: bool) -> None:
        self._store = store
        self._azure = azure
        self._is_fresh = fresh
        self.oldest: datetime | None = None

    @property
    def sign_in(self) -> SignIn:
        return _SignIn(self._store, self._azure.sign_in)

    async def caller(self) -> Principal | None:
        return await self._azure.caller()

    async def permissions(self, scope: AzureScope) -> tuple[Permission, ...]:
        return await self._value(("permissions", scope), lambda: self._azure.permissions(scope))

    def locks(self, scope: AzureScope) -> Listing[Lock]:
        return self._list(("locks", scope), lambda: self._azure.locks(scope))

    def subscriptions(self) -> Listing[Subscription]:
        return self._list("subscriptions", self._azure.subscriptions)

    def tenants(self) -> Listing[Tenant]:
        return self._list("tenants", self._azure.tenants)

    async def subscription(self, subscription: str) -> Subscription:
        return await self._value(("subscription", subscription), lambda: self._azure.subscription(subscription))

    def workspaces(self, subscription: str) -> Listing[Workspace]:
        return self._list(("workspaces", subscription), lambda: self._azure.workspaces(subscription))

    async def workspace(self, workspace: ResourceId) -> Workspace:
        return await self._value(("workspace", workspace), lambda: self._azure.workspace(workspace))

    def computes(self, workspace: ResourceId) -> Listing[Compute]:
        return self._list(("computes", workspace), lambda: self._azure.computes(workspace))

    async def compute(self, compute: ResourceId) -> Compute:
        return await self._value(("compute", compute), lambda: self._azure.compute(compute))

    def synapse_workspaces(self, subscription: str) -> Listing[SynapseWorkspace]:
        return self._list(("synapse workspaces", subscription), lambda: self._azure.synapse_workspaces(subscription))

    def spark_pools(self, workspace: ResourceId) -> Listing[SparkPool]:
        return self._list(("pools", workspace), lambda: self._azure.spark_pools(workspace))

    async def spark_pool(self, pool: ResourceId) -> SparkPool:
        return await self._value(("pool", pool), lambda: self._azure.spark_pool(pool))

    def identities(self, subscription: str) -> Listing[UserAssignedIdentity]:
        return self._list(("identities", subscription), lambda: self._azure.identities(subscription))

    async def synapse_workspace(self, workspace: ResourceId) -> SynapseWorkspace:
        return await self._value(("synapse", workspace), lambda: self._azure.synapse_workspace(workspace))

    async def network_settings(self, workspace: ResourceId) -> NetworkSettings:
        return await self._value(("network", workspace), lambda: self._azure.network_settings(workspace))

    def firewall_rules(self, workspace: ResourceId) -> Listing[FirewallRule]:
        return self._list(("firewall rules", workspace), lambda: self._azure.firewall_rules(workspace))

    def private_endpoints(self, settings: NetworkSettings) -> Listing[PrivateEndpoint]:
        workspace = settings.workspace
        key = ("private endpoints", workspace.id, workspace.dev_endpoint, settings.managed)
        return self._list(key, lambda: self._azure.private_endpoints(settings))

    async def identity(self, identity: ResourceId) -> UserAssignedIdentity:
        return await self._value(("identity", identity), lambda: self._azure.identity(identity))

    def role_assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> Listing[RoleAssignment]:
        key = ("role assignments", workspace.id, workspace.dev_endpoint, scope)
        return self._list(key, lambda: self._azure.role_assignments(workspace, scope))

    def storage_accounts(self, subscription: str) -> Listing[ResourceId]:
        return self._list(("storage accounts", subscription), lambda: self._azure.storage_accounts(subscription))

    def azure_role_assignments(self, scope: AzureScope, principal_id: str = "") -> Listing[AzureRoleAssignment]:
        key = ("azure role assignments", scope, principal_id.lower())
        return self._list(key, lambda: self._azure.azure_role_assignments(scope, principal_id))

    async def role_definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        key = ("role definitions", workspace.id, workspace.dev_endpoint)
        return await self._value(key, lambda: self._azure.role_definitions(workspace))

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        return await self._azure.allows(workspace, principal_id, scope, action)

    async def _list(self, key: Hashable, read: Callable[[], Listing[T]]) -> Listing[T]:
        async with aclosing(self._store.share(key, read, fresh=self._is_fresh)) as pages:
            async for page in pages:
                if page.as_of is not None and (self.oldest is None or page.as_of < self.oldest):
                    self.oldest = page.as_of
                yield page

    async def _value(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        async with aclosing(self._list(key, lambda: single(read()))) as pages:
            async for page in pages:
                return page.items[0]
        raise AssertionError("a value is a list of one")
