"""What is read again before it is changed, and plans that wait for that."""

import asyncio
from collections.abc import Callable

from tui.domain.errors import Problem
from tui.domain.ports import RequestWait
from tui.operations.service import Operations
from tui.ui.screens.base import BaseScreen


class Reload:
    """Something first shown as it was known, and soon as Azure shows it now.

    Args:
        changed: Called after each read, and when a read waits.
        refresh: The name of the refresh key.
    """

    def __init__(self, operations: Operations, changed: Callable[[], None], refresh: str) -> None:
        self._operations = operations
        self._changed = changed
        self._refresh = refresh
        self._waiting = ""
        self._news = asyncio.Event()
        self.problem: Problem | None = None

    @property
    def names(self) -> str:
        """The names of what is changed, or their number."""
        raise NotImplementedError

    @property
    def unread(self) -> str:
        """The names of what is still being read; empty for nothing."""
        raise NotImplementedError

    @property
    def why_not_changeable(self) -> str | None:
        """Why what was read cannot be changed, in one sentence; None if it can."""
        return None

    @property
    def why_not_ready(self) -> str | None:
        """Why it cannot be changed yet, in one sentence; None if it can."""
        if self.problem is not None:
            return f"{self.problem.title} {self._refresh} reads again."
        return self._reading or self.why_not_changeable

    @property
    def _reading(self) -> str:
        """What is still being read, in one sentence; empty after the last read or the first failure."""
        unread = self.unread
        return f"Still reading {unread}{self._waiting}." if unread and self.problem is None else ""

    def when_read(self, screen: BaseScreen, action: str, show: Callable[[], object]) -> None:
        """Show the plan now or, if no key is pressed in between, once everything is read.

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

    def _wait(self, request_wait: RequestWait) -> None:
        self._waiting = f"; waiting: {request_wait.text}"
        self._tell()

    def _tell(self) -> None:
        self._changed()
        self._news.set()
        self._news = asyncio.Event()
