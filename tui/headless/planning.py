"""Makes the plan of a verb that writes, from its words and flags and from what Azure says now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from tui.domain.errors import Problem, ProblemKind
from tui.domain.plan import Plan
from tui.domain.preflight import Finding
from tui.domain.states import Tone
from tui.domain.uses import Uses
from tui.headless.planned import STANDARD_INPUT_WORDS, Inputs, Planned
from tui.headless.reading import Reading
from tui.operations.preflight import preflight
from tui.operations.uses import read_uses
from tui.printing import complain
from tui.settings import CommandLine
from tui.specs.files import MOST_BYTES, read_bytes
from tui.verbs import SENDING, STANDARD_INPUT, VERBS


async def inputs_of(said: CommandLine, verb: str, words: Sequence[str]) -> Inputs:
    """What the command line says about a plan; a spec file is read.

    Raises:
        Problem: If the spec file cannot be read.
    """
    options = {name: value for name, value in said.options.items() if name in VERBS[verb].flags and name not in SENDING}
    if not VERBS[verb].needs_file:
        return Inputs(verb, tuple(words), options)
    path = str(said.values.get("file", ""))
    if not path:
        return Inputs(verb, tuple(words), options)
    if path == STANDARD_INPUT:
        return Inputs(verb, tuple(words), options, await asyncio.to_thread(_standard_input), STANDARD_INPUT_WORDS)
    return Inputs(verb, tuple(words), options, await asyncio.to_thread(read_bytes, path), path)


def _standard_input() -> bytes:
    if sys.stdin is not None and sys.stdin.isatty():
        complain("sparkpool: reading the spec file from this terminal; ctrl+d on a line of its own ends it.")
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > MOST_BYTES:
        raise Problem(ProblemKind.UNREADABLE, f"Standard input has more than {MOST_BYTES:,} bytes.")
    return data


async def make_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan of a verb, checked for the harm that it does, with what stands against it.

    Raises:
        Problem: If something that it needs cannot be read.
        Failed: If a word, a flag or the spec file cannot be used.
    """
    # Each verb imports only what it needs.
    match inputs.verb:
        case "attach":
            from tui.headless.attaching import attach_plan as plan
        case "detach":
            from tui.headless.detaching import detach_plan as plan
        case "update":
            from tui.headless.updating import update_plan as plan
        case "grant":
            from tui.headless.granting import grant_plan as plan
        case "revoke":
            from tui.headless.granting import revoke_plan as plan
        case _:
            raise ValueError(f"{inputs.verb} makes no plan")
    return await completed(reading, await plan(reading, inputs))


async def completed(reading: Reading, planned: Planned) -> Planned:
    """A plan with the harm that it does, and with what stands against it.

    Raises:
        Problem: If something that it needs cannot be read.
    """
    checked = replace(planned, plan=await _checked(reading, planned.plan))
    if checked.plan.problem or checked.changes_nothing:
        return checked
    return replace(checked, findings=await _findings(reading, checked.plan))


async def _checked(reading: Reading, plan: Plan) -> Plan:
    """A plan with the harm that it does to other computes, if it removes a role."""
    if not plan.workspaces:
        return plan
    uses: Uses | Problem
    try:
        uses = await reading.value(lambda azure: read_uses(azure, plan.workspaces))
    except Problem as problem:
        uses = problem
    return plan.checked(uses)


async def _findings(reading: Reading, plan: Plan) -> tuple[Finding, ...]:
    """What stands against a plan; a preflight forbids nothing, so that it may also be unknown."""
    known = {one for step in plan.steps for one in (*step.warnings, *step.harms)}
    today = reading.operations.now().date()
    try:
        found = await reading.value(lambda azure: preflight(azure, plan.to_send, today))
    except Problem as problem:
        return (Finding("not determined", problem.title, Tone.WARNING),)
    return tuple(one for one in found if one.counts and one.note not in known)
