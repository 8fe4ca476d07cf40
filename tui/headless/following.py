"""Follows operations to their end: each event on a line, and how they ended as data and as an exit status."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from tui.domain.errors import Problem
from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Unwatched, Waited
from tui.exit_status import ExitStatus
from tui.headless import failures
from tui.headless.failures import Failure
from tui.headless.journal import operations_result
from tui.headless.output import print_result, stamp
from tui.headless.reading import Reading
from tui.operations.service import Operations
from tui.printing import complain, explain, say_json_lines
from tui.verbs import JSON_LINES, TABLE

_KINDS: Mapping[type[Event], str] = {
    Started: "started",
    Progress: "progress",
    Waited: "waited",
    Succeeded: "succeeded",
    Failed: "failed",
    Unwatched: "not_watched",
}

Events = asyncio.Queue[Operation | Problem]
"""The records of operations, each after one more event; a problem is why one cannot be followed."""


@dataclass(frozen=True, slots=True)
class Until:
    """When to stop following operations that have not ended.

    Attributes:
        is_accepted: As soon as Azure has accepted them.
        seconds: After this time; None for never.
    """

    is_accepted: bool = False
    seconds: float | None = None


@contextmanager
def events_of(operations: Operations) -> Iterator[Events]:
    """The events of all operations from now on."""
    loop, events = asyncio.get_running_loop(), Events()

    def heard(operation: Operation) -> None:
        loop.call_soon_threadsafe(events.put_nowait, operation)

    end = operations.listen(heard)
    try:
        yield events
    finally:
        end()


async def follow(
    reading: Reading, followed: Sequence[Operation], events: Events, output: str, until: Until
) -> tuple[Operation, ...]:
    """Follow operations, and print their events as they come.

    Returns:
        Their last records, in the same order.

    Raises:
        Problem: If one cannot be followed.
    """
    latest = {operation.id: operation for operation in followed}
    spoken: dict[int, tuple[str, str]] = {}
    timer = asyncio.create_task(reading.operations.sleep(until.seconds)) if until.seconds is not None else None
    try:
        while any(not _is_over(one, until) for one in latest.values()):
            operation = await _next(events, timer)
            if operation is None:
                break
            if operation.id in latest:
                latest[operation.id] = operation
                _print_event(operation, output, spoken)
    finally:
        if timer is not None:
            timer.cancel()
    return tuple(latest.values())


async def _next(events: Events, timer: asyncio.Task[None] | None) -> Operation | None:
    """The next record; None once the time is over.

    Raises:
        Problem: If one cannot be followed.
    """
    coming = asyncio.create_task(events.get())
    await asyncio.wait({coming, timer} if timer is not None else {coming}, return_when=asyncio.FIRST_COMPLETED)
    if not coming.done():
        coming.cancel()
        return None
    record = coming.result()
    if isinstance(record, Problem):
        raise record
    return record


def _is_over(operation: Operation, until: Until) -> bool:
    return operation.end is not None or (until.is_accepted and _is_accepted(operation))


def _is_accepted(operation: Operation) -> bool:
    """Whether Azure has accepted the write, and continues it without this program."""
    return any(isinstance(event, Progress) and event.token is not None for event in operation.events)


def report_ends(reading: Reading, operations: Sequence[Operation], output: str) -> ExitStatus:
    """Print how operations ended, or that they go on, and return the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    if output != JSON_LINES:
        print_result(operations_result(operations, (), reading.operations.now()), output, ())
    return report_failures(operations, output)


def report_failures(operations: Sequence[Operation], output: str) -> ExitStatus:
    """Say which operations have failed and which go on, and return the exit status."""
    failed = [(one, one.end.problem) for one in operations if isinstance(one.end, Failed)]
    going_on = [one for one in operations if one.end is None or isinstance(one.end, Unwatched)]
    for one in going_on:
        complain(
            f"sparkpool: the {one.verb.noun} of {one.target.name} has not ended; it is not followed any more.",
            f"  sparkpool resume {one.id} follows it to its end.",
        )
    for number, (operation, problem) in enumerate(failed, start=1):
        failures.report(_failure_of(operation, problem), output if number == len(failed) else TABLE)
    if failed:
        return ExitStatus.of(failed[0][1])
    return ExitStatus.RUNNING if going_on else ExitStatus.DONE


def _failure_of(operation: Operation, problem: Problem) -> Failure:
    """The failure of an operation, with the command that resumes it if something is left to do."""
    failure = Failure.of(problem)
    if operation.is_open and not failure.command:
        return replace(failure, command=f"sparkpool resume {operation.id}")
    return failure


def _print_event(operation: Operation, output: str, spoken: dict[int, tuple[str, str]]) -> None:
    """Print the last event of an operation; as words only if the state is another one than before."""
    event = operation.last
    if event is None:
        return
    if output == JSON_LINES:
        say_json_lines([event_document(operation, event)])
        return
    step = event.step if isinstance(event, Progress | Waited) else ""
    state = step, operation.status
    if isinstance(event, Started | Failed) or spoken.get(operation.id) == state:
        return
    spoken[operation.id] = state
    words = ": ".join(filter(None, (f"{operation.verb.value} {operation.target.name}", *state)))
    note = event.note if isinstance(event, Progress) else ""
    explain(f"{words} ({note})" if note else words)


def event_document(operation: Operation, event: Event) -> Mapping[str, Any]:
    """An event as data: `schemas/event.json`."""
    progress = event if isinstance(event, Progress) else None
    waited = event if isinstance(event, Waited) else None
    due = progress.next_poll if progress else waited.until if waited else None
    stepped = progress or waited
    return {
        "schema": "sparkpool.event/1",
        "at": stamp(event.at),
        "operation": str(operation.id),
        "verb": operation.verb.value,
        "name": operation.target.name,
        "target": str(operation.target),
        "event": _KINDS[type(event)],
        "status": operation.status,
        "step": (stepped.step if stepped else "") or None,
        "note": (progress.note if progress else "") or None,
        "percent": progress.percent if progress else None,
        "until": stamp(due),
        "request": (progress.ids.request if progress else "") or None,
        "problem": Failure.of(event.problem).document if isinstance(event, Failed) else None,
    }
