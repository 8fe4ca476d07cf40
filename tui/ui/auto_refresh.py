"""Refreshes a list at an interval, while it is visible and Azure does not throttle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind

if TYPE_CHECKING:
    from tui.operations.service import Operations
    from tui.ui.reads import Reads

LONGEST_SECONDS = 600.0
CLEAN_READS = 3
"""Reads in a row without throttling before the interval becomes shorter again."""

_TOPIC = "refresh"
_PASSING = (ProblemKind.THROTTLED, ProblemKind.SERVICE, ProblemKind.CONNECTION, ProblemKind.UNREADABLE)


class AutoRefresh:
    """Starts each read of a list some time after the last one ended, so that no two overlap.

    Args:
        operations: Its clock measures the time.
        seconds: The interval; None for never.
        reads: Holds the wait, and ends it with the screen.
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
    def text(self) -> str:
        """The interval for the status line; empty if there is none or there is a warning."""
        return "" if self._asked is None or self.warning else f"every {self._seconds:.0f} s"

    @property
    def warning(self) -> str:
        """Why it reads less often than requested; empty if it does not."""
        if self._asked is None or self._seconds <= self._asked:
            return ""
        return f"Azure throttles; refreshing every {self._seconds:.0f} s"

    def throttled(self) -> None:
        """Note that Azure throttled the current read."""
        self._is_throttled = True

    def begun(self) -> None:
        """Stop waiting, because the list is being read."""
        self._is_due = False
        self._reads.cancel(_TOPIC)

    def ended(self, problem: Problem | None) -> None:
        """Wait for the next read, unless only the user can fix the problem.

        Args:
            problem: Why the read failed; None if it did not.
        """
        if self._asked is None:
            return
        self._adapt(problem)
        if problem is None or problem.kind in _PASSING:
            self._reads.start(_TOPIC, self._wait)

    def seen_again(self) -> None:
        """Read now if a read was due while the list was not visible."""
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
