"""The roles that follow a change of identity, as far as a screen's lists can tell."""

from itertools import chain

from tui.domain.compute import Compute
from tui.domain.consequences import left_behind
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice
from tui.domain.principals import lost_principals
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleMove, RolesAfter, move_with
from tui.domain.uses import Uses
from tui.ui.resource_lists import ResourceLists


def move_of(lists: ResourceLists, compute: Compute, choice: IdentityChoice, after: RolesAfter) -> RoleMove | None:
    """The roles that follow a new identity; None if none need to, or if not enough is known.

    Args:
        lists: The lists.
        compute: The compute as it is.
        choice: The new identity.
        after: What happens to the roles.
    """
    pool = compute.attached_to
    if pool is None or after is RolesAfter.STAY or IdentityChoice.of(compute.identity) == choice:
        # Nothing needs to be read.
        return None
    roles, synapse = lists.pool_roles(pool), lists.synapse_workspace(pool.parent)
    # A user who can grant may not be able to read: then new identities get the role, and none is removed.
    is_hidden = roles.problem is not None and roles.problem.is_denied
    if not (roles.complete or is_hidden) or not synapse.items:
        return None
    listed = (lists.identities(identity.subscription.lower()).items for identity in choice.user_assigned)
    return move_with(synapse.items[0], compute, choice, roles.items, chain.from_iterable(listed), after)


def roles_left(
    lists: ResourceLists, compute: Compute, choice: IdentityChoice, move: RoleMove | None
) -> tuple[str, ...]:
    """The roles that old principals of a compute keep, a sentence each, or why they are unknown.

    Args:
        lists: The lists.
        compute: The compute as it is.
        choice: The new identity.
        move: The roles that follow it; None if none do.
    """
    pool = compute.attached_to
    if pool is None or not lost_principals(compute.identity, choice):
        return ()
    listed = lists.pool_roles(pool)
    if listed.problem is not None:
        return (f"Could not read which roles remain on {pool.parent.name}/{pool.name}: {listed.problem.title}",)
    removed = {removal.assignment.id.lower() for removal in move.removals} if move is not None else set()
    return left_behind(compute.identity, choice, listed.items, removed)


def can_clean_up(lists: ResourceLists, compute: Compute, choice: IdentityChoice) -> bool:
    """Whether a user-assigned identity that the compute loses has a role on its pool that could be removed."""
    move = move_of(lists, compute, choice, RolesAfter.CLEAN_UP)
    return move is not None and any(removal.shared for removal in move.removals)


def uses_of(lists: ResourceLists, workspace: ResourceId) -> Uses | Problem | None:
    """Which attached pools run as which principals, or why that is unknown; None while it is read."""
    listed = lists.uses(workspace)
    return listed.problem or next(iter(listed.items), None)
