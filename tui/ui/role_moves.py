"""The roles that follow a change of identity, as far as the lists that a screen has read can tell."""

from itertools import chain
from uuid import uuid4

from tui.domain.compute import Compute
from tui.domain.consequences import left_behind
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice
from tui.domain.principals import lost_principals
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleMove, RolesAfter, role_move
from tui.domain.uses import Uses
from tui.ui.catalog import Catalog


def move_of(catalog: Catalog, compute: Compute, choice: IdentityChoice, after: RolesAfter) -> RoleMove | None:
    """The roles that can follow an identity; None where none have to, or not all is known that it needs.

    Args:
        catalog: The lists.
        compute: The compute as it is.
        choice: The identity that it is to have.
        after: What becomes of the roles.
    """
    pool = compute.attached_to
    if pool is None or after is RolesAfter.STAY or IdentityChoice.of(compute.identity) == choice:
        return None
    roles, synapse = catalog.pool_roles(pool), catalog.synapse_workspace(pool.parent)
    # Whoever may grant need not be allowed to read: then all who come are granted it, and nobody loses any.
    is_hidden = roles.problem is not None and roles.problem.is_denied
    if not (roles.complete or is_hidden) or not synapse.items:
        return None
    listed = (catalog.identities(one.subscription.lower()).items for one in choice.user_assigned)
    principals = {
        one.id: one.principal_id for one in chain(compute.identity.user_assigned, *listed) if one.principal_id
    }
    move = role_move(
        synapse.items[0],
        pool,
        compute.identity,
        choice,
        tuple(roles.items),
        principals,
        lambda: str(uuid4()),
        removes_user_assigned=after.removes_user_assigned,
        compute=compute.id,
    )
    return move if move is not None and move.words else None


def roles_left(catalog: Catalog, compute: Compute, choice: IdentityChoice, move: RoleMove | None) -> tuple[str, ...]:
    """The roles that stay with the principals that a compute loses, a sentence each, or why they are not known.

    Args:
        catalog: The lists.
        compute: The compute as it is.
        choice: The identity that it is to have.
        move: The roles that follow it; None where none do.
    """
    pool = compute.attached_to
    if pool is None or not lost_principals(compute.identity, choice):
        return ()
    shelf = catalog.pool_roles(pool)
    if shelf.problem is not None:
        return (f"Which roles those are on {pool.parent.name}/{pool.name} could not be read: {shelf.problem.title}",)
    removed = {one.assignment.id.lower() for one in move.removals} if move is not None else set()
    return left_behind(compute.identity, choice, shelf.items, removed)


def can_clean_up(catalog: Catalog, compute: Compute, choice: IdentityChoice) -> bool:
    """Whether a user-assigned identity that the compute loses has a role on its pool that could be removed."""
    move = move_of(catalog, compute, choice, RolesAfter.CLEAN_UP)
    return move is not None and any(one.shared for one in move.removals)


def uses_of(catalog: Catalog, workspace: ResourceId) -> Uses | Problem | None:
    """Which attached pools run as which principals, or why that cannot be read; None while it is being read."""
    shelf = catalog.uses(workspace)
    return shelf.problem or next(iter(shelf.items), None)
