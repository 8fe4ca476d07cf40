"""The verb `check`: the readiness of attached Spark pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.checks import Check, Verdict
from tui.domain.compute import Compute
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated, plural
from tui.domain.readiness import Readiness
from tui.headless.failures import without_keys
from tui.headless.output import Result
from tui.headless.reading import Reading
from tui.operations.readiness import Assessed, Assessor

_VERDICTS = {
    Verdict.OK: "ready",
    Verdict.WARNING: "warning",
    Verdict.PROBLEM: "problem",
    Verdict.UNKNOWN: "unknown",
}


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
