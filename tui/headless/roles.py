"""The verb `roles`: the Synapse roles that reach the Spark pool behind a compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.held_roles import HeldRole, held_role, without_role
from tui.domain.ordering import by_name
from tui.domain.principals import Directory, Principal
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment, role_of
from tui.domain.workspaces import SynapseWorkspace
from tui.headless.output import Result
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.operations.readiness import Assessor


@dataclass(frozen=True, slots=True)
class PoolRoles:
    """The Synapse roles that reach the Spark pool behind a compute.

    Attributes:
        compute: The compute.
        pool: Its Spark pool.
        synapse: The pool's Synapse workspace.
        assignments: All role assignments that could be read.
        unreadable: Why others cannot be read, one sentence each.
        directory: The principals that are known by name.
        held: What each assignment means for the compute, direct ones first.
    """

    compute: Compute
    pool: ResourceId
    synapse: SynapseWorkspace
    assignments: tuple[RoleAssignment, ...]
    unreadable: tuple[str, ...]
    directory: Directory
    held: tuple[HeldRole, ...]

    @property
    def missing(self) -> tuple[Principal, ...]:
        """The principals of the compute without a role that lets jobs run; none if not all roles are known."""
        return () if self.unreadable else without_role(self.compute, self.pool, self.assignments)


async def read_roles(reading: Reading, name: str) -> PoolRoles:
    """Read the roles that reach the pool behind a compute, and who holds them.

    Raises:
        Problem: If they cannot be read.
        Failed: If it is not an attached Spark pool.
    """
    compute, pool = await reading.pool(name)
    assignments, unreadable = await reading.items(lambda azure: pool_roles(azure, pool))
    directory = await reading.value(Assessor(reading.workspace, None).directory)
    synapse = await reading.value(lambda azure: azure.synapse_workspace(pool.parent))
    try:
        definitions = await reading.value(lambda azure: azure.role_definitions(synapse))
    except Problem:
        # Built-in roles have their names without it.
        definitions = ()
    held = [held_role(one, compute, pool, directory, definitions, is_directory_read=True) for one in assignments]
    held.sort(key=lambda one: (one.is_inherited, not one.is_own, by_name(one.name)))
    return PoolRoles(compute, pool, synapse, assignments, unreadable, directory, tuple(held))


async def list_roles(reading: Reading, name: str) -> Result:
    """The Synapse roles that reach the pool behind a compute, direct ones first."""
    roles = await read_roles(reading, name)
    pool, unreadable = roles.pool, roles.unreadable
    return Result(
        "sparkpool.roles/1",
        [_role_document(one) for one in roles.held],
        ("PRINCIPAL", "ROLE", "SCOPE", "TYPE"),
        [_role_row(one) for one in roles.held],
        workspace=reading.workspace.id,
        as_of=reading.as_of,
        more={
            "name": roles.compute.name,
            "resource_id": str(pool),
            "missing": None if unreadable else [_principal_document(one) for one in roles.missing],
        },
        empty=f"Nobody has a role on {pool.parent.name}/{pool.name}.",
        unread=unreadable,
        notes=tuple(f"{one.name} has no role here that lets jobs run." for one in roles.missing),
    )


def _principal_document(principal: Principal) -> Mapping[str, Any]:
    return {"principal": principal.name, "principal_id": principal.object_id, "principal_kind": principal.kind}


def _role_document(held: HeldRole) -> Mapping[str, Any]:
    assignment = held.assignment
    return {
        "principal": held.name if held.name != assignment.principal_id else None,
        "principal_id": assignment.principal_id,
        "principal_type": assignment.principal_type or None,
        "principal_kind": held.kind or None,
        "role": held.role,
        "role_definition_id": assignment.role_id,
        "scope": str(assignment.scope),
        "is_inherited": held.is_inherited,
        "is_own": held.is_own,
        "lets_jobs_run": role_of(assignment.role_id).uses_compute,
        "is_stray": held.is_stray,
        "id": assignment.id,
    }


def _role_row(held: HeldRole) -> tuple[str, ...]:
    scope = "workspace, inherited" if held.is_inherited else "this pool"
    kind = held.kind or held.assignment.principal_type or "type not given"
    return held.name, held.role, f"{scope}, stray" if held.is_stray else scope, kind
