"""A coroutine that reports as it works, turned into an async generator of what it reports."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from tui.domain.ports import Holding

T = TypeVar("T")

_holdings: ContextVar[Callable[[Holding], None] | None] = ContextVar("holdings", default=None)


class _End:
    """Marks the end of the queue."""


async def stream(produce: Callable[[Callable[[T], None]], Awaitable[None]]) -> AsyncGenerator[T | Holding, None]:
    """Run a coroutine and yield what it reports, as soon as it does.

    Every wait before a retry of a request that the coroutine makes, however deep inside an SDK, is
    yielded too: the retry policy finds its way here through a context variable, which tasks inherit.

    Args:
        produce: Is given the function to report with.

    Yields:
        What was reported, in order.

    Raises:
        Exception: Whatever the coroutine raised, after all that it had reported.
    """
    queue: asyncio.Queue[T | Holding | _End] = asyncio.Queue()

    async def work() -> None:
        _holdings.set(queue.put_nowait)
        try:
            await produce(queue.put_nowait)
        finally:
            queue.put_nowait(_End())

    task = asyncio.create_task(work())
    try:
        while not isinstance(item := await queue.get(), _End):
            yield item
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tell_holding(holding: Holding) -> None:
    """Tell the stream that this code runs for, if any, that a request is held back."""
    tell = _holdings.get()
    if tell is not None:
        tell(holding)
