"""Azure's stream of a write, told as an operation's events."""

from collections.abc import AsyncIterator
from datetime import timedelta

from tui.domain.operation import Event, Progress, Succeeded, Waited
from tui.domain.ports import Accepted, Clock, Finished, Holding, Polled, Writing


async def told(writing: Writing, clock: Clock) -> AsyncIterator[Event]:
    """Translate what the cloud reports into events with times.

    Args:
        writing: The stream of one write.
        clock: Gives the times.

    Yields:
        One event for each report; `Succeeded` is the last.

    Raises:
        Problem: As the stream raises it.
    """
    async for update in writing:
        now = clock.now()
        match update:
            case Accepted(status=status, token=token, ids=ids):
                yield Progress(now, status, note="accepted by Azure", token=token, ids=ids)
            case Polled(status=status, percent=percent, next_poll=seconds, ids=ids):
                next_poll = None if seconds is None else now + timedelta(seconds=seconds)
                yield Progress(now, status, percent=percent, next_poll=next_poll, ids=ids)
            case Holding(reason=reason, seconds=seconds):
                yield Waited(now, reason, now + timedelta(seconds=seconds))
            case Finished(compute=compute):
                yield Succeeded(now, compute)
