"""The verbs `resume` and `watch`: operations of earlier and other programs, followed to their end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.errors import Problem
from tui.domain.operation import Operation
from tui.domain.phrases import suggestion
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.exit_status import ExitStatus
from tui.headless.failures import Failed, Failure
from tui.headless.following import Events, Until, events_of, follow, report_ends
from tui.headless.journal import read_journal
from tui.headless.reading import Reading
from tui.headless.sending import held_back, until
from tui.printing import complain
from tui.verbs import ALL, TIMEOUT, UNLOCK

_LISTS = "sparkpool operations lists them."
_ID = re.compile(r"[0-9]{1,20}")


async def resume_operations(
    reading: Reading, words: Sequence[str], options: Mapping[str, Any], output: str
) -> ExitStatus:
    """Resume interrupted operations by their ids, or all of them, and follow them.

    Raises:
        Problem: If the journal cannot be read or does not allow it.
        Failed: If one cannot be resumed; none is then.
    """
    if bool(words) == options.get(ALL, False):
        raise Failed(Failure.unusable("resume needs the ids of operations, or --all.", _LISTS))
    await read_journal(reading)
    if options.get(ALL, False):
        chosen = list(reading.operations.interrupted())
    else:
        chosen = [_operation(reading, word) for word in dict.fromkeys(words)]
    if not chosen:
        complain("There are no interrupted operations.")
    to_resume = [one for one in chosen if one.is_interrupted or one.is_open]
    named = {one.id: _named(reading, one, options) for one in to_resume}
    for operation in to_resume:
        why = reading.operations.why_not_resumed(operation)
        if why is not None:
            raise held_back(f"Operation {operation.id} cannot be resumed: {why}", "Nothing was resumed.")
    with events_of(reading.operations) as events:
        for operation in to_resume:
            if not reading.operations.resume(operation, named[operation.id], _into(events)):
                why = reading.operations.why_not_resumed(operation) or "another program resumes it"
                raise held_back(f"Operation {operation.id} cannot be resumed: {why}", "Others may have been resumed.")
        ended = await follow(reading, to_resume, events, output, until(options))
    others = [one for one in chosen if one not in to_resume]
    return report_ends(reading, [*ended, *others], output)


async def watch_operations(
    reading: Reading, words: Sequence[str], options: Mapping[str, Any], output: str
) -> ExitStatus:
    """Follow operations that another program watches, by their ids.

    Raises:
        Problem: If the journal cannot be read.
        Failed: If one is unknown, or nobody watches it.
    """
    await read_journal(reading)
    chosen = [_operation(reading, word) for word in dict.fromkeys(words)]
    left = next((one for one in chosen if one.is_interrupted), None)
    if left is not None:
        raise held_back(
            f"Operation {left.id} was interrupted, so nobody watches it.", f"sparkpool resume {left.id} resumes it."
        )
    with events_of(reading.operations) as events:
        end = reading.operations.follow_others(lambda: None)
        try:
            ended = await follow(reading, chosen, events, output, Until(seconds=options.get(TIMEOUT)))
        finally:
            end()
    return report_ends(reading, ended, output)


def _operation(reading: Reading, word: str) -> Operation:
    """The operation with an id.

    Raises:
        Failed: If there is none.
    """
    known = reading.operations.operations()
    if not _ID.fullmatch(word):
        raise Failed(Failure.unusable(f'"{word}" is not the id of an operation.', _LISTS))
    found = next((one for one in known if one.id == int(word)), None)
    if found is None:
        meant = suggestion(word, [str(one.id) for one in known])
        failure = Failure(
            "not_found",
            f"There is no operation {word} in the journal.{meant}",
            ExitStatus.NOT_FOUND,
            advice=_LISTS,
        )
        raise Failed(failure)
    return found


def _named(reading: Reading, operation: Operation, options: Mapping[str, Any]) -> tuple[ResourceId, ...]:
    """The locked resources of an operation, all of which `--unlock` must name.

    Raises:
        Failed: If it does not.
    """
    locks = reading.guard.locks_over(Plan.of([operation.request]))
    words = {word.lower() for word in options.get(UNLOCK, ())}
    closed = next((lock for lock in locks if lock.name.lower() not in words), None)
    if closed is not None:
        raise held_back(f"{closed.name} is locked.", f"Nothing was sent. Add --unlock {closed.name} if you mean it.")
    return locks


def _into(events: Events) -> Any:
    """Passes why the journal does not allow a resume to whoever follows the operation."""
    loop = asyncio.get_running_loop()

    def refused(problem: Problem) -> None:
        loop.call_soon_threadsafe(events.put_nowait, problem)

    return refused
