"""Calls from the interface's event loop into the worker's: await a value, or iterate over the pages of a list."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tui.domain.ports import AzureReads, Listing, Page, RequestWait
from tui.domain.request_waits import report_waits_to
from tui.operations.boundary import as_problem
from tui.operations.worker import WorkerStopped

if TYPE_CHECKING:
    from datetime import datetime

    from tui.operations.store import DatedReads
    from tui.operations.worker import Worker

T = TypeVar("T")

OnWait = Callable[[RequestWait], object]
"""Is called, in the caller's loop, with each wait before a request is sent again."""

_AT_ONCE = 200
_BREATH_SECONDS = 0.001


class Bridge:
    """Runs reads in the worker's thread, for a caller in another loop.

    A read ends with its caller: cancelling the task that awaits it cancels it in the worker. `reads` returns the reads
    of Azure, in the worker's thread; its argument says whether to read again what is cached.
    """

    def __init__(self, worker: Worker, reads: Callable[[bool], DatedReads]) -> None:
        self._worker = worker
        self._reads = reads

    async def call(
        self, read: Callable[[AzureReads], Awaitable[T]], on_wait: OnWait | None = None, *, fresh: bool = False
    ) -> T:
        """Await one value. `on_wait` is called for each wait; `fresh` ignores the cache.

        Raises:
            Problem: If it fails.
            CancelledError: If the worker has stopped.
        """
        hear = _in_this_loop(on_wait)

        async def work() -> T:
            report_waits_to(hear)
            try:
                return await read(self._reads(fresh))
            except Exception as error:
                raise as_problem(error) from error

        return await self.run(work())

    async def pages(
        self, read: Callable[[AzureReads], Listing[T]], on_wait: OnWait | None = None, *, fresh: bool = False
    ) -> AsyncGenerator[Page[T], None]:
        """Iterate over a list, in parts between which the interface can draw and handle keys.

        `on_wait` is called for each wait; `fresh` ignores the cache.

        Yields:
            What has arrived so far: several pages as one, and a large one in parts of 200 items. A page says as of
            when it is; if it was made from several reads, the oldest counts.

        Raises:
            Problem: If it fails, after what came before.
            CancelledError: If the worker has stopped.
        """
        async with aclosing(self._arrivals(partial(_dated, read), on_wait, fresh=fresh)) as arrivals:
            async for arrived in arrivals:
                while arrived:
                    yield _next_part(arrived)
                    await asyncio.sleep(_BREATH_SECONDS)

    async def steps(
        self, begin: Callable[[AzureReads], AsyncGenerator[T, None]], on_wait: OnWait | None = None
    ) -> AsyncGenerator[T, None]:
        """Iterate over a sequence of events, such as the steps of a sign-in, as soon as each happens.

        Raises:
            Problem: If it fails, after what came before.
            CancelledError: If the worker has stopped.
        """
        async with aclosing(self._arrivals(begin, on_wait, fresh=False)) as arrivals:
            async for arrived in arrivals:
                while arrived:
                    yield arrived.popleft()

    async def _arrivals(
        self, begin: Callable[[DatedReads], AsyncGenerator[T, None]], on_wait: OnWait | None, *, fresh: bool
    ) -> AsyncGenerator[deque[T], None]:
        """Yield what has arrived up to the next wait, and report each wait after what came before it."""
        loop = asyncio.get_running_loop()
        news: deque[T | RequestWait] = deque()
        has_news = asyncio.Event()

        def take(item: T | RequestWait) -> None:
            news.append(item)
            has_news.set()

        def hear(item: T | RequestWait) -> None:
            loop.call_soon_threadsafe(take, item)

        async def work() -> None:
            report_waits_to(hear)
            try:
                async with aclosing(begin(self._reads(fresh))) as items:
                    async for item in items:
                        hear(item)
            except Exception as error:
                raise as_problem(error) from error

        ended = asyncio.ensure_future(self.run(work()))
        ended.add_done_callback(lambda _: has_news.set())
        try:
            while not ended.done() or news:
                await has_news.wait()
                has_news.clear()
                arrived: deque[T] = deque()
                while news:
                    item = news.popleft()
                    if not isinstance(item, RequestWait):
                        arrived.append(item)
                        continue
                    if arrived:
                        yield arrived
                        arrived = deque()
                    if on_wait is not None:
                        on_wait(item)
                if arrived:
                    yield arrived
            await ended
        finally:
            ended.cancel()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine that runs in the worker's loop.

        Raises:
            CancelledError: If the worker has stopped.
        """
        try:
            future = self._worker.submit(work)
        except WorkerStopped:
            raise asyncio.CancelledError from None
        return await asyncio.wrap_future(future)


async def _dated(read: Callable[[AzureReads], Listing[T]], reads: DatedReads) -> Listing[T]:
    async with aclosing(read(reads)) as pages:
        async for page in pages:
            yield page if page.as_of is not None else replace(page, as_of=reads.oldest)


def _in_this_loop(on_wait: OnWait | None) -> Callable[[RequestWait], None]:
    """A listener for the worker's thread that passes waits on to this one."""
    loop = asyncio.get_running_loop()

    def hear(request_wait: RequestWait) -> None:
        if on_wait is not None:
            loop.call_soon_threadsafe(on_wait, request_wait)

    return hear


def _oldest(*pages: Page[Any]) -> datetime | None:
    return min((page.as_of for page in pages if page.as_of is not None), default=None)


def _next_part(arrived: deque[Page[T]]) -> Page[T]:
    """Take what has arrived, up to the size of one part."""
    page = arrived.popleft()
    while arrived and len(page.items) < _AT_ONCE:
        more = arrived.popleft()
        page = Page((*page.items, *more.items), more.last, (*page.unreadable, *more.unreadable), _oldest(page, more))
    if len(page.items) > _AT_ONCE:
        arrived.appendleft(replace(page, items=page.items[_AT_ONCE:]))
        page = Page(page.items[:_AT_ONCE], last=False, as_of=page.as_of)
    return page
