"""The one write of an attach, an update or a detach: checked, sent once, followed, and settled by reading."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind, RequestIds
from tui.domain.operation import Event, Failed, Progress, Started, Succeeded
from tui.domain.ports import Azure, Clock, Finished, Writing
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone
from tui.operations.progress import no_status, told
from tui.operations.reconcile import Question, Standing, failed_there, no_trace, reconcile, still_unknown, unlike
from tui.operations.recording import why_not_recorded
from tui.operations.resume_point import SENDING, ResumePoint

_SETTLE_SECONDS = 15.0
"""How long a write whose answer was lost may leave no trace before it is said that there is none."""
_RESEND_SECONDS = 5.0
"""How long after it left a write may still arrive, before it can be sent again by another program."""
_RESEND_LEFT_SECONDS = 60.0
"""The same where the user left it while it was being sent: it was slow, and Azure can take half a minute (recorded)."""
_PATIENCE_AFTER_FAILURE = 600.0
"""How long a compute may be at work after Azure has called its operation failed."""
_FROM_GATEWAYS = (408, 499, 502, 504)
_BAD_ENDS = (ProblemKind.FAILED, ProblemKind.CANCELED)


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
    azure: Azure, clock: Clock, write: SingleWrite, past: ResumePoint | None = None
) -> AsyncGenerator[Event, None]:
    """Run a write to its end, from where an earlier program left it.

    Azure's acceptance is followed and never asked for again. How far the write has come decides what a failure means,
    never its type: once it may have left, only proof that Azure did nothing ends it as failed, and anything else has
    the compute read. Where it is not known whether the write was sent, the compute is read, too; only if it has not
    been written since is it sent.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        write: What is to be done.
        past: How far an earlier program had come; None to begin.

    Yields:
        `Started` at the beginning, progress, and one end.
    """
    if past is None:
        past = ResumePoint()
        yield Started(clock.now(), write.seen.raw if write.seen is not None else None, write.document)
    attempt = _Attempt(azure, clock, write, past)
    if past.sent and past.token is None:
        note = "it may have been sent before, so the compute is read first"
        question = attempt.question(note, settle=attempt.seconds_on_the_way)
        async with aclosing(reconcile(azure, clock, question)) as events:
            async for event in events:
                yield event
                if isinstance(event, Succeeded | Failed):
                    return
    run = _send(clock, write) if past.token is None else _follow(clock, write, past.token)
    end: Event | None = None
    try:
        async with aclosing(run) as updates:
            async for update in updates:
                end = attempt.hear(update)
                if end is None and not isinstance(update, Finished):
                    yield update
    except Problem as problem:
        attempt.lost = problem
    if end is not None:
        yield end
        return
    if attempt.lost is None:
        attempt.lost = no_status()
    if attempt.is_settled:
        yield Failed(clock.now(), attempt.lost)
        return
    async with aclosing(reconcile(azure, clock, attempt.question_of_loss())) as events:
        async for event in events:
            yield event


class _Attempt:
    """How far one write has come, and what that says of its end.

    Attributes:
        lost: What the write has met; None while it goes well.
    """

    def __init__(self, azure: Azure, clock: Clock, write: SingleWrite, past: ResumePoint) -> None:
        self.lost: Problem | None = None
        self._azure = azure
        self._clock = clock
        self._write = write
        self._before = past.found or write.seen
        self._is_sent = past.sent or past.token is not None
        self._is_accepted = past.token is not None
        self._sent_at = past.sent_at
        self._was_left = past.was_left
        self._is_finished = False

    def hear(self, update: Event | Finished) -> Event | None:
        """Take what the write reports.

        Returns:
            Its end, where that is clear; None where it goes on.
        """
        match update:
            case Progress(status=status, token=token, found=found):
                self._before = found or self._before
                self._is_sent = self._is_sent or status == SENDING
                self._is_accepted = self._is_accepted or token is not None
            case Finished(compute=compute, is_inferred=is_inferred):
                self._is_finished = not is_inferred
                if self._is_finished and (self._judge(compute) is Standing.DONE or self._is_as_azure_says(compute)):
                    return Succeeded(self._clock.now(), compute)
            case Succeeded() | Failed():
                return update
        return None

    @property
    def is_settled(self) -> bool:
        """Whether Azure is known to have done nothing."""
        is_refused = self.lost is not None and self.lost.had_no_effect and not self._is_accepted
        return not self._is_sent or is_refused

    @property
    def seconds_on_the_way(self) -> float:
        """For how long a write that left earlier may still arrive, at most."""
        if self._sent_at is None:
            return 0.0
        longest = _RESEND_LEFT_SECONDS if self._was_left else _RESEND_SECONDS
        passed = (self._clock.now() - self._sent_at).total_seconds()
        return min(longest, max(0.0, longest - passed))

    def question_of_loss(self) -> Question:
        """What is to be found out after the write has met something that proves nothing."""
        lost = self.lost or no_status()
        if self._is_finished:
            note = "Azure calls it done; the compute is read until it shows that."
            return self.question(note, settle=_SETTLE_SECONDS)
        if self._is_accepted and lost.kind in _BAD_ENDS:
            note = f"{lost.title} The compute is read to see where it stands."
            return self.question(note, patience=_PATIENCE_AFTER_FAILURE)
        note = f"{lost.title} Nothing is sent twice: the compute is read to see where it stands."
        return self.question(note, settle=0.0 if _is_answered(lost) else _SETTLE_SECONDS)

    def question(self, note: str, settle: float = 0.0, patience: float | None = None) -> Question:
        """What is to be found out by reading the compute."""
        return Question(
            self._write.target, note, self._judge, self._conclude, self._give_up, settle=settle, patience=patience
        )

    def _judge(self, found: Compute | None) -> Standing:
        standing = self._write.judge(found)
        if standing is not Standing.NOT_DONE or self._write.has_arrived(self._before, found):
            return standing
        return Standing.NO_TRACE

    def _conclude(self, found: Compute | None) -> Succeeded | Failed | None:
        """How it ended where Azure does not show it to be done; None where it was never sent."""
        write, lost = self._write, self.lost
        ids = lost.ids if lost is not None else None
        has_arrived = write.has_arrived(self._before, found)
        if self._is_failure:
            return Failed(self._clock.now(), lost) if lost is not None else None
        if self._is_finished and self._is_as_azure_says(found):
            return Succeeded(self._clock.now(), found)
        if self._is_accepted or self._is_finished:
            return _undone(self._clock, write, found, f"Azure accepted the request for {write.target.name}", ids)
        if has_arrived:
            return _undone(self._clock, write, found, f"{write.target.name} was written since the request left", ids)
        return Failed(self._clock.now(), no_trace(write.target, lost)) if lost is not None else None

    def _is_as_azure_says(self, found: Compute | None) -> bool:
        """Whether a compute that Azure calls done was written and is at rest, however Azure spells what was asked."""
        return found is not None and found.state.tone is Tone.GOOD and self._write.has_arrived(self._before, found)

    def _give_up(self, problem: Problem) -> Failed:
        if self._is_failure and self.lost is not None:
            return Failed(self._clock.now(), self.lost)
        return Failed(self._clock.now(), still_unknown(problem, self._write.target))

    @property
    def _is_failure(self) -> bool:
        """Whether Azure itself has said that what it accepted has failed."""
        return self._is_accepted and self.lost is not None and self.lost.kind in _BAD_ENDS


def _is_answered(lost: Problem) -> bool:
    """Whether Azure's own service answered, so that the write cannot be on its way any more."""
    return bool(lost.code) and lost.status is not None and lost.status not in _FROM_GATEWAYS


async def _follow(clock: Clock, write: SingleWrite, token: str) -> AsyncGenerator[Event | Finished, None]:
    note = "Azure had accepted it, so nothing is sent again"
    yield Progress(clock.now(), "following", note=note, token=token)
    async with aclosing(told(write.follow(token), clock)) as updates:
        async for update in updates:
            yield update


async def _send(clock: Clock, write: SingleWrite) -> AsyncGenerator[Event | Finished, None]:
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
    async with aclosing(told(prepared.writing, clock)) as updates:
        async for update in updates:
            yield update


def _undone(clock: Clock, write: SingleWrite, found: Compute | None, how: str, ids: RequestIds | None) -> Failed:
    """The end of a write that was sent, and that Azure does not show to be done."""
    if found is not None and found.state.tone is Tone.BAD:
        return Failed(clock.now(), failed_there(how, found, ids))
    return Failed(clock.now(), unlike(how, write.differences(found), ids), found)
