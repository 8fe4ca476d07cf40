"""Computes that are read again before they are changed."""

import asyncio
from collections.abc import Callable, Sequence

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.ordering import by_name
from tui.domain.ports import Holding
from tui.operations.service import Operations
from tui.ui.screens.base import HouseScreen

_AT_A_TIME = 8


def another_since(compute: Compute) -> Problem:
    """Why a compute is not shown as it is described now: that is another one than the list has.

    Args:
        compute: The compute as it is described now.
    """
    return Problem(
        ProblemKind.CHANGED,
        f"{compute.name} is described as another compute than the list shows: attached at another time, or to another "
        "Spark pool.",
        cause=f"It is now described as attached to {compute.attached_to or 'nothing'}.",
        advice="Go back, refresh the list, and open it again.",
    )


class FreshComputes:
    """Some computes, first as a list knew them and soon as Azure shows each by itself.

    Args:
        computes: As the list knew them.
        operations: Reads.
        changed: Called whenever something has come.
        refresh: What the key that reads again is called.
    """

    def __init__(
        self,
        computes: Sequence[Compute],
        operations: Operations,
        changed: Callable[[], None],
        refresh: str,
    ) -> None:
        self._computes = {compute.name.lower(): compute for compute in computes}
        self._left = set(self._computes)
        self._operations = operations
        self._changed = changed
        self._refresh = refresh
        self._held = ""
        self._news = asyncio.Event()
        self.problem: Problem | None = None

    @property
    def items(self) -> tuple[Compute, ...]:
        """The computes, in the order given."""
        return tuple(self._computes.values())

    @property
    def names(self) -> str:
        """Their names in a few words."""
        names = [compute.name for compute in self.items]
        return names[0] if len(names) == 1 else f"{len(names)} Spark pools"

    @property
    def why_not_ready(self) -> str | None:
        """Why they cannot be changed yet, in one sentence, or None if they can."""
        if self.problem is not None:
            return f"{self.problem.title} {self._refresh} reads again."
        return self._reading or next((reason for one in self.items if (reason := one.why_not_editable)), None)

    @property
    def _reading(self) -> str:
        """What is still being read, in one sentence; empty once everything was read, or something could not be."""
        if not self._left or self.problem is not None:
            return ""
        names = ", ".join(sorted((self._computes[key].name for key in self._left), key=by_name))
        return f"Still reading {names}{self._held}."

    def when_read(self, screen: HouseScreen, action: str, show: Callable[[], object]) -> None:
        """Show what an action of a screen leads to: now, or once the computes were read, unless a key comes before.

        Args:
            screen: The screen in front.
            action: The action.
            show: Shows it; called in the end also where a compute could not be read.
        """
        if self._reading:
            screen.reads.start(action, self._show_when_read, screen, action, show)
        else:
            show()

    async def _show_when_read(self, screen: HouseScreen, action: str, show: Callable[[], object]) -> None:
        before = screen.keys_come
        while self._reading and screen.keys_come == before:
            screen.say_until_key((f"{self._reading} The plan follows.", "$dim"))
            await self._news.wait()
        if screen.keys_come == before:
            screen.gone_on()
            screen.show_result(action, f"the plan for {self.names}", show)

    async def read(self) -> None:
        """Read all of them again."""
        self._left, self.problem = set(self._computes), None
        turn = asyncio.Semaphore(_AT_A_TIME)
        await asyncio.gather(*(self._read(key, turn) for key in self._computes))

    async def _read(self, key: str, turn: asyncio.Semaphore) -> None:
        """Read one; what has no resource id stays as the list knew it."""
        before = self._computes[key]
        target = before.id
        if target is None:
            self._left.discard(key)
            self._tell()
            return
        async with turn:
            try:
                compute = await self._operations.call(lambda azure: azure.compute(target), self._wait, fresh=True)
            except Problem as problem:
                self.problem = self.problem or problem
            else:
                if before.raw and is_another(before, compute):
                    self.problem = self.problem or another_since(compute)
                else:
                    self._computes[key] = compute
                    self._left.discard(key)
        self._held = ""
        self._tell()

    def _wait(self, holding: Holding) -> None:
        self._held = f", which waits: {holding.words}"
        self._tell()

    def _tell(self) -> None:
        self._changed()
        self._news.set()
        self._news = asyncio.Event()
