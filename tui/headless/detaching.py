"""The verb `detach`: attached Spark pools, with the roles that were for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.plan import Detachment, Plan
from tui.domain.principals import principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange, roles_to_remove
from tui.headless.failures import Failed, Failure
from tui.headless.planned import Inputs, Planned
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.printing import explain
from tui.verbs import KEEP_ROLES, SHARED_ROLES


async def detach_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that detaches attached Spark pools, by the names of their computes.

    Raises:
        Problem: If one cannot be read.
        Failed: If one cannot be detached.
    """
    computes = await asyncio.gather(*(reading.compute(name) for name in dict.fromkeys(inputs.words)))
    for compute in computes:
        if compute.why_not_detachable is not None:
            raise Failed(Failure.unusable(compute.why_not_detachable))
    return Planned(Plan.of([await _detachment(reading, compute, inputs.options) for compute in computes]))


async def _detachment(reading: Reading, compute: Compute, options: Mapping[str, Any]) -> Detachment:
    gone = await _gone(reading, compute)
    return Detachment(compute, gone, None if gone else await _roles(reading, compute, options))


async def _gone(reading: Reading, compute: Compute) -> tuple[ResourceId, ...]:
    """The Spark pool of a compute, if it no longer exists."""
    pool = compute.attached_to
    if pool is None:
        return ()
    try:
        await reading.value(lambda azure: azure.spark_pool(pool))
    except Problem as problem:
        # Anything else is no reason against a detach.
        return (pool,) if problem.kind is ProblemKind.NOT_FOUND else ()
    return ()


async def _roles(reading: Reading, compute: Compute, options: Mapping[str, Any]) -> RoleChange | None:
    """The roles to remove after a detach; what cannot be read is reported and not removed."""
    pool = compute.attached_to
    if pool is None or options.get(KEEP_ROLES, False) or not principals_of(compute):
        return None
    try:
        synapse = await reading.value(lambda azure: azure.synapse_workspace(pool.parent))
        assignments, _ = await reading.items(lambda azure: pool_roles(azure, pool))
    except Problem as problem:
        explain(f"Note: roles that would remain could not be read and are not removed. {problem.title}")
        return None
    own, shared = roles_to_remove(compute, pool, assignments)
    removals = (*own, *(shared if options.get(SHARED_ROLES, False) else ()))
    return RoleChange(synapse, pool, removals=removals, compute=compute.id) if removals else None
