"""Azure's stream of a write, told as an operation's events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import LONG_STILL, Event, Progress, Waited
from tui.domain.ports import Accepted, Clock, Finished, Holding, Polled, Writing


async def told(writing: Writing, clock: Clock) -> AsyncGenerator[Event | Finished, None]:
    """Translate what the cloud reports into events with times.

    Args:
        writing: The stream of one write.
        clock: Gives the times.

    Yields:
        One event for each report, and what the write ended with, as it was reported.

    Raises:
        Problem: As the stream raises it, and where the stream has no end.
    """
    stillness = Stillness(clock)
    async with aclosing(writing) as updates:
        async for update in updates:
            if isinstance(update, Finished):
                yield update
                return
            note = stillness.note(update.status, update.percent) if isinstance(update, Polled) else ""
            yield _event(update, clock.now(), note)
    raise no_status()


class Stillness:
    """For how long nothing has changed, as Azure shows it; a clock that is set does not matter.

    Args:
        clock: Measures it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: tuple[object, ...] | None = None
        self._since = clock.monotonic()

    @property
    def seconds(self) -> float:
        """For how long."""
        return self._clock.monotonic() - self._since

    def note(self, *shown: object) -> str:
        """Take what Azure shows now.

        Returns:
            How long that has been so, as a sentence; empty while it is not long.
        """
        if shown != self._shown:
            self._shown, self._since = shown, self._clock.monotonic()
        if self.seconds < LONG_STILL.total_seconds():
            return ""
        return f"no change for {self.seconds // 60:.0f} min; Azure goes on with it, watched or not"


def no_status() -> Problem:
    """Say that nothing tells how a write ended."""
    return Problem(
        ProblemKind.UNREADABLE,
        "Azure gives no status from which to see how the request ended.",
        advice="Refresh the list to see how its compute stands.",
        outcome_unknown=True,
    )


def later(moment: datetime, seconds: float) -> datetime:
    """A moment some time after another, the last that a calendar has at most."""
    try:
        return moment + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=moment.tzinfo)


def _event(update: Accepted | Polled | Holding, now: datetime, note: str) -> Event:
    match update:
        case Accepted(status=status, token=token, ids=ids, next_poll=seconds, asked=asked):
            words = " · ".join(part for part in ("accepted by Azure", _asked(asked, seconds)) if part)
            return Progress(now, status, words, next_poll=_next(now, seconds), token=token, ids=ids)
        case Polled(status=status, percent=percent, next_poll=seconds, ids=ids, asked=asked):
            words = " · ".join(part for part in (note, _asked(asked, seconds)) if part)
            return Progress(now, status, words, percent=percent, next_poll=_next(now, seconds), ids=ids)
        case Holding(reason=reason, seconds=seconds):
            return Waited(now, reason, later(now, seconds))


def _next(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else later(now, seconds)


def _asked(asked: float | None, waited: float | None) -> str:
    """That Azure asks for a longer wait than there is, as a sentence; empty where it does not."""
    if asked is None or waited is None or asked <= waited:
        return ""
    return f"Azure asks to wait {_span(asked)}; it is asked again after {_span(waited)}"


def _span(seconds: float) -> str:
    """A time in its largest unit, roughly."""
    for size, unit in ((31_536_000, "years"), (86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
