"""The verb `attach`: a Spark pool from a spec file, with the role that its jobs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityKind
from tui.domain.names import check_compute_name
from tui.domain.phrases import plural
from tui.domain.plan import Plan, Request
from tui.domain.resource_id import SPARK_POOL_TYPE, InvalidResourceId, ResourceId
from tui.domain.roles import ADMINISTRATOR
from tui.domain.spec import Spec, SpecProblem
from tui.exit_status import ExitStatus
from tui.headless.compute_flags import identity_of, tags_of
from tui.headless.failures import Failed, Failure
from tui.headless.planned import STANDARD_INPUT_WORDS, Inputs, Planned
from tui.headless.reading import Reading
from tui.printing import explain
from tui.specs.files import parse_spec
from tui.verbs import DESCRIPTION, GRANT, RESOURCE_ID, TAG


async def attach_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that attaches the Spark pool of a spec file, or updates the compute that it is attached as.

    Raises:
        Problem: If Azure cannot be read.
        Failed: If the file has errors, or a flag cannot be used.
    """
    if inputs.spec is None:
        return await plan_of_spec(reading, _spec_of_flags(inputs), inputs)
    spec, mistakes = parse_spec(inputs.spec)
    _refuse(inputs.place, mistakes)
    if spec is None:
        raise ValueError(f"{inputs.place} has neither a spec nor an error")
    return await plan_of_spec(reading, spec, inputs)


def _spec_of_flags(inputs: Inputs) -> Spec:
    """The spec that a name and flags make.

    Raises:
        Failed: If one of them cannot be used.
    """
    (name,), options = inputs.words, inputs.options
    problem = check_compute_name(name).problem
    if problem:
        raise Failed(Failure.unusable(problem))
    try:
        pool = ResourceId.parse(str(options[RESOURCE_ID]), SPARK_POOL_TYPE)
    except InvalidResourceId as error:
        raise Failed(Failure.unusable(str(error))) from None
    tags = {key: value for key, value in tags_of(options).items() if value is not None}
    return Spec(name, pool, identity_of(options), options.get(DESCRIPTION), tags if TAG in options else None)


async def plan_of_spec(reading: Reading, spec: Spec, inputs: Inputs) -> Planned:
    """The plan that attaches the Spark pool of a spec, or updates the compute that it is attached as.

    Raises:
        Problem: If Azure cannot be read.
        Failed: If another compute has the name, or a flag cannot be used.
    """
    workspace = await reading.value(lambda azure: azure.workspace(reading.workspace.id))
    existing = await _existing(reading, spec.name)
    refusals = spec.refusals(existing) if existing is not None else ()
    if refusals and inputs.spec is None:
        raise Failed(Failure.unusable(refusals[0].found, refusals[0].expected))
    _refuse(inputs.place, refusals)
    request = _with_role(spec.request(workspace, existing), inputs.options)
    remarks = spec.remarks(workspace, existing)
    return Planned(Plan.of([request]).with_warnings((request.id, one) for one in remarks))


def _refuse(place: str, mistakes: Sequence[SpecProblem]) -> None:
    """Report all errors of a file at once, each with its line and column.

    Raises:
        Failed: If there are any.
    """
    if not mistakes:
        return
    explain(*(f"{place}: {mistake}" for mistake in mistakes))
    title = f"{place[:1].upper()}{place[1:]}" if place == STANDARD_INPUT_WORDS else place
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
