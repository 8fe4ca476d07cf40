"""Azure's stream of a write, told as an operation's events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import LONG_STILL, Event, Progress, Succeeded, Waited
from tui.domain.ports import Accepted, Clock, Finished, Holding, Polled, Writing


async def told(writing: Writing, clock: Clock) -> AsyncGenerator[Event, None]:
    """Translate what the cloud reports into events with times.

    Args:
        writing: The stream of one write.
        clock: Gives the times.

    Yields:
        One event for each report; `Succeeded` is the last.

    Raises:
        Problem: As the stream raises it, and where only the compute's state tells the end, which may be another's.
    """
    stillness = Stillness(clock)
    async with aclosing(writing) as updates:
        async for update in updates:
            if isinstance(update, Finished) and update.is_inferred:
                raise _forgotten()
            note = stillness.note(update.status, update.percent) if isinstance(update, Polled) else ""
            yield _event(update, clock.now(), note)


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


def _forgotten() -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        "Azure does not tell any more how the request ended.",
        advice="Refresh the list to see how its compute stands.",
        outcome_unknown=True,
    )


def _event(update: Accepted | Polled | Holding | Finished, now: datetime, note: str) -> Event:
    match update:
        case Accepted(status=status, token=token, ids=ids):
            return Progress(now, status, note="accepted by Azure", token=token, ids=ids)
        case Polled(status=status, percent=percent, next_poll=seconds, ids=ids):
            next_poll = None if seconds is None else now + timedelta(seconds=seconds)
            return Progress(now, status, note, percent=percent, next_poll=next_poll, ids=ids)
        case Holding(reason=reason, seconds=seconds):
            return Waited(now, reason, now + timedelta(seconds=seconds))
        case Finished(compute=compute):
            return Succeeded(now, compute)
