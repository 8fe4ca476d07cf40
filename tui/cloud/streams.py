"""A coroutine that reports as it works, turned into an async generator of what it reports."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from tui.domain.holdings import hear_holdings
from tui.domain.ports import Holding

T = TypeVar("T")

_LEAVE_SECONDS = 2.0


class _End:
    """Marks the end of the queue."""


async def stream(produce: Callable[[Callable[[T], None]], Awaitable[None]]) -> AsyncGenerator[T | Holding, None]:
    """Run a coroutine and yield what it reports, as soon as it does.

    Every wait before a retry of a request that the coroutine makes, however deep inside an SDK, is
    yielded too: see `tui.domain.holdings`.

    Args:
        produce: Is given the function to report with.

    Yields:
        What was reported, in order.

    Raises:
        Exception: Whatever the coroutine raised, after all that it had reported. That a library cancelled it, although
            nobody here had asked for that, is a `RuntimeError`.
    """
    queue: asyncio.Queue[T | Holding | _End] = asyncio.Queue()

    async def work() -> None:
        hear_holdings(queue.put_nowait)
        try:
            await produce(queue.put_nowait)
        finally:
            queue.put_nowait(_End())

    task = asyncio.create_task(work())
    try:
        while not isinstance(item := await queue.get(), _End):
            yield item
        await asyncio.wait({task})
        if task.cancelled():
            raise RuntimeError("the request was cancelled by none of its callers")
        task.result()
    finally:
        task.cancel()
        # A library that holds its cancellation up must not hold up whoever leaves.
        await asyncio.wait({task}, timeout=_LEAVE_SECONDS)
