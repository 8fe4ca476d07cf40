"""Computes that are read again before they are changed."""

import asyncio
from collections.abc import Callable, Sequence

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.ordering import by_name
from tui.operations.service import Operations
from tui.ui.screens.reload import Reload

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


class ComputesReload(Reload):
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
        super().__init__(operations, changed, refresh)
        self._computes = {compute.name.lower(): compute for compute in computes}
        self._unread = set(self._computes)

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
    def unread(self) -> str:
        """The names of those that are still being read."""
        return ", ".join(sorted((self._computes[key].name for key in self._unread), key=by_name))

    @property
    def why_not_changeable(self) -> str | None:
        """Why one of them cannot be changed."""
        return next((reason for one in self.items if (reason := one.why_not_editable)), None)

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
