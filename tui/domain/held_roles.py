"""The Synapse roles that reach an attached pool, with the names of those who hold them."""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.compute import Compute
from tui.domain.principals import Directory, Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope, holds, role_of


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role assignment, and what it means for a compute.

    Attributes:
        name: The principal's name, or its object id if that is unknown.
        role: The role's name, or its GUID if that is unknown.
        kind: What the principal is, in words; empty if unknown.
        is_own: Whether the compute's jobs run as the principal.
        is_inherited: Whether it was granted on the Synapse workspace.
        is_needed: Whether it lets the compute's jobs run.
        is_stray: Whether its holder is gone or unknown, provided that all could be read.
    """

    assignment: RoleAssignment
    name: str
    role: str
    kind: str
    is_own: bool
    is_inherited: bool
    is_needed: bool
    is_stray: bool


def held_role(
    assignment: RoleAssignment,
    compute: Compute,
    pool: ResourceId,
    directory: Directory,
    definitions: tuple[RoleDefinition, ...] = (),
    *,
    is_directory_read: bool,
) -> HeldRole:
    """What a role assignment that reaches a pool means for a compute.

    Args:
        assignment: The assignment.
        compute: The compute that attaches the pool.
        pool: The pool.
        directory: The principals that are known by name.
        definitions: The roles that were listed, custom ones included.
        is_directory_read: Whether the directory has been read; until then nothing is stray.
    """
    scope = RoleScope.of_pool(pool)
    known = directory.find(assignment.principal_id)
    is_own = any(assignment.held_by(principal.object_id) for principal in principals_of(compute))
    is_application = assignment.principal_type == "ServicePrincipal"
    return HeldRole(
        assignment,
        known.name if known else assignment.principal_id,
        role_of(assignment.role_id, definitions).name,
        known.kind if known else "",
        is_own=is_own,
        is_inherited=assignment.scope != scope,
        is_needed=is_own and bool(holds((assignment,), assignment.principal_id, scope)),
        is_stray=is_application and is_directory_read and directory.complete and known is None,
    )


def without_role(compute: Compute, pool: ResourceId, assignments: tuple[RoleAssignment, ...]) -> tuple[Principal, ...]:
    """The principals of a compute without a role that lets jobs run, according to all assignments."""
    scope = RoleScope.of_pool(pool)
    return tuple(one for one in principals_of(compute) if not holds(assignments, one.object_id, scope))
