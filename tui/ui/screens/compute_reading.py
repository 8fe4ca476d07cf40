"""Reading a workspace's computes: on request or from time to time, with its progress for the status line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.domain.errors import Problem
from tui.domain.request_waits import AT_LIMIT, THROTTLED
from tui.ui.auto_refresh import AutoRefresh
from tui.ui.text import clock

if TYPE_CHECKING:
    from datetime import datetime

    from tui.domain.compute import Compute
    from tui.domain.ports import RequestWait
    from tui.domain.resource_id import ResourceId
    from tui.ui.reads import Reads
    from tui.ui.session import Session


class ComputeReading:
    """Reads the computes of one workspace, because the user asks for it or quietly from time to time.

    Args:
        arrived: Called with each page of computes.
        waits: Called when the read waits for another reason.
        ended: Called at the end, with the problem if it failed.
        is_seen: Whether the list is on the screen.

    Attributes:
        is_quiet: Whether the status line does not mention this read.
        has_changed: Whether this read found a difference; the screen sets it.
        names: The names found so far, in lower case.
        read_at: When the list was last read completely; None before that.
    """

    def __init__(
        self,
        session: Session,
        workspace: ResourceId,
        reads: Reads,
        arrived: Callable[[Sequence[Compute]], None],
        waits: Callable[[], None],
        ended: Callable[[Problem | None], None],
        is_seen: Callable[[], bool],
    ) -> None:
        self._operations = session.operations
        self._workspace = workspace
        self._reads = reads
        self._on_page = arrived
        self._on_wait = waits
        self._on_end = ended
        self._auto_refresh = AutoRefresh(
            session.operations, session.refresh_seconds, reads, self._read_quietly, is_seen
        )
        self._is_under_way = False
        self._waiting = ""
        self.read_at: datetime | None = None
        self.is_quiet = False
        self.has_changed = False
        self.names: set[str] = set()

    def announce(self) -> None:
        """Mark a read as started, before its imports."""
        self._is_under_way, self.is_quiet = True, False
        self.names = set()

    def begin(self) -> None:
        """Start the announced read."""
        self.has_changed = False
        self._auto_refresh.begun()
        self._reads.start("computes", self._read)

    def seen_again(self) -> None:
        """Do at once the read that was due while nobody saw the list."""
        self._auto_refresh.seen_again()

    def _read_quietly(self) -> None:
        self._is_under_way, self.is_quiet = True, True
        self.names = set()
        self.begin()

    async def _read(self) -> None:
        problem: Problem | None = None
        try:
            async for page in self._operations.pages(
                lambda azure: azure.computes(self._workspace), self._wait, fresh=True
            ):
                self._waiting = ""
                self.names.update(compute.name.lower() for compute in page.items)
                self._on_page(page.items)
        except Problem as failure:
            problem = failure
        self._is_under_way = False
        self._waiting = ""
        self._auto_refresh.ended(problem)
        if problem is None:
            self.read_at = self._operations.now()
        self._on_end(problem)

    def _wait(self, request_wait: RequestWait) -> None:
        self._waiting = f"waiting, {request_wait.text}"
        if request_wait.reason in (THROTTLED, AT_LIMIT):
            self._auto_refresh.throttled()
        self._on_wait()

    # For the status line

    @property
    def has_answer(self) -> bool:
        """Whether a read has finished, so that the number of computes is known."""
        return self.read_at is not None

    @property
    def is_under_way(self) -> bool:
        """Whether one is under way."""
        return self._is_under_way

    @property
    def leading_words(self) -> list[str]:
        """What the status line says first: why the read waits or why reads are rare."""
        return [words for words in (self._auto_refresh.warning, self._waiting) if words]

    @property
    def trailing_words(self) -> list[str]:
        """What the status line says last: that a read runs, or how old the list is."""
        if self._waiting:
            return []
        if self._is_under_way and not self.is_quiet:
            return ["reading …"]
        if self.read_at is None:
            return []
        as_of, how_often = clock(self.read_at), self._auto_refresh.text
        return [f"{as_of}, {how_often}" if how_often else f"as of {as_of}"]
