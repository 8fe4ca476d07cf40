"""Sends a plan: shows it, refuses it where a flag is missing, and follows its operations to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.domain.errors import Problem
from tui.domain.operation import Operation
from tui.domain.phrases import enumerated, suggestion
from tui.domain.plan import Plan, Step
from tui.domain.plan_texts import effective_changes, member_name, place_of, step_title, values_of
from tui.domain.resource_id import ResourceId
from tui.exit_status import ExitStatus
from tui.headless import failures
from tui.headless.failures import Failed, Failure
from tui.headless.following import Until, events_of, follow, report_ends
from tui.headless.journal import read_journal
from tui.headless.planned import Planned
from tui.headless.reading import Reading
from tui.printing import explain
from tui.verbs import NO_WAIT, PLAN_ONLY, TABLE, TIMEOUT, UNLOCK, YES


async def send(
    reading: Reading, planned: Planned, options: Mapping[str, Any], output: str, *, is_approved: bool = False
) -> ExitStatus:
    """Show a plan on standard error and, if the flags allow it, send it and follow it.

    Args:
        reading: The run of the verb.
        planned: The plan.
        options: The flags.
        output: The format of the output.
        is_approved: Whether it may be sent without `--yes`.

    Returns:
        How it ended.

    Raises:
        Problem: If it cannot be applied or followed.
        Failed: If a flag is missing, or the plan is not possible; nothing was sent.
        OSError: If standard output cannot be written.
    """
    plan = planned.plan
    named = _named(reading, plan, options)
    show(planned)
    if planned.changes_nothing:
        return report_ends(reading, (), output)
    if options.get(PLAN_ONLY, False):
        return ExitStatus.DONE
    _check(reading, plan, named, is_approved or options.get(YES, False))
    begun, ended = await dispatch(reading, plan, named, output, until(options))
    refused = [one for one in begun if isinstance(one, Problem)]
    status = report_ends(reading, ended, TABLE if refused and not ended else output)
    for problem in refused:
        failures.report(Failure.of(problem), output)
    return ExitStatus.of(refused[0]) if refused and status is ExitStatus.DONE else status


async def dispatch(
    reading: Reading, plan: Plan, named: Sequence[ResourceId], output: str, until: Until
) -> tuple[Sequence[Operation | Problem], tuple[Operation, ...]]:
    """Send a plan and follow its operations, with a line for each event.

    Returns:
        What has begun or why not, for each request; and the last records of the operations.

    Raises:
        Problem: If it cannot be applied or followed.
        OSError: If standard output cannot be written.
    """
    await read_journal(reading)
    with events_of(reading.operations) as events:
        begun = reading.operations.apply(plan, named)
        started = [one for one in begun if isinstance(one, Operation)]
        ended = await follow(reading, started, events, output, until)
    return begun, ended


def show(planned: Planned) -> None:
    """Show a plan on standard error, or that it changes nothing.

    Raises:
        Failed: If it cannot be sent.
    """
    plan = planned.plan
    if planned.changes_nothing:
        explain(f"Unchanged: {planned.why_unchanged or plan.problem}")
        return
    explain(*plan_lines(plan))
    if plan.problem:
        raise Failed(Failure("refused", plan.problem, ExitStatus.FAILED, advice="Nothing was sent."))
    explain(*(one.sentence for one in planned.findings))


def until(options: Mapping[str, Any]) -> Until:
    """How long the flags say that operations are followed."""
    return Until(options.get(NO_WAIT, False), options.get(TIMEOUT))


def plan_lines(plan: Plan) -> Iterator[str]:
    """A plan as lines of text: what changes, what is lost, and the summary."""
    for step in plan.steps:
        yield f"{step_title(step)}  {place_of(step)}"
        yield from (f"  {one}" for one in _step_lines(step))
    yield plan.summary


def _step_lines(step: Step) -> Iterator[str]:
    for change in effective_changes(step):
        yield f"{change.mark.value} {member_name(change.path)}  {values_of(change)}".rstrip()
    for path in step.known_after:
        yield f"+ {member_name(path)}  known after apply"
    yield from (f"Loss: {one}" for one in step.harms)
    yield from (f"Note: {one}" for one in step.warnings)


def _named(reading: Reading, plan: Plan, options: Mapping[str, Any]) -> tuple[ResourceId, ...]:
    """The locked resources that `--unlock` names.

    Raises:
        Failed: If it names one that the plan does not touch.
    """
    locks = reading.guard.locks_over(plan)
    names = {lock.name.lower() for lock in locks}
    for word in options.get(UNLOCK, ()):
        if word.lower() not in names:
            known = f"{enumerated([lock.name for lock in locks])} is locked." if locks else "Nothing here is locked."
            meant = suggestion(word, [lock.name for lock in locks])
            raise Failed(Failure.unusable(f"--unlock {word} is not about this plan. {known}{meant}"))
    words = {word.lower() for word in options.get(UNLOCK, ())}
    return tuple(lock for lock in locks if lock.name.lower() in words)


def _check(reading: Reading, plan: Plan, named: Sequence[ResourceId], is_approved: bool) -> None:
    """Refuse to send what the flags or the settings do not allow.

    Raises:
        Failed: Nothing was sent.
    """
    read_only = reading.guard.why_read_only
    if read_only is not None:
        raise held_back(read_only, "Nothing was sent. --plan-only shows the plan without a failure.")
    closed = next((lock for lock in reading.guard.locks_over(plan) if lock not in named), None)
    if closed is not None:
        raise held_back(f"{closed.name} is locked.", f"Nothing was sent. Add --unlock {closed.name} if you mean it.")
    if not is_approved:
        raise held_back("The plan was not sent, because --yes is missing.", "Add --yes to send exactly this.")


def held_back(title: str, advice: str) -> Failed:
    """The failure of a write that nothing but a flag or a setting holds back."""
    return Failed(Failure("held_back", title, ExitStatus.HELD_BACK, advice=advice))
