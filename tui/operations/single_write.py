"""The one write of an attach, an update or a detach: checked, sent once, followed, and settled by reading."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem, RequestIds
from tui.domain.operation import Event, Failed, Progress, Started, Succeeded
from tui.domain.ports import Azure, Clock, Writing
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone
from tui.operations.past import SENDING, Past
from tui.operations.progress import told
from tui.operations.reconcile import Standing, failed_there, no_trace, reconcile, unlike
from tui.operations.recording import why_not_recorded


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write that may be sent.

    Attributes:
        writing: Sends it, and follows it.
        found: The compute just before it; None where there is none.
    """

    writing: Writing
    found: Compute | None = None


def is_written(before: Compute | None, found: Compute | None) -> bool:
    """Whether a compute may have been written since it was read before the write, by that write or another.

    A PUT moves `modifiedOn` when Azure accepts it and again when it ends, well or badly (recorded); what it says of
    a failure may be the same as before.
    """
    if before is None or found is None:
        return found is not None
    if None not in (before.modified, found.modified):
        return before.modified != found.modified
    return before.raw != found.raw


@dataclass(frozen=True, slots=True)
class SingleWrite:
    """What a write needs to be done once and no more.

    Attributes:
        target: The compute.
        checking: What is read before it is sent, as a sentence; empty for nothing.
        prepare: Reads it, and gives the write to be sent, or why there is none.
        follow: Goes on following a write that Azure accepted, from its continuation token.
        differences: In what Azure shows something else (None: no such compute) than what was asked for.
        document: What is asked for, None for a detach.
        seen: The compute as the person saw it; None where there was none.
        has_arrived: Whether the compute before and after (None: no such compute) tell that it has arrived.
    """

    target: ResourceId
    checking: str
    prepare: Callable[[], Awaitable[Prepared | Failed]]
    follow: Callable[[str], Writing]
    differences: Callable[[Compute | None], tuple[str, ...]]
    document: Mapping[str, Any] | None = None
    seen: Compute | None = None
    has_arrived: Callable[[Compute | None, Compute | None], bool] = is_written

    def judge(self, found: Compute | None) -> Standing:
        """How a compute stands against what was asked for."""
        tone = found.state.tone if found is not None else Tone.GOOD
        if tone is Tone.BUSY:
            # Azure promises nowhere to show what was asked for before it is done.
            return Standing.UNDER_WAY
        if tone is Tone.BAD or self.differences(found):
            return Standing.NOT_DONE
        return Standing.DONE if tone is Tone.GOOD else Standing.UNDER_WAY


async def perform(
    azure: Azure, clock: Clock, write: SingleWrite, past: Past | None = None
) -> AsyncGenerator[Event, None]:
    """Run a write to its end, from where an earlier program left it.

    Azure's acceptance is followed and never asked for again. Where it is not known whether the write was sent,
    the compute is read; only if it has not been written since is it sent.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        write: What is to be done.
        past: How far an earlier program had come; None to begin.

    Yields:
        `Started` at the beginning, progress, and one end.
    """
    if past is None:
        past = Past()
        yield Started(clock.now(), write.seen.raw if write.seen is not None else None, write.document)
    before, is_accepted = past.found or write.seen, past.token is not None

    def undone(found: Compute | None, lost: Problem | None = None) -> Failed | None:
        """How it ended where Azure does not show it to be done; None where it was never sent."""
        ids = lost.ids if lost is not None else None
        if is_accepted:
            return _undone(clock, write, found, f"Azure accepted the request for {write.target.name}", ids)
        if write.has_arrived(before, found):
            return _undone(clock, write, found, f"{write.target.name} was written since the request left", ids)
        return Failed(clock.now(), no_trace(write.target, lost)) if lost is not None else None

    if past.sent and not is_accepted:
        note, last = "it may have been sent before, so the compute is read first", None
        async with aclosing(reconcile(azure, clock, write.target, write.judge, undone, note)) as events:
            async for last in events:
                yield last
        if isinstance(last, Succeeded | Failed):
            return
    run = _send(clock, write) if past.token is None else _follow(clock, write, past.token)
    try:
        async with aclosing(run) as events:
            async for event in events:
                if isinstance(event, Progress):
                    before, is_accepted = event.found or before, is_accepted or event.token is not None
                yield event
    except Problem as problem:
        if not problem.outcome_unknown:
            yield Failed(clock.now(), problem)
            return
        note = f"{problem.title} Nothing is sent twice: the compute is read to see where it stands."
        lost = partial(undone, lost=problem)
        async with aclosing(reconcile(azure, clock, write.target, write.judge, lost, note)) as events:
            async for event in events:
                yield event


async def _follow(clock: Clock, write: SingleWrite, token: str) -> AsyncGenerator[Event, None]:
    note = "Azure had accepted it, so nothing is sent again"
    yield Progress(clock.now(), "following", note=note, token=token)
    async with aclosing(told(write.follow(token), clock)) as events:
        async for event in events:
            yield event


async def _send(clock: Clock, write: SingleWrite) -> AsyncGenerator[Event, None]:
    if write.checking:
        yield Progress(clock.now(), "checking", note=write.checking)
    prepared = await write.prepare()
    if isinstance(prepared, Failed):
        yield prepared
        return
    yield Progress(clock.now(), SENDING, note="the one write is on its way", found=prepared.found)
    if (refusal := why_not_recorded()) is not None:
        yield Failed(clock.now(), refusal)
        return
    async with aclosing(told(prepared.writing, clock)) as events:
        async for event in events:
            yield event


def _undone(clock: Clock, write: SingleWrite, found: Compute | None, how: str, ids: RequestIds | None) -> Failed:
    """The end of a write that was sent, and that Azure does not show to be done."""
    if found is not None and found.state.tone is Tone.BAD:
        return Failed(clock.now(), failed_there(how, found, ids))
    return Failed(clock.now(), unlike(how, write.differences(found), ids), found)
