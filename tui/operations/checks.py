"""What is read again before the one write, because it may have changed since the user looked."""

import asyncio
from collections.abc import Iterable

from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Azure
from tui.domain.resource_id import ResourceId


async def check_pool(azure: Azure, pool: ResourceId) -> None:
    """Check that a Spark pool exists.

    Raises:
        Problem: If it does not, or cannot be read for another reason than a missing permission.
    """
    try:
        await azure.spark_pool(pool)
    except Problem as problem:
        if problem.is_denied:
            # A user who may attach need not be allowed to read the pool, so Azure decides.
            return
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        raise Problem(
            ProblemKind.NOT_FOUND,
            f"The Spark pool {pool.name} is no longer in {pool.parent.name}.",
            cause=problem.cause,
            advice="Nothing was sent. Choose another pool, or create this one again.",
            code=problem.code,
            status=problem.status,
            ids=problem.ids,
        ) from problem


async def check_identities(azure: Azure, identities: Iterable[ResourceId], workspace: ResourceId) -> None:
    """Check that user-assigned identities exist, and are in the tenant of the workspace.

    `identities` are those that the compute does not have yet.

    Raises:
        Problem: If one is gone or in another tenant; the first of several.
    """
    await asyncio.gather(*(_check_identity(azure, identity, workspace) for identity in identities))


async def _check_identity(azure: Azure, identity: ResourceId, workspace: ResourceId) -> None:
    try:
        current = await azure.identity(identity)
    except Problem as problem:
        if problem.is_denied:
            # Assigning an identity and reading it are different permissions, so Azure decides.
            return
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        raise Problem(
            ProblemKind.NOT_FOUND,
            f"The user-assigned identity {identity.name} is not in {identity.resource_group}: "
            "it is gone, or its id is wrong.",
            cause=problem.cause,
            advice="Nothing was sent. Choose another identity, or create this one again.",
            code=problem.code,
            status=problem.status,
            ids=problem.ids,
        ) from problem
    if not current.tenant_id or identity.subscription.lower() == workspace.subscription.lower():
        # A subscription trusts one tenant, so within it there is nothing to compare.
        return
    home = (await azure.workspace(workspace)).tenant_id
    if home and home.lower() != current.tenant_id.lower():
        raise Problem(
            ProblemKind.REFUSED,
            f"{identity.name} belongs to tenant {current.tenant_id}, and {workspace.name} to tenant {home}.",
            cause="A compute can only use identities of its own tenant.",
            advice="Nothing was sent. Choose an identity of the workspace's tenant.",
        )
