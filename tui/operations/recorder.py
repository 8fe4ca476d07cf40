"""The journal for the worker's loop: in its own thread, with patience, and retried until it works."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tui.domain.errors import NotRecorded, Problem

if TYPE_CHECKING:
    from tui.domain.operation import Event, Operation, Unwatched
    from tui.domain.ports import Journal
    from tui.domain.unreadable_operation import UnreadableOperation

T = TypeVar("T")

_PATIENCE_SECONDS = 5.0
"""How long to wait for another program's lock where an event must be recorded before anything is sent."""
_PASSING_SECONDS = 1.0
"""How long to wait for it where an event can be recorded later."""
_PAUSE_SECONDS = 0.05
_RETRY_SECONDS = 2.0
"""How often a failed journal is tried again."""


@dataclass(frozen=True, slots=True)
class Found:
    """The contents of the journal: readable and unreadable operations, and the ids of those that it lacks part of."""

    operations: tuple[Operation, ...]
    unreadable: tuple[UnreadableOperation, ...]
    unwritten: frozenset[int]


class Recorder:
    """Records operations without ever blocking the worker's loop.

    Args:
        open_journal: Opens the journal, in the journal's thread, when it is first needed.
        changed: Is called when the journal starts to fail, and when it works again.

    Attributes:
        problem: Why operations are not recorded durably, in one or two sentences; empty while they are.
        has_read: Whether the journal could be read since the start.
    """

    def __init__(self, open_journal: Callable[[], Journal], changed: Callable[[], object]) -> None:
        self.problem = ""
        self.has_read = asyncio.Event()
        self._open_journal = open_journal
        self._changed = changed
        self._thread = _JournalThread()
        self._journal: Journal | None = None
        self._said = "", False
        self._retrying: asyncio.Task[None] | None = None

    async def begin(self, operation: Operation) -> None:
        """Record a new operation, before any of it is sent.

        Raises:
            NotRecorded: If it cannot be recorded durably.
            Problem: If another write of the same resource has not ended.
        """
        await self._patiently(lambda journal: journal.begin(operation))

    async def keep(self, operation: Operation, unsent: str = "") -> Problem | None:
        """Record the new events of an operation, later if they cannot be recorded now.

        `unsent` says in one sentence what is not sent unless they are durable, so that it waits for another program's
        lock; empty where they can be recorded later. Returns why they are not durable; None if they are.
        """

        def record(journal: Journal) -> tuple[Problem | None, bool]:
            journal.record(operation)
            return _how_kept(journal, operation, unsent)

        def again(journal: Journal) -> tuple[Problem | None, bool]:
            journal.flush()
            return _how_kept(journal, operation, unsent)

        # While the journal is known to fail, events that can be recorded later do not wait for it.
        patience = _PATIENCE_SECONDS if unsent else 0.0 if self.problem else _PASSING_SECONDS
        until = time.monotonic() + patience
        refusal, is_locked = await self._call(record)
        while refusal is not None and is_locked and time.monotonic() < until:
            await asyncio.sleep(_PAUSE_SECONDS)
            refusal, is_locked = await self._call(again)
        self._note()
        return refusal

    async def take(self, operation_id: int, event: Event) -> Operation:
        """Take over an operation that no program watches; as `Journal.take`."""
        return await self._patiently(lambda journal: journal.take(operation_id, event))

    async def abandon_unreadable(self, operation_id: int, end: Unwatched) -> None:
        """Abandon what cannot be read; as `Journal.release`."""
        await self._patiently(lambda journal: journal.abandon_unreadable(operation_id, end))

    async def load(self, only: Collection[int] | None = None, known: Collection[int] = ()) -> Found:
        """The contents of the journal; as `Journal.load`."""

        def load(journal: Journal) -> tuple[Found, bool]:
            operations = journal.load(only, known)
            return Found(operations, journal.unreadable, journal.unwritten), journal.is_read

        operations, is_read = await self._call(load)
        if is_read:
            self.has_read.set()
        self._note()
        return operations

    async def has_changed(self) -> bool:
        """Whether other programs have written since the last call."""
        has_changed = await self._call(lambda journal: journal.has_changed())
        self._note()
        return has_changed

    async def tidy(self) -> bool:
        """Make some room in the journal; returns whether there may be more to do."""
        return await self._call(lambda journal: journal.tidy())

    async def close(self) -> None:
        """Record what is left to record, and close the journal."""
        if self._journal is not None:
            await self._call(lambda journal: journal.close())
        self._thread.stop()

    async def _call(self, use: Callable[[Journal], T]) -> T:
        """Use the journal in its thread; the call completes even if its caller stops waiting."""
        if self._journal is not None and self._journal.is_in_memory and self._thread.is_idle:
            return self._use(use)  # nothing can delay that, and nothing else uses it
        return await asyncio.shield(asyncio.wrap_future(self._thread.submit(lambda: self._use(use))))

    def _use(self, use: Callable[[Journal], T]) -> T:
        if self._journal is None:
            self._journal = self._open_journal()
        try:
            return use(self._journal)
        finally:
            self._said = self._journal.problem, bool(self._journal.unwritten)

    async def _patiently(self, use: Callable[[Journal], T]) -> T:
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await self._call(use)
            except NotRecorded as refusal:
                if not refusal.is_locked or time.monotonic() >= until:
                    raise
            finally:
                self._note()
            await asyncio.sleep(_PAUSE_SECONDS)

    def _note(self) -> None:
        """Copy the journal's state, and have it retried if something is wrong."""
        before, (self.problem, is_behind) = self.problem, self._said
        if (self.problem or is_behind) and self._retrying is None:
            self._retrying = asyncio.get_running_loop().create_task(self._retry())
        if self.problem != before:
            self._changed()

    async def _retry(self) -> None:
        try:
            is_well = False
            while not is_well:
                await asyncio.sleep(_RETRY_SECONDS)
                is_well = await self._call(lambda journal: journal.recover())
        finally:
            self._retrying = None
        self._note()


def _how_kept(journal: Journal, operation: Operation, unsent: str) -> tuple[Problem | None, bool]:
    """Why an operation is not completely durable, and whether another program's lock is the reason."""
    is_kept = operation.id not in journal.unwritten
    return None if is_kept else journal.refusal(unsent), journal.is_locked


class _JournalThread:
    """Runs functions in order.

    A daemon, because a disk that hangs must not keep the program from ending.
    """

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given = self._done = 0

    @property
    def is_idle(self) -> bool:
        """Whether all given functions have run."""
        return self._given == self._done

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Run a function; the future has its result or exception."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        # Once queued here, it will be recorded, even if the caller stops waiting.
        future.set_running_or_notify_cancel()
        self._given += 1
        self._work.put((function, future))
        return future

    def stop(self) -> None:
        """End the thread after the given functions."""
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
