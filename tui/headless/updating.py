"""The verb `update`: the managed identity, tags and description of a compute, with the roles that follow."""

from __future__ import annotations

from functools import partial

from tui.domain.compute import Compute
from tui.domain.consequences import left_behind
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice, UserAssignedIdentity
from tui.domain.plan import Plan
from tui.domain.ports import AzureReads
from tui.domain.principals import lost_principals
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleMove, RolesAfter, move_with
from tui.domain.roles import RoleAssignment
from tui.headless.compute_flags import identity_of, tags_of
from tui.headless.failures import Failed, Failure
from tui.headless.planned import Inputs, Planned
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.verbs import DESCRIPTION, ROLES

_AFTER = {"follow": RolesAfter.FOLLOW, "clean-up": RolesAfter.CLEAN_UP, "stay": RolesAfter.STAY}


async def update_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that changes what the flags name, and nothing else.

    Raises:
        Problem: If the compute cannot be read.
        Failed: If a flag cannot be used or is missing, or the compute cannot be changed.
    """
    options, (name,) = inputs.options, inputs.words
    choice, tags = identity_of(options), tags_of(options)
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
