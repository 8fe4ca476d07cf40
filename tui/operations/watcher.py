"""Operations watched: recorded, run to their ends, taken up again, and seen where other programs watch them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.holdings import hear_holdings
from tui.domain.operation import Event, Failed, Operation, Progress, Unwatched, Waited
from tui.operations.boundary import as_problem, is_cancelled
from tui.operations.past import may_have_written

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tui.domain.ports import Azure, Clock, Holding, Journal
    from tui.operations.registry import Registry

_WRITES_AT_A_TIME = 4
_OTHERS_SECONDS = 2.0


class Watcher:
    """Runs operations, and writes each event down before it is shown; lives in the worker's thread.

    Args:
        registry: Knows the operations.
        connect: Gives the connection to Azure.
        clock: Gives the times.
        journal: Opens the record, when it is first needed.
    """

    def __init__(
        self, registry: Registry, connect: Callable[[], Azure], clock: Clock, journal: Callable[[], Journal]
    ) -> None:
        self._registry = registry
        self._connect = connect
        self._clock = clock
        self._open_journal = journal
        self._journal: Journal | None = None
        self._let_go: set[int] = set()
        self._is_looking = False
        self._followers: list[Callable[[], object]] = []
        self._turn = asyncio.Semaphore(_WRITES_AT_A_TIME)

    @property
    def problem(self) -> str:
        """Why operations are not recorded durably, in one sentence; empty while they are."""
        return self._journal.problem if self._journal is not None else ""

    def close(self) -> None:
        """Close the journal; what has not ended is left to other programs."""
        if self._journal is not None:
            self._journal.close()

    async def begin(self, operation: Operation) -> None:
        """Record a new operation, and run it to its end."""
        try:
            journal = self._recorded()
            journal.begin(operation)
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: an operation always has an end
            self._registry.add(operation.id, Failed(self._clock.now(), as_problem(error)))
            return
        if journal.problem:
            self._keep(operation.id, Progress(self._clock.now(), "not recorded", note=journal.problem))
        await self._watch(operation)

    async def leave(self, operation_id: int, watch: Future[None]) -> None:
        """Stop watching an operation, once its watch has begun; Azure goes on with what it has of it."""
        if not watch.done():
            self._let_go.add(operation_id)
            watch.cancel()

    async def take_up(self, operation_id: int) -> None:
        """Go on with an operation that nobody watches."""
        try:
            taken = Progress(self._clock.now(), "taken up", note="it goes on from where its record ends")
            operation = await self._take(operation_id, taken)
        finally:
            self._registry.unclaim(operation_id)
        if operation is not None:
            await self._watch(operation)

    async def give_up(self, operation_id: int) -> None:
        """End an operation that nobody watches, as one that is watched no more."""
        await self._take(operation_id, Unwatched(self._clock.now()))

    async def _take(self, operation_id: int, event: Event) -> Operation | None:
        """Make an operation that was left this program's own, with an event; None if it cannot be."""
        known = self._registry.get(operation_id)
        if known.is_running:
            return None
        try:
            operation = self._recorded().take(operation_id, event)
        except Problem as problem:
            if problem.kind is ProblemKind.CONFLICT:
                self.recall()
                await self.look_at_others()
            else:
                # What became of it is as unknown as before.
                problem.outcome_unknown = True
                self._registry.put(known.with_event(Failed(self._clock.now(), problem)))
            return None
        self._registry.put(operation)
        return operation

    async def release(self, operation_id: int) -> Problem | None:
        """Let go what cannot be read; returns why it could not be."""
        try:
            self._recorded().release(operation_id, Unwatched(self._clock.now()))
        except Problem as problem:
            return problem
        finally:
            self.recall()
        return None

    def recall(self) -> bool:
        """Know what earlier programs and others have left in the journal.

        Returns:
            Whether what cannot be read has changed; of the others, listeners are told.
        """
        journal = self._recorded()
        # Only of an end that leaves something open can there be news.
        known = {one.id for one in self._registry.all() if one.end is not None and not one.is_open}
        self._registry.learn(journal.load(known=known))
        return self._registry.learn_unread(journal.unread)

    def follow(self, then: Callable[[], object]) -> Callable[[], None]:
        """Have a function called whenever other programs have written into the journal, until the answer is called."""
        self._followers.append(then)
        return lambda: self._followers.remove(then)

    async def look_at_others(self) -> None:
        """Follow in the journal what other programs watch, until it ends; while somebody asks for it, all they do."""
        if self._is_looking:
            return
        self._is_looking = True
        try:
            while self._followers or self._watched_elsewhere():
                # Another process writes by the clock on the wall.
                await asyncio.sleep(_OTHERS_SECONDS)
                self._look()
        finally:
            self._is_looking = False

    def _watched_elsewhere(self) -> list[int]:
        """What must be looked at even if nobody writes: the death of a program is written nowhere."""
        others = [one.id for one in self._registry.all() if one.is_watched_elsewhere]
        return others + [one.id for one in self._registry.unread if one.watcher and not one.has_ended]

    def _look(self) -> None:
        journal = self._recorded()
        if is_news := journal.has_changed():
            self.recall()
        elif others := self._watched_elsewhere():
            self._registry.learn(journal.load(others))
            is_news = self._registry.learn_unread(journal.unread)
        for then in tuple(self._followers) if is_news else ():
            then()

    async def _watch(self, operation: Operation) -> None:
        from tui.operations.writes import write

        hear_holdings(lambda holding: self._held(operation.id, holding))
        try:
            async with self._turn, aclosing(write(operation, self._clock)(self._connect().pinned())) as stream:
                async for event in stream:
                    self._keep(operation.id, event)
        except asyncio.CancelledError:
            if not is_cancelled():
                self._give_up(operation.id, RuntimeError("the operation was cancelled by none of its callers"))
                return
            # Without a word in the journal, the next program finds it unfinished and offers to go on.
            if operation.id in self._let_go and self._registry.get(operation.id).end is None:
                self._keep(operation.id, Unwatched(self._clock.now()))
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of this layer: an operation always has an end
            self._give_up(operation.id, error)
        finally:
            self._let_go.discard(operation.id)

    def _give_up(self, operation_id: int, error: Exception) -> None:
        """End an operation that nothing below has ended; it stays open where Azure may have taken any write of it."""
        operation = self._registry.get(operation_id)
        problem = as_problem(error)
        if operation.end is not None:
            return
        if may_have_written(operation.events) and not problem.had_no_effect:
            problem.outcome_unknown = True
        self._keep(operation_id, Failed(self._clock.now(), problem))

    def _keep(self, operation_id: int, event: Event) -> None:
        """Write an event down, and only then show it."""
        self._recorded().record(self._registry.get(operation_id).with_event(event))
        self._registry.add(operation_id, event)

    def _recorded(self) -> Journal:
        if self._journal is None:
            self._journal = self._open_journal()
        return self._journal

    def _held(self, operation_id: int, holding: Holding) -> None:
        """Show that a request of an operation is held back, as a part of the step that it is at."""
        now, last = self._clock.now(), self._registry.get(operation_id).last
        step = last.step if isinstance(last, Progress | Waited) else ""
        self._keep(operation_id, Waited(now, holding.reason, now + timedelta(seconds=holding.seconds), step))
