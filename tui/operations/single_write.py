"""The one write of an attach, an update or a detach: checked, sent once, followed, and settled by reading."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.operation import Event, Failed, Progress, Succeeded
from tui.domain.ports import Azure, Clock, Writing
from tui.domain.resource_id import ResourceId
from tui.operations.past import SENDING, Past
from tui.operations.progress import told
from tui.operations.reconcile import NotDone, Standing, failed_there, not_done, reconcile


@dataclass(frozen=True, slots=True)
class SingleWrite:
    """What a write needs to be done once and no more.

    Attributes:
        target: The compute.
        checking: What is read before it is sent, as a sentence; empty for nothing.
        prepare: Reads it, and gives the write to be sent, or why there is none.
        follow: Goes on following a write that Azure accepted, from its continuation token.
        judge: Compares what Azure shows (None: it is not there) with the intent.
        before: The compute as it was, whose own failures are not this write's; None where there was none.
    """

    target: ResourceId
    checking: str
    prepare: Callable[[], Awaitable[Writing | Failed]]
    follow: Callable[[str], Writing]
    judge: Callable[[Compute | None], Standing]
    before: Compute | None = None

    def has_failed(self, found: Compute | None) -> bool:
        """Whether a compute tells of a failure that it had not before."""
        old = self.before.errors if self.before is not None else ()
        return found is not None and bool(found.errors) and found.errors != old


async def perform(azure: Azure, clock: Clock, write: SingleWrite, past: Past) -> AsyncGenerator[Event, None]:
    """Run a write to its end, from where an earlier program left it.

    Azure's acceptance is followed and never asked for again. Where it is not known whether the write was sent,
    the compute is read; only if it shows no trace of the write is it sent.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        write: What is to be done.
        past: How far it had come.

    Yields:
        Progress, and one end.
    """
    if past.sent and past.token is None:
        note = "it may have been sent before, so the compute is read first"
        async with aclosing(_settled(azure, clock, write, note)) as events:
            async for found in events:
                if not isinstance(found, NotDone):
                    yield found
                    if isinstance(found, Succeeded | Failed):
                        return
                elif found.compute is not None and write.has_failed(found.compute):
                    yield Failed(clock.now(), failed_there(found.compute, write.target))
                    return
    run = _send(clock, write) if past.token is None else _follow(clock, write, past.token)
    try:
        async with aclosing(run) as events:
            async for event in events:
                yield event
    except Problem as problem:
        if not problem.outcome_unknown:
            yield Failed(clock.now(), problem)
            return
        note = f"{problem.title} Nothing is sent twice: the compute is read to see where it stands."
        async with aclosing(_settled(azure, clock, write, note)) as events:
            async for found in events:
                if isinstance(found, NotDone):
                    failed = found.compute if write.has_failed(found.compute) else None
                    yield Failed(clock.now(), not_done(failed, write.target, problem))
                else:
                    yield found


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
    yield Progress(clock.now(), SENDING, note="the one write is on its way")
    async with aclosing(told(prepared, clock)) as events:
        async for event in events:
            yield event


def _settled(azure: Azure, clock: Clock, write: SingleWrite, note: str) -> AsyncGenerator[Event | NotDone, None]:
    return reconcile(azure, clock, write.target, write.judge, note)
