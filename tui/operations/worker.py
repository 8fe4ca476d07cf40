"""A thread with its own event loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_JOIN_SECONDS = 5.0


class WorkerStopped(Exception):
    """The worker was stopped, and accepts no more work."""


class Worker:
    """Runs coroutines in a thread beside the user interface.

    When an SSH terminal stops reading, the interface's loop stops; polling, token refresh and the journal must not, so
    they run here.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stopping = threading.Lock()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="operations", daemon=True)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine in the worker's loop.

        Returns:
            A future for the caller; cancelling it cancels the coroutine.

        Raises:
            WorkerStopped: If the worker was stopped; the coroutine is not run.
        """
        loop = self._running_loop()
        with self._stopping:
            if not self._is_stopped:
                return asyncio.run_coroutine_threadsafe(coroutine, loop)
        coroutine.close()
        raise WorkerStopped

    def stop(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what runs, run `last`, which closes shared resources, and end the thread."""
        if not self._thread.is_alive():
            return
        loop = self._running_loop()
        with self._stopping:
            if self._is_stopped:
                return
            self._is_stopped = True
        loop.call_soon_threadsafe(lambda: loop.create_task(self._wind_down(loop, last)))
        self._thread.join(_JOIN_SECONDS)

    async def _wind_down(self, loop: asyncio.AbstractEventLoop, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        try:
            await last()
        finally:
            loop.stop()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        self._ready.wait()
        if self._loop is None:
            raise RuntimeError("the worker has not been started")
        return self._loop

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            asyncio.set_event_loop(loop)
            self._loop = loop
            self._ready.set()
            loop.run_forever()
