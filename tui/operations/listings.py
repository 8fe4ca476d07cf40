"""Lists that combine several reads of Azure."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from tui.domain.ports import AzureReads, Listing, Page
from tui.domain.roles import RoleScope

if TYPE_CHECKING:
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment

T = TypeVar("T")


async def pool_roles(azure: AzureReads, pool: ResourceId) -> Listing[RoleAssignment]:
    """The Synapse role assignments that reach a Spark pool, including inherited ones."""
    workspace = await azure.synapse_workspace(pool.parent)
    async with aclosing(azure.role_assignments(workspace, RoleScope.of_pool(pool))) as pages:
        async for page in pages:
            yield page


async def read_all(listing: Listing[T]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Read a list to its end: all its items, and why others cannot be read, one sentence each."""
    items: list[T] = []
    unreadable: list[str] = []
    async with aclosing(listing) as pages:
        async for page in pages:
            items += page.items
            unreadable += page.unreadable
    return tuple(items), tuple(unreadable)


async def single(answer: Awaitable[T]) -> Listing[T]:
    """One value as a list, for callers that expect lists."""
    yield Page((await answer,), last=True)
