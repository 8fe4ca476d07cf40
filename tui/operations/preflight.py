"""Reads what stands against some writes before any of them is sent: locks, permissions, names and Spark pools."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem
from tui.domain.identity_creation import NO_GROUP
from tui.domain.locks import lock_scopes
from tui.domain.needs import AzureRight, Needs, SynapseRight, needs_of
from tui.domain.permissions import ATTACH
from tui.domain.preflight import Facts, Finding, FoundLocks, judge
from tui.domain.resource_id import COMPUTE_TYPE, SPARK_POOL_TYPE, ResourceId
from tui.domain.roles import GRANT, RoleScope
from tui.operations.listings import read_all

if TYPE_CHECKING:
    from tui.domain.plan import Request
    from tui.domain.ports import AzureReads
    from tui.domain.principals import Principal

K = TypeVar("K")
T = TypeVar("T")

_AT_A_TIME = 4
_NO_DAY = date.min
"""For checks without a Spark pool, whose runtime would be judged by a day."""


async def preflight(azure: AzureReads, requests: Sequence[Request], today: date) -> tuple[Finding, ...]:
    """Check what may make some writes fail; each scope is read once, whatever the number of writes.

    Nothing here forbids anything, because Azure may decide otherwise. `today` is the day by which a Spark runtime is
    judged.
    """
    return await _checked(azure, [needs_of(request) for request in requests], today)


async def right_to_attach(azure: AzureReads, workspace: ResourceId) -> Finding:
    """Whether the user may write computes in a workspace."""
    right = AzureRight(ATTACH, AzureScope.of(workspace))
    (finding,) = await _checked(azure, [Needs(workspace, "attach", "attach", azure=(right,))], _NO_DAY)
    return finding


async def right_to_grant(azure: AzureReads, pool: ResourceId) -> Finding:
    """Whether the user may grant Synapse roles on a Spark pool."""
    right = SynapseRight(pool.parent, RoleScope.of_pool(pool), GRANT)
    (finding,) = await _checked(azure, [Needs(pool, "grant", "grant", synapse=(right,))], _NO_DAY)
    return finding


async def _checked(azure: AzureReads, needs: Sequence[Needs], today: date) -> tuple[Finding, ...]:
    reader = _Reader(azure)
    written = [one for one in needs if one.write is not None]
    new = [one.target for one in needs if one.is_new]
    locks, permissions, synapse, taken, pools = await asyncio.gather(
        reader.each((scope for one in written for scope in lock_scopes(one.target, is_new=one.is_new)), reader.locks),
        reader.each((right.scope for one in needs for right in one.azure), azure.permissions),
        reader.synapse(right for one in needs for right in one.synapse),
        reader.each(new, reader.is_taken),
        reader.each((one.pool for one in needs if one.pool is not None), azure.spark_pool),
    )
    caller = reader.caller.text if reader.caller is not None else "you"
    return judge(needs, Facts(locks, permissions, synapse, taken, pools, caller), today)


class _Reader:
    """Makes some reads at a time, and keeps the failure of each as its answer."""

    def __init__(self, azure: AzureReads) -> None:
        self._azure = azure
        self._turn = asyncio.Semaphore(_AT_A_TIME)
        self.caller: Principal | None = None

    async def each(self, keys: Iterable[K], read: Callable[[K], Awaitable[T]]) -> dict[K, T | Problem]:
        """The answers, or failures, of a read of each different key."""
        different = list(dict.fromkeys(keys))
        answers = await asyncio.gather(*(self._one(read, key) for key in different))
        return dict(zip(different, answers, strict=True))

    async def _one(self, read: Callable[[K], Awaitable[T]], key: K) -> T | Problem:
        async with self._turn:
            try:
                return await read(key)
            except Problem as problem:
                return problem

    async def locks(self, scope: AzureScope) -> FoundLocks:
        """The locks that a list has."""
        return FoundLocks(*await read_all(self._azure.locks(scope)))

    async def synapse(self, rights: Iterable[SynapseRight]) -> dict[SynapseRight, bool | Problem | None]:
        """Whether the user's Synapse roles allow some actions; None if it is unknown who the user is."""
        different = list(dict.fromkeys(rights))
        workspaces = await self.each((right.workspace for right in different), self._azure.synapse_workspace)

        async def may(right: SynapseRight) -> bool | None:
            workspace = workspaces[right.workspace]
            if isinstance(workspace, Problem):
                raise workspace
            self.caller = caller = await self._azure.caller()
            if caller is None:
                return None
            return await self._azure.allows(workspace, caller.object_id, right.scope, right.action)

        return await self.each(different, may)

    async def is_taken(self, target: ResourceId) -> bool:
        """Whether a resource exists that is to be created."""
        reads: dict[str, Callable[[ResourceId], Awaitable[object]]] = {
            COMPUTE_TYPE.lower(): self._azure.compute,
            SPARK_POOL_TYPE.lower(): self._azure.spark_pool,
        }
        try:
            await reads.get(target.type.lower(), self._azure.identity)(target)
        except Problem as problem:
            if problem.is_missing and problem.code != NO_GROUP:
                return False
            raise
        return True
