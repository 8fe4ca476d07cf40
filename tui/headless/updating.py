"""The verb `update`: the managed identity, tags and description of a compute, with the roles that follow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from tui.domain.compute import Compute
from tui.domain.consequences import left_behind
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.plan import Plan
from tui.domain.ports import AzureReads
from tui.domain.principals import lost_principals
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE, InvalidResourceId, ResourceId
from tui.domain.role_change import RoleMove, RolesAfter, move_with
from tui.domain.roles import RoleAssignment
from tui.headless.failures import Failed, Failure
from tui.headless.planned import Inputs, Planned
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.verbs import ASSIGNED, DESCRIPTION, IDENTITY, REMOVED_TAG, ROLES, TAG

_AFTER = {"follow": RolesAfter.FOLLOW, "clean-up": RolesAfter.CLEAN_UP, "stay": RolesAfter.STAY}


async def update_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that changes what the flags name, and nothing else.

    Raises:
        Problem: If the compute cannot be read.
        Failed: If a flag cannot be used or is missing, or the compute cannot be changed.
    """
    options, (name,) = inputs.options, inputs.words
    choice, tags = _choice(options), _tags(options)
    if choice is None and not tags and DESCRIPTION not in options:
        raise Failed(Failure.unusable("update needs something to change.", "Give --identity, --description or --tag."))
    compute = await reading.compute(name)
    if compute.why_not_editable is not None:
        raise Failed(Failure.unusable(compute.why_not_editable))
    warnings: tuple[str, ...] = ()
    move: RoleMove | None = None
    if choice is not None and choice != IdentityChoice.of(compute.identity):
        move, warnings = await _move(reading, compute, choice, _AFTER[options.get(ROLES, "follow")])
    request = ComputeEdit(compute, Edit(choice, options.get(DESCRIPTION), tags), move)
    return Planned(Plan.of([request]).with_warnings((request.id, one) for one in warnings))


def _choice(options: Mapping[str, Any]) -> IdentityChoice | None:
    """The new identity; None to leave it.

    Raises:
        Failed: If it cannot be one.
    """
    words = [word for part in options.get(ASSIGNED, ()) for word in part.split(",") if word.strip()]
    if IDENTITY not in options:
        if words:
            raise Failed(Failure.unusable("--user-assigned-identities needs --identity, such as UserAssigned."))
        return None
    try:
        kind = IdentityKind.parse(options[IDENTITY])
        assigned = dict.fromkeys(ResourceId.parse(word.strip(), USER_ASSIGNED_IDENTITY_TYPE) for word in words)
    except (ValueError, InvalidResourceId) as error:
        raise Failed(Failure.unusable(str(error))) from None
    if assigned and not kind.has_user:
        raise Failed(Failure.unusable(f"--identity {kind.value} has no user-assigned identities, but some are given."))
    choice = IdentityChoice(kind, tuple(assigned))
    if choice.problem is not None:
        raise Failed(Failure.unusable(choice.problem, "Give --user-assigned-identities and their resource ids."))
    return choice


def _tags(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The tags to set, and with None those to remove.

    Raises:
        Failed: If one is not KEY=VALUE, or both set and removed.
    """
    tags: dict[str, str | None] = {}
    for word in options.get(TAG, ()):
        key, found, value = word.partition("=")
        if not found:
            raise Failed(
                Failure.unusable(f'--tag "{word}" has no "=".', "Write --tag KEY=VALUE; the value may be empty.")
            )
        tags[key] = value
    for key in options.get(REMOVED_TAG, ()):
        if any(key.lower() == other.lower() for other in tags):
            raise Failed(Failure.unusable(f"The tag {key} is both set and removed."))
        tags[key] = None
    return tags


async def _move(
    reading: Reading, compute: Compute, choice: IdentityChoice, after: RolesAfter
) -> tuple[RoleMove | None, tuple[str, ...]]:
    """The roles that follow a new identity, and which stay behind or why that is unknown, a sentence each."""
    pool = compute.attached_to
    if pool is None:
        return None, ()
    assignments: tuple[RoleAssignment, ...] = ()
    unread: Problem | None = None
    try:
        assignments, _ = await reading.items(lambda azure: pool_roles(azure, pool))
    except Problem as problem:
        if not problem.is_denied or after is RolesAfter.STAY:
            return None, (f"Roles could not be read, so none is moved. {problem.title}",)
        # A user who can grant may not be able to read: then new identities get the role, and none is removed.
        unread = problem
    move = None
    if after is not RolesAfter.STAY:
        synapse = await reading.value(lambda azure: azure.synapse_workspace(pool.parent))
        listed = await _identities(reading, choice)
        move = move_with(synapse, compute, choice, assignments, listed, after)
    if not lost_principals(compute.identity, choice):
        return move, ()
    if unread is not None:
        return move, (f"Could not read which roles remain on {pool.parent.name}/{pool.name}: {unread.title}",)
    removed = {removal.assignment.id.lower() for removal in move.removals} if move is not None else set()
    return move, left_behind(compute.identity, choice, assignments, removed)


async def _identities(reading: Reading, choice: IdentityChoice) -> list[UserAssignedIdentity]:
    """The new user-assigned identities.

    Raises:
        Problem: If one cannot be read, as when it does not exist.
    """
    return [await reading.value(partial(_identity, one)) for one in choice.user_assigned]


async def _identity(identity: ResourceId, azure: AzureReads) -> UserAssignedIdentity:
    return await azure.identity(identity)
