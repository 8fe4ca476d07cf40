"""Azure's stream of a write, told as an operation's events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

from tui.domain.operation import Event, Progress, Succeeded, Waited
from tui.domain.ports import Accepted, Clock, Finished, Holding, Polled, Writing


async def told(writing: Writing, clock: Clock) -> AsyncGenerator[Event, None]:
    """Translate what the cloud reports into events with times.

    Args:
        writing: The stream of one write.
        clock: Gives the times.

    Yields:
        One event for each report; `Succeeded` is the last.

    Raises:
        Problem: As the stream raises it.
    """
    async with aclosing(writing) as updates:
        async for update in updates:
            yield _event(update, clock.now())


def _event(update: Accepted | Polled | Holding | Finished, now: datetime) -> Event:
    match update:
        case Accepted(status=status, token=token, ids=ids):
            return Progress(now, status, note="accepted by Azure", token=token, ids=ids)
        case Polled(status=status, percent=percent, next_poll=seconds, ids=ids):
            next_poll = None if seconds is None else now + timedelta(seconds=seconds)
            return Progress(now, status, percent=percent, next_poll=next_poll, ids=ids)
        case Holding(reason=reason, seconds=seconds):
            return Waited(now, reason, now + timedelta(seconds=seconds))
        case Finished(compute=compute):
            return Succeeded(now, compute)
