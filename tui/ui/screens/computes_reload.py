"""Computes that are read again before they are changed."""

import asyncio
from collections.abc import Callable, Sequence

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.ordering import by_name
from tui.domain.ports import RequestWait
from tui.operations.service import Operations
from tui.ui.screens.base import BaseScreen

_AT_A_TIME = 8


def another_since(compute: Compute) -> Problem:
    """The problem that a compute in Azure is not the one that the list shows.

    Args:
        compute: The compute as it is now.
    """
    return Problem(
        ProblemKind.CHANGED,
        f"{compute.name} is no longer the compute that the list shows: it was attached at another time, or to another "
        "Spark pool.",
        cause=f"Azure now shows it as attached to {compute.attached_to or 'nothing'}.",
        advice="Go back, refresh the list, and open it again.",
    )


class ComputesReload:
    """Some computes, first as the list showed them and soon as Azure shows them now.

    Args:
        computes: The computes from the list.
        changed: Called after each read, and when a read waits.
        refresh: The name of the refresh key.
    """

    def __init__(
        self,
        computes: Sequence[Compute],
        operations: Operations,
        changed: Callable[[], None],
        refresh: str,
    ) -> None:
        self._computes = {compute.name.lower(): compute for compute in computes}
        self._unread = set(self._computes)
        self._operations = operations
        self._changed = changed
        self._refresh = refresh
        self._waiting = ""
        self._news = asyncio.Event()
        self.problem: Problem | None = None

    @property
    def items(self) -> tuple[Compute, ...]:
        """The computes, in the given order."""
        return tuple(self._computes.values())

    @property
    def names(self) -> str:
        """Their names, or their number."""
        names = [compute.name for compute in self.items]
        return names[0] if len(names) == 1 else f"{len(names)} Spark pools"

    @property
    def why_not_ready(self) -> str | None:
        """Why they cannot be changed yet, in one sentence; None if they can."""
        if self.problem is not None:
            return f"{self.problem.title} {self._refresh} reads again."
        return self._reading or next((reason for one in self.items if (reason := one.why_not_editable)), None)

    @property
    def _reading(self) -> str:
        """What is still being read, in one sentence; empty after the last read or the first failure."""
        if not self._unread or self.problem is not None:
            return ""
        names = ", ".join(sorted((self._computes[key].name for key in self._unread), key=by_name))
        return f"Still reading {names}{self._waiting}."

    def when_read(self, screen: BaseScreen, action: str, show: Callable[[], object]) -> None:
        """Show the plan now or, if no key is pressed in between, once the computes are read.

        Args:
            screen: The screen in front.
            action: The action that asked for it.
            show: Shows it, or says why that is not possible.
        """
        if self._reading:
            screen.reads.start(action, self._show_when_read, screen, action, show)
        else:
            show()

    async def _show_when_read(self, screen: BaseScreen, action: str, show: Callable[[], object]) -> None:
        before = screen.keys_come
        while self._reading and screen.keys_come == before:
            screen.say_until_key((f"{self._reading} The plan follows.", "$dim"))
            await self._news.wait()
        if screen.keys_come == before:
            screen.restore_message()
            screen.show_result(action, f"the plan for {self.names}", show)

    async def read(self) -> None:
        """Read all of them again."""
        self._unread, self.problem = set(self._computes), None
        slots = asyncio.Semaphore(_AT_A_TIME)
        await asyncio.gather(*(self._read(key, slots) for key in self._computes))

    async def _read(self, key: str, slots: asyncio.Semaphore) -> None:
        """Read one; without a resource id it stays as the list showed it."""
        before = self._computes[key]
        target = before.id
        if target is None:
            self._unread.discard(key)
            self._tell()
            return
        async with slots:
            try:
                compute = await self._operations.call(lambda azure: azure.compute(target), self._wait, fresh=True)
            except Problem as problem:
                self.problem = self.problem or problem
            else:
                if before.raw and is_another(before, compute):
                    self.problem = self.problem or another_since(compute)
                else:
                    self._computes[key] = compute
                    self._unread.discard(key)
        self._waiting = ""
        self._tell()

    def _wait(self, request_wait: RequestWait) -> None:
        self._waiting = f"; waiting: {request_wait.text}"
        self._tell()

    def _tell(self) -> None:
        self._changed()
        self._news.set()
        self._news = asyncio.Event()
