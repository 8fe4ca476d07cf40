"""The verb `attach`: a Spark pool from a spec file, with the role that its jobs need."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityKind
from tui.domain.phrases import plural
from tui.domain.plan import Plan, Request
from tui.domain.roles import ADMINISTRATOR
from tui.domain.spec import Spec, SpecProblem
from tui.exit_status import ExitStatus
from tui.headless.failures import Failed, Failure
from tui.headless.reading import Reading
from tui.headless.sending import checked, send
from tui.printing import complain
from tui.specs.files import MOST_BYTES, parse_spec, read_spec
from tui.verbs import GRANT

STANDARD_INPUT = "-"


async def attach_pool(reading: Reading, path: str, options: Mapping[str, Any], output: str) -> ExitStatus:
    """Attach the Spark pool of a spec file, or update the compute that it is attached as.

    Raises:
        Problem: If the file or Azure cannot be read, or the plan not be applied.
        Failed: If the file has errors, or a flag is missing; nothing was sent.
    """
    spec, mistakes = await asyncio.to_thread(_read, path)
    _refuse(path, mistakes)
    if spec is None:
        raise ValueError(f"{path} has neither a spec nor an error")
    workspace = await reading.value(lambda azure: azure.workspace(reading.workspace.id))
    existing = await _existing(reading, spec.name)
    if existing is not None:
        _refuse(path, spec.refusals(existing))
    request = _with_role(spec.request(workspace, existing), options)
    plan = Plan.of([request]).with_warnings((request.id, one) for one in spec.remarks(workspace, existing))
    return await send(reading, await checked(reading, plan), options, output)


def _read(path: str) -> tuple[Spec | None, tuple[SpecProblem, ...]]:
    if path != STANDARD_INPUT:
        return read_spec(path)
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > MOST_BYTES:
        raise Problem(ProblemKind.UNREADABLE, f"Standard input has more than {MOST_BYTES:,} bytes.")
    return parse_spec(data)


def _refuse(path: str, mistakes: Sequence[SpecProblem]) -> None:
    """Report all errors of a file at once, each with its line and column.

    Raises:
        Failed: If there are any.
    """
    if not mistakes:
        return
    where = "standard input" if path == STANDARD_INPUT else path
    complain(*(f"{where}: {mistake}" for mistake in mistakes))
    title = f"{where[:1].upper()}{where[1:]}" if path == STANDARD_INPUT else where
    number, them = plural(len(mistakes), "error"), "it" if len(mistakes) == 1 else "them"
    raise Failed(
        Failure(
            "unusable",
            f"{title} has {number}.",
            ExitStatus.UNUSABLE,
            cause=" ".join(f"{mistake}" for mistake in mistakes),
            advice=f"Nothing was sent. Fix {them}, and run it again.",
        )
    )


async def _existing(reading: Reading, name: str) -> Compute | None:
    """The compute of that name; None if there is none.

    Raises:
        Problem: If that cannot be read.
    """
    target = reading.workspace.id.child("computes", name)
    try:
        return await reading.value(lambda azure: azure.compute(target))
    except Problem as problem:
        if problem.kind is ProblemKind.NOT_FOUND:
            return None
        raise


def _with_role(request: Request, options: Mapping[str, Any]) -> Request:
    """The request with the grant of the role that jobs need, if it has an identity and the flag asks for it."""
    if not options.get(GRANT, False) or not isinstance(request, Attachment):
        return request
    if request.identity.kind is IdentityKind.NONE:
        raise Failed(Failure.unusable("--grant needs a managed identity, and the file sets none."))
    return replace(request, role=ADMINISTRATOR)
