"""The verbs that read computes and attached Spark pools: `list`, `show`, `check`, `roles` and `export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.checks import Check, Verdict
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.exports.languages import LANGUAGES
from tui.domain.held_roles import HeldRole, held_role, without_role
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated, plural
from tui.domain.plan import Plan
from tui.domain.principals import Principal
from tui.domain.readiness import Readiness
from tui.domain.roles import role_of
from tui.headless.computes import HEADINGS, compute_document, compute_row, compute_rows
from tui.headless.failures import Failed, Failure, without_keys
from tui.headless.output import Result
from tui.headless.reading import Reading
from tui.operations.listings import pool_roles
from tui.operations.readiness import Assessed, Assessor

_VERDICTS = {
    Verdict.OK: "ready",
    Verdict.WARNING: "warning",
    Verdict.PROBLEM: "problem",
    Verdict.UNKNOWN: "unknown",
}


async def list_computes(reading: Reading) -> Result:
    """All computes of the workspace, attached Spark pools first, in the order of the screen."""
    workspace = reading.workspace.id
    computes, unreadable = await reading.items(lambda azure: azure.computes(workspace))
    ordered = sorted(computes, key=lambda one: (not one.is_spark_pool, by_name(one.name)))
    return Result(
        "sparkpool.list/1",
        [compute_document(compute) for compute in ordered],
        HEADINGS,
        [compute_row(compute) for compute in ordered],
        workspace=workspace,
        as_of=reading.as_of,
        empty=f"{workspace.name} has no computes.",
        unread=unreadable,
    )


async def show_compute(reading: Reading, name: str, *, with_raw: bool) -> Result:
    """One compute; `with_raw` adds what Azure sent."""
    compute = await reading.compute(name)
    document = compute_document(compute, with_raw=with_raw)
    notes = (compute.unreadable,) if compute.unreadable else ()
    return Result(
        "sparkpool.show/1",
        [document],
        ("FIELD", "VALUE"),
        compute_rows(document),
        workspace=reading.workspace.id,
        as_of=reading.as_of,
        is_single=True,
        wraps=True,
        notes=notes,
    )


async def check_pools(reading: Reading, names: Sequence[str]) -> tuple[Result, bool]:
    """The readiness of attached Spark pools; without names, of all of the workspace.

    Returns:
        The result, and whether a pool has a problem.
    """
    workspace = reading.workspace
    chosen: list[Compute] = []
    for name in names:
        compute, _ = await reading.pool(name)
        chosen += [compute] if all(compute.id != one.id for one in chosen) else []
    computes: Sequence[Compute] | None = None
    if not names:
        computes, _ = await reading.items(lambda azure: azure.computes(workspace.id))
        chosen = sorted((one for one in computes if one.is_spark_pool), key=lambda one: by_name(one.name))
    assessor = Assessor(workspace, computes)
    clock = reading.operations.clock
    assessed, _ = await reading.items(lambda azure: assessor.assess(azure, clock, chosen))
    # Each arrives when it is done, and several may lack a name.
    found = {id(one.compute): one for one in assessed}
    ordered = [found[id(compute)] for compute in chosen]
    rows = [row for one in ordered for row in _check_rows(one.compute.name, one.readiness)]
    result = Result(
        "sparkpool.check/1",
        [_check_document(one) for one in ordered],
        ("NAME", "RESULT", "CHECK", "FOUND"),
        rows,
        workspace=workspace.id,
        as_of=reading.as_of,
        empty=f"{workspace.name} has no attached Spark pools.",
        wraps=True,
        notes=_check_notes(ordered),
    )
    return result, any(one.readiness.verdict is Verdict.PROBLEM for one in ordered)


def _check_document(assessed: Assessed) -> Mapping[str, Any]:
    compute, readiness = assessed.compute, assessed.readiness
    return {
        "name": compute.name,
        "verdict": _VERDICTS[readiness.verdict],
        "summary": readiness.summary,
        "checks": [_one_check(check) for check in readiness.checks],
        "id": str(compute.id) if compute.id is not None else None,
        "resource_id": str(compute.attached_to) if compute.attached_to is not None else None,
    }


def _one_check(check: Check) -> Mapping[str, Any]:
    return {
        "name": check.name,
        "verdict": _VERDICTS[check.verdict],
        "text": without_keys(check.text),
        "help": without_keys(check.help) or None,
        "principal_id": check.principal.object_id if check.principal is not None else None,
    }


def _check_rows(name: str, readiness: Readiness) -> list[tuple[str, ...]]:
    """A line for each check that is not good, or one line that says that all are."""
    rows: list[tuple[str, ...]] = [
        (name, _VERDICTS[check.verdict], check.name, without_keys(check.text))
        for check in sorted(readiness.checks, key=lambda check: check.verdict.rank)
        if check.verdict is not Verdict.OK
    ]
    return rows or [(name, _VERDICTS[Verdict.OK], "", f"{plural(len(readiness.checks), 'check')} passed")]


def _check_notes(assessed: Sequence[Assessed]) -> tuple[str, ...]:
    partly = [
        one.compute.name for one in assessed if any(check.verdict is Verdict.UNKNOWN for check in one.readiness.checks)
    ]
    return (f"Not everything could be checked: {enumerated(partly)}.",) if partly else ()


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


async def export_pools(reading: Reading, names: Sequence[str], language: str) -> tuple[str, tuple[str, ...]]:
    """Attached Spark pools in another tool's language: the text, and what it leaves out, one sentence each."""
    computes: list[Compute] = []
    for name in names:
        compute = await reading.compute(name)
        why_not = compute.why_not_exportable
        if why_not is not None:
            kind = ProblemKind.UNREADABLE if compute.is_spark_pool else None
            raise Failed(Failure.unusable(why_not)) if kind is None else Problem(kind, why_not)
        computes += [compute] if all(compute.id != one.id for one in computes) else []
    plan = Plan.of(ComputeEdit(compute, Edit()) for compute in computes)
    written = next(one for one in LANGUAGES if one.id == language)
    return written.write(plan, reading.cloud), written.remarks(plan)
