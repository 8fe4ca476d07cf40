"""Checks the principals of a change of roles just before it is sent, so that no role goes to the wrong one.

A compute's principal is only known from Azure's description of it, so two descriptions must agree, and no other
resource may have the same principal.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TypeVar

from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Azure, Listing
from tui.domain.principals import Principal
from tui.domain.resource_id import (
    COMPUTE_TYPE,
    ML_WORKSPACE_TYPE,
    SYNAPSE_WORKSPACE_TYPE,
    USER_ASSIGNED_IDENTITY_TYPE,
    ResourceId,
)
from tui.domain.role_change import Removal

T = TypeVar("T")

_UNSEEN = (ProblemKind.FORBIDDEN, ProblemKind.NOT_FOUND)
"""Failures that do not contradict a principal: the user may lack the permission to read, or the resource is gone."""


async def check_principals(azure: Azure, holders: Iterable[Principal] = (), removals: Iterable[Removal] = ()) -> None:
    """Check that each principal still belongs to the resource that it was shown for.

    `holders` are those who get a role.

    A principal that the user typed belongs to no resource, and is not checked. The holder of a role to be removed may
    have lost its principal since.

    Raises:
        Problem: If one belongs to another resource, or its resource cannot be read.
    """
    for source, principal_id, name in dict.fromkeys(
        (one.source, one.object_id.lower(), one.name) for one in holders if one.source is not None
    ):
        await _check_own(azure, source, principal_id, name)
        if _is(source, COMPUTE_TYPE):
            await _check_computes(azure, source, principal_id, name, is_kept=True)
    for source, principal_id, name in dict.fromkeys(
        (one.source, one.assignment.principal_id.lower(), one.name) for one in removals if one.source is not None
    ):
        if _is(source, COMPUTE_TYPE):
            await _check_computes(azure, source, principal_id, name, is_kept=False)
        elif _is(source, USER_ASSIGNED_IDENTITY_TYPE):
            await _check_identities(azure, source, principal_id, name)


async def _check_own(azure: Azure, source: ResourceId, principal_id: str, name: str) -> None:
    """Compare a principal with its resource as read now."""
    try:
        current = await _told(azure, source)
    except Problem as problem:
        if problem.kind in _UNSEEN:
            return
        raise
    if not current:
        raise _no_principal(name, principal_id)
    if current.lower() != principal_id:
        raise _two_principals(name, principal_id, current)


async def _told(azure: Azure, source: ResourceId) -> str | None:
    """The principal of a resource, as read now; None without one."""
    if _is(source, COMPUTE_TYPE):
        return (await azure.compute(source)).identity.principal_id
    if _is(source, USER_ASSIGNED_IDENTITY_TYPE):
        return (await azure.identity(source)).principal_id
    if _is(source, ML_WORKSPACE_TYPE):
        return (await azure.workspace(source)).principal_id
    if _is(source, SYNAPSE_WORKSPACE_TYPE):
        return (await azure.synapse_workspace(source)).principal_id
    return None


async def _check_computes(azure: Azure, source: ResourceId, principal_id: str, name: str, *, is_kept: bool) -> None:
    """Search the computes of a workspace for another one with the same principal."""
    async for compute in _seen(azure.computes(source.parent)):
        current = (compute.identity.principal_id or "").lower()
        if compute.id is None or not current:
            continue
        if compute.id != source and current == principal_id:
            raise _two_owners(name, compute.name, principal_id)
        if compute.id == source and is_kept and current != principal_id:
            raise _two_principals(name, principal_id, current)


async def _check_identities(azure: Azure, source: ResourceId, principal_id: str, name: str) -> None:
    """Search the identities of a subscription for another one with the same principal."""
    async for identity in _seen(azure.identities(source.subscription)):
        if identity.id != source and (identity.principal_id or "").lower() == principal_id:
            raise _two_owners(name, identity.name, principal_id)


async def _seen(listing: Listing[T]) -> AsyncGenerator[T, None]:
    """The items of a list, as far as they can be read."""
    try:
        async with aclosing(listing) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
    except Problem as problem:
        if problem.kind not in _UNSEEN:
            raise


def _is(resource: ResourceId, type_: str) -> bool:
    return resource.type.lower() == type_.lower()


def _two_principals(name: str, shown: str, other: str) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"Azure reports two principals for {name}, so its roles were not changed.",
        cause=f"{shown} was shown; another answer has {other}.",
        advice="Nothing was sent for it. Refresh it and check its identity before you retry.",
    )


def _two_owners(name: str, other: str, principal_id: str) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"Azure reports the same principal for {name} and {other}, so its roles were not changed.",
        cause=f"It is unclear which of them {principal_id} belongs to.",
        advice="Nothing was sent for it. Refresh both and check their identities before you retry.",
    )


def _no_principal(name: str, shown: str) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"Azure no longer reports a principal for {name}, so its roles were not changed.",
        cause=f"{shown} was shown; another answer has none.",
        advice="Nothing was sent for it. Refresh it and check its identity before you retry.",
    )
