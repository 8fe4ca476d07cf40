"""The context of a running operation: how its coroutine reports, waits and resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tui.domain.errors import Problem
from tui.domain.operation import LONG_STILL, Event, Operation, Progress, Started, Waited
from tui.domain.ports import Accepted, Polled
from tui.domain.states import Tone
from tui.operations.resume_point import ResumePoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.domain.plan import Request
    from tui.domain.ports import Azure, Clock
    from tui.domain.written import Written

Keep = Callable[[Event], Awaitable[Problem | None]]
"""Records an event, and then shows it; returns why an event that announces a write is not durable."""


class OperationFailed(Exception):
    """A failed operation, with what the problem alone does not say.

    Attributes:
        problem: What failed, why and what to do.
        found: The compute or Spark pool as Azure shows it now, where someone else has changed it in the meantime.
        rest: What is left to do, where earlier steps are done.
    """

    def __init__(self, problem: Problem, *, found: Written | None = None, rest: Request | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.found = found
        self.rest = rest


class Run:
    """An operation while it runs here.

    Each event is recorded in the journal, then in the table of operations, and then passed to listeners, before the
    call that reports it returns. An operation ends when its coroutine returns or raises.

    Args:
        operation: The operation, with the events of earlier programs.
        azure: Azure, with the sign-in at the time when it began or resumed here.
        clock: Gives the times.
        keep: Records an event and shows it.
        current: Returns the operation with all its events.
        is_stopped: Whether it was stopped, so that it must do nothing more.
    """

    def __init__(
        self,
        operation: Operation,
        azure: Azure,
        clock: Clock,
        keep: Keep,
        current: Callable[[], Operation],
        is_stopped: Callable[[], bool],
    ) -> None:
        self.operation = operation
        self.azure = azure
        self.clock = clock
        self._record = keep
        self._current = current
        self._is_stopped = is_stopped
        self._step = ""
        self._stall = StallDetector(clock)

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier program, or an earlier run in this one, has started it."""
        return self.operation.has_started

    def resume_point(self, step: str | None = None) -> ResumePoint:
        """How far the operation is, here and in earlier programs, in a step (None: the current one)."""
        return ResumePoint.of(self._current().events, self._step if step is None else step)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Mark each event inside as part of a step."""
        outer, self._step = self._step, name
        try:
            yield
        finally:
            self._step = outer

    async def start(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """Record the intent, unless it is already recorded.

        `before` is the document before the write (None without one), `after` the document to send (None for a detach).
        """
        if not self._current().has_started:
            await self._keep(Started(self.clock.now(), before, after))

    async def progress(
        self, status: str, note: str = "", *, next_poll: float | None = None, token: str | None = None
    ) -> None:
        """Report the latest progress.

        `status` is Azure's own word, or what the program is doing, and `note` a sentence that explains it. `next_poll`
        is in seconds. `token` says where to continue polling after a restart.
        """
        now = self.clock.now()
        await self._keep(Progress(now, status, note, next_poll=_next(now, next_poll), token=token, step=self._step))

    async def found(self, status: str, note: str = "", tone: Tone = Tone.GOOD) -> None:
        """Report a result of the current step; arguments as for `progress`."""
        await self._keep(Progress(self.clock.now(), status, note, step=self._step, tone=tone))

    async def announce(self, status: str, note: str, found: Written | None = None) -> None:
        """Record that a write is sent next.

        `status` is `SENDING`, `GRANTING` or `REMOVING`, `note` a sentence that explains it, and `found` what is
        written, as read just before (None without one).

        Raises:
            Problem: If that is not recorded durably, so that the write must not be sent.
        """
        refusal = await self._keep(Progress(self.clock.now(), status, note, step=self._step, found=found))
        if refusal is not None:
            refusal.had_no_effect = True
            raise refusal

    async def polled(self, answer: Accepted | Polled) -> None:
        """Report Azure's answer about an accepted write."""
        now = self.clock.now()
        token, percent = None, None
        if isinstance(answer, Accepted):
            token, note = answer.token, "accepted by Azure"
        else:
            percent, note = answer.percent, self._stall.note(answer.status, answer.percent)
        notes = " · ".join(part for part in (note, _asked(answer.asked, answer.next_poll)) if part)
        next_poll = _next(now, answer.next_poll)
        await self._keep(Progress(now, answer.status, notes, percent, next_poll, token, answer.ids, self._step))

    async def wait(self, seconds: float, reason: str) -> None:
        """Report a wait, and wait; `reason` is a few words."""
        now = self.clock.now()
        await self._keep(Waited(now, reason, later(now, seconds), self._step))
        await self.clock.sleep(seconds)

    async def _keep(self, event: Event) -> Problem | None:
        if self._is_stopped():
            raise asyncio.CancelledError  # a library below has swallowed it
        return await self._record(event)


class StallDetector:
    """Measures for how long Azure has shown the same, independent of changes to the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: tuple[object, ...] | None = None
        self._since = clock.monotonic()

    @property
    def seconds(self) -> float:
        """The duration so far."""
        return self._clock.monotonic() - self._since

    def note(self, *shown: object) -> str:
        """Note what Azure shows now; returns how long it has been the same, as a sentence, once it is long."""
        if shown != self._shown:
            self._shown, self._since = shown, self._clock.monotonic()
        if self.seconds < LONG_STILL.total_seconds():
            return ""
        return f"no change for {self.seconds // 60:.0f} min; Azure goes on with it, watched or not"


def later(moment: datetime, seconds: float) -> datetime:
    """A moment `seconds` after another, limited to the last that a calendar has."""
    try:
        return moment + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=moment.tzinfo)


def _next(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else later(now, seconds)


def _asked(asked: float | None, waited: float | None) -> str:
    """A sentence that Azure asks for a longer wait than the program's; empty where it does not."""
    if asked is None or waited is None or asked <= waited:
        return ""
    return f"Azure asks to wait {_span(asked)}; sparkpool asks again after {_span(waited)}"


def _span(seconds: float) -> str:
    """A duration in its largest unit, rounded."""
    for size, unit in ((31_536_000, "years"), (86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
