"""A Spark pool that is read again before it is changed."""

from collections.abc import Callable

from tui.domain.errors import Problem, ProblemKind
from tui.domain.spark import SparkPool
from tui.operations.service import Operations
from tui.ui.pool_computes import PoolComputes
from tui.ui.screens.reload import Reload


def another_pool_since(pool: SparkPool) -> Problem:
    """The problem that a Spark pool in Azure is not the one that was shown.

    Args:
        pool: The Spark pool as it is now.
    """
    return Problem(
        ProblemKind.CHANGED,
        f"{pool.name} is not the Spark pool that you opened: it was deleted and created again since.",
        advice="Go back, and open it again.",
    )


def is_another_pool(before: SparkPool, now: SparkPool) -> bool:
    """Whether a Spark pool was deleted and created again between two reads."""
    return None not in (before.created, now.created) and before.created != now.created


class PoolReload(Reload):
    """One Spark pool and the computes that attach it, as Azure shows them now.

    Args:
        pool: The Spark pool as it was shown.
        computes: Knows the computes that attach it.
        changed: Called after each read, and when a read waits.
        refresh: The name of the refresh key.
    """

    def __init__(
        self,
        pool: SparkPool,
        computes: PoolComputes,
        operations: Operations,
        changed: Callable[[], None],
        refresh: str,
    ) -> None:
        super().__init__(operations, changed, refresh)
        self.pool = pool
        self.computes = computes
        self._is_read = False

    @property
    def names(self) -> str:
        """The name of the Spark pool."""
        return self.pool.name

    @property
    def unread(self) -> str:
        """What is still being read; a plan names the computes that it affects."""
        if not self._is_read:
            return self.pool.name
        if self.computes.is_reading and self.computes.workspace is not None:
            return f"the computes of {self.computes.workspace.name}"
        return ""

    def watch_computes(self) -> None:
        """Start to read the computes."""
        self.computes.read(self._computes_changed)

    def _computes_changed(self) -> None:
        self._waiting = f"; {self.computes.waiting}" if self.computes.waiting else ""
        self._tell()

    async def read(self) -> None:
        """Read the Spark pool again."""
        self._is_read, self.problem = False, None
        try:
            pool = await self._operations.call(lambda azure: azure.spark_pool(self.pool.id), self._wait, fresh=True)
        except Problem as problem:
            self.problem = problem
        else:
            if is_another_pool(self.pool, pool):
                self.problem = another_pool_since(pool)
            else:
                self.pool, self._is_read = pool, True
        self._waiting = ""
        self._tell()
