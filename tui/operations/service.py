"""The interface of the worker: screens read from Azure and write to it through this one object."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation
from tui.domain.ports import Azure, AzureReads, Clock, Journal, Listing, Page
from tui.operations.bridge import Bridge, OnWait
from tui.operations.registry import Listener, Registry, busy_words
from tui.operations.store import Store
from tui.operations.watcher import Watcher
from tui.operations.worker import Worker, WorkerStopped

if TYPE_CHECKING:
    from datetime import datetime

    from tui.domain.guard import Guard
    from tui.domain.plan import Plan, Request
    from tui.domain.resource_id import ResourceId
    from tui.domain.sign_in import SignedIn
    from tui.domain.unreadable_operation import UnreadableOperation

T = TypeVar("T")

_log = logging.getLogger(__name__)


Refused = Callable[[Problem], object]


def _unheard(problem: Problem) -> None:
    """Log a refusal that did not come from a key."""
    _log.warning("%s %s", problem.title, problem.advice)


class Operations:
    """Reads and writes, run in a thread of their own.

    Reads are awaited, or iterated over, in the caller's loop: see `Bridge`. Every other method returns at once.

    Args:
        connect: Makes the connection to Azure, in the worker's thread, when it is first needed.
        clock: Gives the times.
        journal: Opens the record of writes, in the worker's thread, when it is first needed.
        guard: Decides what must not be written; None allows everything.
    """

    def __init__(
        self, connect: Callable[[], Azure], clock: Clock, journal: Callable[[], Journal], guard: Guard | None = None
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._guard = guard
        self._registry = Registry()
        self._watcher = Watcher(self._registry, self._connected, clock, journal)
        self._worker = Worker()
        self._store = Store(self._connected, clock)
        self._bridge = Bridge(self._worker, lambda fresh: self._store.reads(fresh=fresh))
        self._azure: Azure | None = None
        # Before all other listeners, so that whoever is notified of an end reads fresh data.
        self._registry.listen(self._forget_at_end)
        self._watches: dict[int, Future[None]] = {}
        self._watching, self._resuming = threading.Lock(), threading.Lock()

    def start(self) -> None:
        """Start the worker thread."""
        self._worker.start()

    def stop(self) -> None:
        """Stop watching everything, close the connections and end the thread; Azure goes on."""
        self._watcher.end()
        self._worker.stop(self._close)

    def now(self) -> datetime:
        """The time of the clock that dates all events."""
        return self._clock.now()

    @property
    def clock(self) -> Clock:
        """The clock that dates all events; its waits are for the worker's loop."""
        return self._clock

    # Reads

    async def call(
        self, read: Callable[[AzureReads], Awaitable[T]], on_wait: OnWait | None = None, *, fresh: bool = False
    ) -> T:
        """Await one value from Azure.

        `read` is called in the worker's thread, and `on_wait` for each wait; `fresh` ignores the cache.

        Raises:
            Problem: If it fails.
            CancelledError: If the program is ending.
        """
        return await self._bridge.call(read, on_wait, fresh=fresh)

    def pages(
        self, read: Callable[[AzureReads], Listing[T]], on_wait: OnWait | None = None, *, fresh: bool = False
    ) -> AsyncGenerator[Page[T], None]:
        """Iterate over a list from Azure, in parts that a screen can take at once.

        `read` is called in the worker's thread, and `on_wait` for each wait; `fresh` ignores the cache.

        Raises:
            Problem: If it fails, after what came before.
            CancelledError: If the program is ending.
        """
        return self._bridge.pages(read, on_wait, fresh=fresh)

    def steps(
        self, begin: Callable[[AzureReads], AsyncGenerator[T, None]], on_wait: OnWait | None = None
    ) -> AsyncGenerator[T, None]:
        """Iterate over a sequence of events, such as the steps of a sign-in.

        `begin` is called in the worker's thread, and `on_wait` for each wait.

        Raises:
            Problem: If it fails, after what came before.
            CancelledError: If the program is ending.
        """
        return self._bridge.steps(begin, on_wait)

    def forget_reads(self) -> None:
        """Forget everything that was read, so that it is read again."""
        self._submit(self._forget_reads())

    async def sleep(self, seconds: float) -> None:
        """Wait by the clock that dates all events.

        Raises:
            CancelledError: If the program is ending.
        """
        await self._bridge.run(self._clock.sleep(seconds))

    # Sign-in

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in, according to the last token; None before the first."""
        return self._azure.sign_in.signed_in if self._azure is not None else None

    # Writes

    def apply(self, plan: Plan, named: Collection[ResourceId] = ()) -> tuple[Operation | Problem, ...]:
        """Apply a plan that the user has confirmed; every write goes through here.

        A few writes run at a time and the others are queued, because Azure limits the rate of writes. `named` are the
        locked resources whose names the user typed.

        Returns:
            For each request that changes something, in the plan's order, its operation, or why there is none.

        Raises:
            Problem: If the plan cannot be applied at all.
        """
        if plan.problem:
            raise Problem(ProblemKind.REFUSED, plan.problem, advice="Nothing was sent.")
        if self._guard is not None:
            self._guard.check(plan, named)
        return tuple(self._begin(request) for request in plan.to_send)

    def _begin(self, request: Request) -> Operation | Problem:
        from tui.operations.writes import verb_of

        try:
            operation = self._registry.open(verb_of(request), request, self._clock.now())
        except Problem as problem:
            return problem
        try:
            self._watch(operation, self._watcher.begin(operation))
        except WorkerStopped:
            refusal = Problem(ProblemKind.REFUSED, "sparkpool is ending.", advice="Nothing was sent.")
            self._registry.add(operation.id, Failed(self._clock.now(), refusal))
            return refusal
        return operation

    def stop_watching(self, operation: Operation, refused: Refused = _unheard) -> bool:
        """Stop watching an operation, or abandon an interrupted one; Azure goes on with what it accepted.

        `refused` is called, in the worker's thread, with the reason if an interrupted one cannot be abandoned.

        Returns:
            False if it has ended, or another program watches it.
        """
        current = self._registry.get(operation.id)
        if current.why_watched is not None:
            return False
        if current.is_interrupted:
            self._submit(self._watcher.abandon(current.id, refused))
            return True
        with self._watching:
            watch = self._watches[current.id]
        # In the worker's thread, after the watch has begun: one that never began would have no end.
        self._submit(self._watcher.stop_watching(current.id, watch))
        return True

    def _watch(self, operation: Operation, watch: Coroutine[Any, Any, None]) -> None:
        """Start to watch an operation.

        Raises:
            WorkerStopped: If the worker was stopped.
        """
        # A listener may stop the watch at its first event, before it is noted here.
        with self._watching:
            self._watches[operation.id] = self._worker.submit(watch)

    def resume(self, operation: Operation, named: Collection[ResourceId] = (), refused: Refused = _unheard) -> bool:
        """Resume an interrupted operation. No write is sent again.

        Its progress is reported as events; if another program watches it by now, its record says so. `named` are the
        locked resources whose names the user typed. `refused` is called, in the worker's thread, with the reason if the
        journal does not allow it.

        Returns:
            False if `why_not_resumed` gives a reason, a locked resource was not named, or it is already being
                resumed.
        """
        from tui.domain.plan import Plan

        if self._guard is not None and set(self._guard.locks_over(Plan.of([operation.request]))) - set(named):
            return False
        # The key can be pressed again, and the start can resume it too, before its record says that it is watched.
        with self._resuming:
            watch = self._watches.get(operation.id)
            if self.why_not_resumed(operation) is not None or (watch is not None and not watch.done()):
                return False
            if not self._registry.claim(operation):
                return False
            try:
                self._watch(operation, self._watcher.resume(operation.id, refused))
            except WorkerStopped:
                self._registry.unclaim(operation.id)
                return False
        return True

    def why_not_resumed(self, operation: Operation) -> str | None:
        """Why an operation cannot be resumed now, in one sentence; None if it can."""
        if self._guard is not None and self._guard.why_read_only is not None:
            return self._guard.why_read_only
        current = self._registry.get(operation.id)
        if current.why_not_continued is not None:
            return current.why_not_continued
        other = self._registry.in_the_way(current.target, current.id)
        return f"Another write of {current.target.name} ({other.verb.noun}) has not ended." if other else None

    def why_busy(self, target: ResourceId, *, elsewhere: bool = False) -> str | None:
        """Why an unfinished write of a resource blocks another one, in one sentence; None if none does.

        `elsewhere` counts only operations that another program watches.
        """
        other = self._registry.in_the_way(target)
        if other is None or (elsewhere and not other.is_watched_elsewhere):
            return None
        return busy_words(other)

    def recall(self, then: Callable[[], object], *, resume: bool = False) -> None:
        """Read the operations of earlier and other programs from the journal, and report those that have not ended.

        `then` is called, in the worker's thread, when it was read, and when the journal starts to fail or works again.
        With `resume`, interrupted operations are resumed at once, except those on locked resources.
        """
        self._submit(self._recall(then, resume=resume, is_told=True))

    def follow_others(self, then: Callable[[], object]) -> Callable[[], None]:
        """Read the journal now and whenever other programs have written to it, and call `then` after each read.

        `then` is called in the worker's thread. Returns a function that ends it.
        """
        end = self._watcher.follow(then)
        self._submit(self._recall(then, resume=False))
        return end

    def unreadable(self) -> tuple[UnreadableOperation, ...]:
        """The operations in the journal that this program cannot read, oldest first."""
        return self._registry.unreadable

    def abandon_unreadable(self, unreadable: UnreadableOperation, then: Callable[[Problem | None], object]) -> None:
        """Abandon an operation that cannot be read, so that it does not block other writes; its record stays.

        `then` is called, in the worker's thread, with the reason why it could not be, or None.
        """
        self._submit(self._abandon_unreadable(unreadable.id, then))

    @property
    def journal_problem(self) -> str:
        """Why operations are not recorded durably, in one sentence; empty while they are."""
        return self._watcher.problem

    def operations(self) -> tuple[Operation, ...]:
        """All known operations, including those of earlier and other programs, oldest first."""
        return self._registry.all()

    def operation(self, operation_id: int) -> Operation:
        """The current record of an operation.

        Raises:
            KeyError: If there is none with that id.
        """
        return self._registry.get(operation_id)

    def running(self) -> tuple[Operation, ...]:
        """The operations that this program watches."""
        return tuple(operation for operation in self._registry.all() if operation.is_running)

    def interrupted(self) -> tuple[Operation, ...]:
        """The interrupted operations."""
        return tuple(operation for operation in self._registry.all() if operation.is_interrupted)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with an operation's record after each of its events; returns a function that ends that."""
        return self._registry.listen(listener)

    # Inside the worker

    def _submit(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine in the worker; if that has stopped, the result is dropped."""
        try:
            return self._worker.submit(work)
        except WorkerStopped:
            future: Future[None] = Future()
            future.cancel()
            return future

    def _forget_at_end(self, operation: Operation) -> None:
        if operation.end is not None:
            self._store.forget()

    async def _forget_reads(self) -> None:
        self._store.forget()

    async def _recall(self, then: Callable[[], object], *, resume: bool, is_told: bool = False) -> None:
        await self._watcher.recall()
        if is_told:
            self._watcher.tell_state(then)
        self._recalled(then, resume=resume)
        if not self._watcher.is_read:
            await self._watcher.has_read()
            self._recalled(then, resume=resume)
        self._watcher.tidy()
        await self._watcher.look_at_others()

    def _recalled(self, then: Callable[[], object], *, resume: bool) -> None:
        then()
        for operation in self.interrupted() if resume else ():
            self.resume(operation)

    async def _abandon_unreadable(self, operation_id: int, then: Callable[[Problem | None], object]) -> None:
        then(await self._watcher.abandon_unreadable(operation_id))

    def _connected(self) -> Azure:
        if self._azure is None:
            self._azure = self._connect()
        return self._azure

    async def _close(self) -> None:
        try:
            if self._azure is not None:
                await self._azure.close()
        finally:
            await self._watcher.close()
