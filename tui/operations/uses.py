"""Reads which attached pools run as which principals, before a role is removed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.uses import Uses
from tui.operations.listings import read_all

if TYPE_CHECKING:
    from tui.domain.compute import Compute
    from tui.domain.ports import AzureReads
    from tui.domain.resource_id import ResourceId

_AT_A_TIME = 4


async def read_uses(azure: AzureReads, workspaces: tuple[ResourceId, ...]) -> Uses:
    """Read the computes of workspaces, and of the others in their subscriptions.

    What could not be read of the other workspaces is named in the result.

    Raises:
        Problem: If the computes of one of the given workspaces cannot be read.
    """
    turn = asyncio.Semaphore(_AT_A_TIME)
    unread: list[tuple[str, Problem]] = []

    async def computes_of(workspace: ResourceId) -> tuple[Compute, ...]:
        async with turn:
            computes, _ = await read_all(azure.computes(workspace))
            return computes

    async def others_of(workspace: ResourceId) -> tuple[Compute, ...]:
        try:
            return await computes_of(workspace)
        except Problem as problem:
            if problem.kind is not ProblemKind.NOT_FOUND:
                unread.append((f"the computes of {workspace.name}", problem))
            return ()

    async def siblings_in(subscription: str) -> list[ResourceId]:
        try:
            siblings, _ = await read_all(azure.workspaces(subscription))
            return [one.id for one in siblings if one.id not in workspaces]
        except Problem as problem:
            unread.append(("the other workspaces of the subscription", problem))
            return []

    own = [compute for workspace in workspaces for compute in await computes_of(workspace)]
    subscriptions = dict.fromkeys(workspace.subscription.lower() for workspace in workspaces)
    siblings = [one for subscription in subscriptions for one in await siblings_in(subscription)]
    others = await asyncio.gather(*(others_of(one) for one in siblings))
    computes = [*own, *(compute for part in others for compute in part)]
    hidden = [name for name, problem in unread if problem.kind is ProblemKind.FORBIDDEN]
    failed = [name for name, problem in unread if problem.kind is not ProblemKind.FORBIDDEN]
    return Uses(tuple(computes), tuple(hidden), tuple(failed))
