"""The verb `roles`: the Synapse roles that reach the Spark pool behind a compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.errors import Problem
from tui.domain.held_roles import HeldRole, held_role, without_role
from tui.domain.ordering import by_name
from tui.domain.principals import Principal
from tui.domain.roles import role_of
from tui.headless.output import Result
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.operations.readiness import Assessor


async def list_roles(reading: Reading, name: str) -> Result:
    """The Synapse roles that reach the pool behind a compute, direct ones first."""
    workspace = reading.workspace
    compute, pool = await reading.pool(name)
    assignments, unreadable = await reading.items(lambda azure: pool_roles(azure, pool))
    directory = await reading.value(Assessor(workspace, None).directory)
    synapse = await reading.value(lambda azure: azure.synapse_workspace(pool.parent))
    try:
        definitions = await reading.value(lambda azure: azure.role_definitions(synapse))
    except Problem:
        # Built-in roles have their names without it.
        definitions = ()
    held = [held_role(one, compute, pool, directory, definitions, is_directory_read=True) for one in assignments]
    held.sort(key=lambda one: (one.is_inherited, not one.is_own, by_name(one.name)))
    # Without all roles, nobody is known to lack one.
    missing = () if unreadable else without_role(compute, pool, assignments)
    return Result(
        "sparkpool.roles/1",
        [_role_document(one) for one in held],
        ("PRINCIPAL", "ROLE", "SCOPE", "TYPE"),
        [_role_row(one) for one in held],
        workspace=workspace.id,
        as_of=reading.as_of,
        more={
            "name": compute.name,
            "resource_id": str(pool),
            "missing": None if unreadable else [_principal_document(one) for one in missing],
        },
        empty=f"Nobody has a role on {pool.parent.name}/{pool.name}.",
        unread=unreadable,
        notes=tuple(f"{one.name} has no role here that lets jobs run." for one in missing),
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
