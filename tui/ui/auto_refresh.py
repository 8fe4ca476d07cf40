"""Reads a list again from time to time, while somebody looks at it and Azure does not mind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind

if TYPE_CHECKING:
    from tui.operations.service import Operations
    from tui.ui.reads import Reads

LONGEST_SECONDS = 600.0
CLEAN_READS = 3
"""How many reads in a row must not be throttled before the list is read more often again."""

_TOPIC = "refresh"
_PASSING = (ProblemKind.THROTTLED, ProblemKind.SERVICE, ProblemKind.CONNECTION, ProblemKind.UNREADABLE)


class AutoRefresh:
    """When a list is read again: some time after the last reading of it ended, so that no two overlap.

    Args:
        operations: Measure the time.
        seconds: The interval; None for never.
        reads: Hold the wait, and end it with the screen.
        refresh: Reads the list.
        is_seen: Whether the list is on the screen.
    """

    def __init__(
        self,
        operations: Operations,
        seconds: float | None,
        reads: Reads,
        refresh: Callable[[], None],
        is_seen: Callable[[], bool],
    ) -> None:
        self._operations = operations
        self._asked = seconds
        self._seconds = seconds or 0.0
        self._reads = reads
        self._refresh = refresh
        self._is_seen = is_seen
        self._is_due = False
        self._is_throttled = False
        self._clean = 0

    @property
    def words(self) -> str:
        """How often it reads, for the status line; empty where it does not, or where there is a warning."""
        return "" if self._asked is None or self.warning else f"every {self._seconds:.0f} s"

    @property
    def warning(self) -> str:
        """That it reads more seldom than was asked for; empty where it does not."""
        if self._asked is None or self._seconds <= self._asked:
            return ""
        return f"Azure throttles, refreshing every {self._seconds:.0f} s"

    def throttled(self) -> None:
        """Note that Azure held the reading back that is under way."""
        self._is_throttled = True

    def begun(self) -> None:
        """Stop waiting: the list is being read."""
        self._is_due = False
        self._reads.cancel(_TOPIC)

    def ended(self, problem: Problem | None) -> None:
        """Wait for the next time, unless only the person can mend what is wrong.

        Args:
            problem: Why the reading failed; None if it did not.
        """
        if self._asked is None:
            return
        self._adapt(problem)
        if problem is None or problem.kind in _PASSING:
            self._reads.start(_TOPIC, self._wait)

    def seen_again(self) -> None:
        """Read at once what should have been read while nobody saw it."""
        if self._is_due:
            self._refresh()

    def _adapt(self, problem: Problem | None) -> None:
        asked = self._asked or 0.0
        if self._is_throttled or problem is not None:
            self._clean = 0
            if self._is_throttled or (problem is not None and problem.kind is ProblemKind.THROTTLED):
                self._seconds = max(asked, min(self._seconds * 2, LONGEST_SECONDS))
        else:
            self._clean += 1
            if self._clean >= CLEAN_READS:
                self._clean, self._seconds = 0, max(asked, self._seconds / 2)
        self._is_throttled = False

    async def _wait(self) -> None:
        await self._operations.sleep(self._seconds)
        if self._is_seen():
            self._refresh()
        else:
            self._is_due = True
