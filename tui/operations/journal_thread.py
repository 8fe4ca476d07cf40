"""One thread in which the journal is used, so that a slow disk or another program's lock holds up nothing else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class JournalThread:
    """Runs functions one after the other, in the order in which they were given.

    A daemon, because a disk that hangs must not keep the program from ending.
    """

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given = self._done = 0

    @property
    def is_idle(self) -> bool:
        """Whether everything that it was given has run."""
        return self._given == self._done

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Have a function run; the answer holds its result, or whatever it raised."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        # Once it waits here, what was to be recorded is recorded, whoever gives up waiting for it.
        future.set_running_or_notify_cancel()
        self._given += 1
        self._work.put((function, future))
        return future

    def stop(self) -> None:
        """End the thread behind what it was given."""
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            function, future = work
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001 - handed on, whatever it is, to whoever waits
                self._done += 1
                future.set_exception(error)
            else:
                self._done += 1
                future.set_result(result)
