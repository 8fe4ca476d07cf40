"""Runs, records and resumes operations, and follows those of other programs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.domain.errors import NotRecorded, Problem, ProblemKind
from tui.domain.operation import RESUMED, End, Event, Failed, Operation, Progress, Succeeded, Unwatched, Waited
from tui.domain.request_waits import report_waits_to
from tui.operations.boundary import as_problem, bounded, is_cancelled
from tui.operations.recorder import Found, Recorder
from tui.operations.resume_point import GRANTING, REMOVING, announces_write, may_have_written

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tui.domain.ports import Azure, Clock, Journal, RequestWait
    from tui.operations.registry import Registry

_WRITES_AT_A_TIME = 4
_OTHERS_SECONDS = 2.0
_ENDS_UNTIL_TIDIED = 20


class Watcher:
    """Runs operations, and records each event before it is shown; lives in the worker's thread.

    Args:
        registry: Holds the operations.
        connect: Returns the connection to Azure.
        clock: Gives the times.
        journal: Opens the record, when it is first needed.
    """

    def __init__(
        self, registry: Registry, connect: Callable[[], Azure], clock: Clock, journal: Callable[[], Journal]
    ) -> None:
        self._registry = registry
        self._connect = connect
        self._clock = clock
        self._recorder = Recorder(journal, self._journal_has_changed)
        self._let_go: set[int] = set()
        self._is_ending = False
        self._is_looking = False
        self._followers: list[Callable[[], object]] = []
        self._readers: list[Callable[[], object]] = []
        self._turn = asyncio.Semaphore(_WRITES_AT_A_TIME)
        self._in_order: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[object]] = set()
        self._ends = 0

    @property
    def problem(self) -> str:
        """Why operations are not recorded durably, in one or two sentences; empty while they are."""
        return self._recorder.problem

    def end(self) -> None:
        """Expect every operation to be cancelled, because the program ends; called in any thread."""
        self._is_ending = True

    async def close(self) -> None:
        """Close the journal; operations that have not ended are left to other programs."""
        await self._recorder.close()

    async def begin(self, operation: Operation) -> None:
        """Record a new operation, and run it to its end; if it cannot be recorded, it does not begin."""
        try:
            await self._recorder.begin(operation)
        except NotRecorded as refusal:
            await self._keep(operation.id, Failed(self._clock.now(), refusal))
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: an operation always has an end
            self._registry.add(operation.id, Failed(self._clock.now(), as_problem(error)))
        else:
            await self._watch(operation)

    async def stop_watching(self, operation_id: int, watch: Future[None]) -> None:
        """Stop watching an operation, once its watch has begun; Azure goes on with what it accepted."""
        if not watch.done():
            self._let_go.add(operation_id)
            watch.cancel()

    async def resume(self, operation_id: int, refused: Callable[[Problem], object]) -> None:
        """Resume an interrupted operation; `refused` is called with the reason if that is not possible."""
        try:
            taken = Progress(self._clock.now(), RESUMED, note="resumed from the journal")
            operation = await self._take(operation_id, taken, refused)
        finally:
            self._registry.unclaim(operation_id)
        if operation is not None:
            await self._watch(operation)

    async def abandon(self, operation_id: int, refused: Callable[[Problem], object]) -> None:
        """End an interrupted operation as no longer watched; arguments as for `resume`."""
        await self._take(operation_id, Unwatched(self._clock.now()), refused)

    async def _take(self, operation_id: int, event: Event, refused: Callable[[Problem], object]) -> Operation | None:
        """Take over an interrupted operation with an event; None if that is not possible."""
        async with self._in_order[operation_id]:
            if self._registry.get(operation_id).is_running:
                refused(Problem(ProblemKind.CONFLICT, "It is already watched here.", advice="Nothing was changed."))
                return None
            try:
                operation = await self._recorder.take(operation_id, event)
            except Problem as problem:
                if problem.kind is ProblemKind.CONFLICT:
                    await self._recall_and_tell()
                    self._start(self.look_at_others())
                refused(problem)
                return None
            self._registry.put(operation)
            return operation

    async def abandon_unreadable(self, operation_id: int) -> Problem | None:
        """Abandon what cannot be read; returns why it could not be."""
        try:
            await self._recorder.abandon_unreadable(operation_id, Unwatched(self._clock.now()))
        except Problem as problem:
            return problem
        finally:
            await self._recall_and_tell()
        return None

    async def recall(self) -> bool:
        """Read what earlier and other programs have left in the journal; listeners are notified.

        Returns:
            Whether the unreadable operations have changed.
        """
        # Only an end that leaves something open can be news.
        ended = {one.id for one in self._registry.all() if one.end is not None and not one.is_open}
        return self._merge(await self._recorder.load(known=ended))

    @property
    def is_read(self) -> bool:
        """Whether the journal could be read since the start."""
        return self._recorder.has_read.is_set()

    async def has_read(self) -> None:
        """Wait until the journal could be read, which may be long after the start."""
        await self._recorder.has_read.wait()

    def tidy(self) -> None:
        """Make room in the journal, a little at a time, while nothing runs here."""
        self._start(self._tidy())

    def tell_state(self, then: Callable[[], object]) -> None:
        """Call a function when the journal starts to fail, and when it works again."""
        self._readers.append(then)

    def follow(self, then: Callable[[], object]) -> Callable[[], None]:
        """Call a function whenever other programs have written to the journal; returns a function that ends that."""
        self._followers.append(then)
        return lambda: self._followers.remove(then)

    async def look_at_others(self) -> None:
        """Follow operations of other programs in the journal until they end, or always if there are followers."""
        if self._is_looking:
            return
        self._is_looking = True
        try:
            while self._followers or self._watched_elsewhere():
                # Another process uses the wall clock.
                await asyncio.sleep(_OTHERS_SECONDS)
                await self._look()
        finally:
            self._is_looking = False

    def _watched_elsewhere(self) -> list[int]:
        """What must be checked even if nobody writes: the death of a program is recorded nowhere."""
        others = [one.id for one in self._registry.all() if one.is_watched_elsewhere]
        return others + [one.id for one in self._registry.unreadable if one.watcher and not one.has_ended]

    async def _look(self) -> None:
        if await self._recorder.has_changed():
            await self._recall_and_tell()
        elif (others := self._watched_elsewhere()) and self._merge(await self._recorder.load(others)):
            self._tell(self._followers)

    async def _recall_and_tell(self) -> None:
        await self.recall()
        self._tell(self._followers)

    def _merge(self, loaded: Found) -> bool:
        # This program knows more than the journal of what could not be recorded yet.
        self._registry.merge(one for one in loaded.operations if one.id not in loaded.unwritten)
        return self._registry.merge_unreadable(loaded.unreadable)

    def _journal_has_changed(self) -> None:
        self._start(self._after_change())

    async def _after_change(self) -> None:
        if not self.problem:
            await self.recall()
        self._tell([*self._followers, *self._readers])

    @staticmethod
    def _tell(listeners: list[Callable[[], object]]) -> None:
        for then in tuple(listeners):
            then()

    async def _tidy(self) -> None:
        self._ends = 0
        while not any(one.is_running for one in self._registry.all()):
            if not await self._recorder.tidy():
                break

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in the background, until the program ends at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, operation: Operation) -> None:
        pending: list[Waited] = []
        report_waits_to(lambda request_wait: self._held(operation.id, request_wait, pending))
        try:
            async with self._turn:
                await self._keep(operation.id, await self._run(operation))
        except asyncio.CancelledError:
            if not self._is_stopped(operation.id):
                await self._fail(operation.id, RuntimeError("the operation was cancelled by none of its callers"))
                return
            # Without a record in the journal, the next program finds it interrupted and offers to resume it.
            if operation.id in self._let_go and self._registry.get(operation.id).end is None:
                await self._keep(operation.id, Unwatched(self._clock.now()))
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: an operation always has an end
            await self._fail(operation.id, error)
        finally:
            self._let_go.discard(operation.id)
            self._in_order.pop(operation.id, None)
            self._ends += 1
            if self._ends >= _ENDS_UNTIL_TIDIED:
                self.tidy()

    async def _run(self, operation: Operation) -> End:
        """Run an operation, and return its end."""
        from tui.operations.run import OperationFailed, Run
        from tui.operations.writes import carry_out

        is_stopped = partial(self._is_stopped, operation.id)
        azure = bounded(self._connect().pinned(), is_stopped)
        keep, current = partial(self._keep, operation.id), partial(self._registry.get, operation.id)
        run = Run(operation, azure, self._clock, keep, current, is_stopped)
        try:
            compute = await carry_out(run)
        except OperationFailed as failure:
            return Failed(self._clock.now(), failure.problem, failure.found, failure.rest)
        return Succeeded(self._clock.now(), compute)

    def _is_stopped(self, operation_id: int) -> bool:
        """Whether the user or the program has stopped an operation; libraries also cancel and uncancel tasks."""
        return is_cancelled() and (self._is_ending or operation_id in self._let_go)

    async def _fail(self, operation_id: int, error: Exception) -> None:
        """End an operation after an unexpected failure; it stays open if Azure may have accepted a write."""
        operation = self._registry.get(operation_id)
        problem = as_problem(error)
        if operation.end is not None:
            return
        if may_have_written(operation.events) and not problem.had_no_effect:
            problem.outcome_unknown = True
        await self._keep(operation_id, Failed(self._clock.now(), problem))

    async def _keep(self, operation_id: int, event: Event) -> Problem | None:
        """Record an event, and only then show it; one that announces a write is shown only if it is durable.

        Returns:
            Why the announced write must not be sent; None if it may, or none is announced.
        """
        async with self._in_order[operation_id]:
            known = self._registry.get(operation_id)
            if known.end is not None and isinstance(event, Waited):
                return None  # a request that waited until its operation ended otherwise
            operation = known.with_event(event)
            must = announces_write(event)
            try:
                refusal = await self._recorder.keep(operation, _unsent(operation) if must else "")
            except asyncio.CancelledError:
                self._registry.put(operation)  # already in the journal
                raise
            if must and refusal is not None:
                return refusal
            self._registry.put(operation)
            return None

    def _held(self, operation_id: int, request_wait: RequestWait, pending: list[Waited]) -> None:
        """Show that a request of an operation waits, once for simultaneous waits with the same reason."""
        now, last = self._clock.now(), self._registry.get(operation_id).last
        step = last.step if isinstance(last, Progress | Waited) else ""
        waited = Waited(now, request_wait.reason, now + timedelta(seconds=request_wait.seconds), step)
        pending[:] = [one for one in pending if one.until > now]
        if any(_is_like(one, waited) for one in pending):
            return
        pending.append(waited)
        self._start(self._keep(operation_id, waited))


def _is_like(one: Waited, other: Waited) -> bool:
    """Whether two waits have the same reason and, apart from their jitter, the same length."""
    is_longer = other.until - other.at > 2 * (one.until - one.at)
    return (one.reason, one.step) == (other.reason, other.step) and not is_longer


def _unsent(operation: Operation) -> str:
    """What is not sent if the event that announces it cannot be recorded, in one sentence."""
    *earlier, announced = operation.events
    if not any(announces_write(event) for event in earlier):
        return "Nothing was sent."
    nouns = {GRANTING: "This grant", REMOVING: "This removal"}
    noun = nouns.get(announced.status) if isinstance(announced, Progress) else None
    return f"{noun or f'The request for {operation.target.name}'} was not sent."
