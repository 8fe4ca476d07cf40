"""What the screens read, as pages that come one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from tui.domain.ports import Azure, Holding, Listing, Page

if TYPE_CHECKING:
    from datetime import date

    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment, RoleDefinition
    from tui.domain.workspaces import SynapseWorkspace
    from tui.operations.preflight import Finding

T = TypeVar("T")

_PART = 100


async def pool_roles(azure: Azure, pool: ResourceId) -> Listing[RoleAssignment]:
    """The role assignments that reach a Spark pool."""
    from tui.domain.roles import RoleScope

    workspace = await azure.synapse_workspace(pool.parent)
    async with aclosing(azure.role_assignments(workspace, RoleScope.of_pool(pool))) as pages:
        async for page in pages:
            yield page


async def findings(azure: Azure, workspace: ResourceId, pool: ResourceId, today: date) -> Listing[Finding]:
    """What preflight finds, as one page."""
    from tui.operations.preflight import preflight

    yield Page(await preflight(azure, workspace, pool, today), last=True)


async def definitions(azure: Azure, workspace: SynapseWorkspace) -> Listing[RoleDefinition]:
    """The roles that a Synapse workspace knows, as one page."""
    yield Page(await azure.role_definitions(workspace), last=True)


async def single(answer: Awaitable[T]) -> Listing[T]:
    """The one item of an answer, as one page."""
    yield Page((await answer,), last=True)


def parts(item: Page[T] | Holding) -> Iterator[Page[T] | Holding]:
    """A large page in parts, so that showing one never holds the interface for long."""
    if isinstance(item, Holding) or len(item.items) <= _PART:
        yield item
        return
    for start in range(0, len(item.items), _PART):
        end = start + _PART
        is_end = end >= len(item.items)
        yield Page(item.items[start:end], item.last and is_end, item.unreadable if is_end else ())
