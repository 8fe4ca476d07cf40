"""Makes the plan of a verb that writes, from its words and flags and from what Azure says now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui.domain.errors import Problem, ProblemKind
from tui.domain.plan import Plan
from tui.domain.preflight import Finding
from tui.domain.states import Tone
from tui.domain.uses import Uses
from tui.headless.reading import Reading
from tui.operations.preflight import preflight
from tui.operations.uses import read_uses
from tui.settings import CommandLine
from tui.specs.files import MOST_BYTES, read_bytes
from tui.verbs import FLAGS, SENDING, STANDARD_INPUT, VERBS

STANDARD_INPUT_WORDS = "standard input"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a plan is made from, besides what Azure says.

    Attributes:
        verb: The name of the verb.
        words: What stands behind it, such as the names of computes.
        options: Its flags that say what to do, by their names in `tui.verbs.FLAGS`.
        spec: The bytes of the spec file; None for a verb that has none.
        place: Where the spec file is, in words.
    """

    verb: str
    words: tuple[str, ...]
    options: Mapping[str, Any]
    spec: bytes | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, with all that is said about it.

    Attributes:
        plan: The plan, with the harm that it does to other computes.
        why_unchanged: Why there is nothing to send, where the plan itself does not know; else empty.
        findings: What stands against it.
    """

    plan: Plan
    why_unchanged: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether there is nothing to send, and that is no fault."""
        return not self.plan.to_send and not any(step.problem for step in self.plan.steps)


async def inputs_of(said: CommandLine, verb: str, words: Sequence[str]) -> Inputs:
    """What the command line says about a plan; a spec file is read.

    Raises:
        Problem: If the spec file cannot be read.
    """
    options = {name: value for name, value in said.options.items() if name in FLAGS and name not in SENDING}
    if not VERBS[verb].needs_file:
        return Inputs(verb, tuple(words), options)
    path = str(said.values["file"])
    if path == STANDARD_INPUT:
        return Inputs(verb, tuple(words), options, await asyncio.to_thread(_standard_input), STANDARD_INPUT_WORDS)
    return Inputs(verb, tuple(words), options, await asyncio.to_thread(read_bytes, path), path)


def _standard_input() -> bytes:
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
    planned = await plan(reading, inputs)
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
