"""Ends what runs without a screen when the system asks for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

from tui.exit_status import SIGNALLED

_ENDING = (signal.SIGTERM, signal.SIGHUP)


async def until_signalled(work: Callable[[], Awaitable[int]]) -> int:
    """Do some work, and end it at a signal as if it had never been asked; Python itself does that for ctrl+c.

    Returns:
        The exit status.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    received: list[int] = []

    def end(number: int) -> None:
        received.append(number)
        if task is not None:
            task.cancel()

    # What the caller ignores, as nohup does, stays ignored.
    heard = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heard:
        loop.add_signal_handler(number, end, number)
    try:
        return await work()
    except asyncio.CancelledError:
        if not received:
            raise
        return SIGNALLED + received[0]
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
