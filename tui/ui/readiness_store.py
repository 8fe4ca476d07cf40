"""Checks the readiness of attached pools for screens: each pool once, and only when it is visible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.domain.errors import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from tui.domain.compute import Compute
    from tui.domain.ports import RequestWait
    from tui.domain.readiness import Readiness
    from tui.domain.workspaces import Workspace
    from tui.operations.readiness import Assessed, Assessor
    from tui.ui.reads import Reads
    from tui.ui.session import Session

_SAME_WAIT = timedelta(seconds=2)
"""How much later a wait must end than another one to be reported too."""


class ReadinessStore:
    """The readiness of a workspace's attached pools, as far as it was requested.

    Args:
        session: The run.
        reads: Holds the reads, and ends them with the screen.
        arrived: Called with each result as it arrives.
        held: Called when `waiting` changes.
    """

    def __init__(
        self, session: Session, reads: Reads, arrived: Callable[[Assessed], None], held: Callable[[], None]
    ) -> None:
        self._session = session
        self._reads = reads
        self._arrived = arrived
        self._held = held
        self._waiting = ""
        self._until: datetime | None = None
        self._under_way: set[str] = set()
        self._assessor: Assessor | None = None
        self._asked: set[str] = set()
        self._found: dict[str, Readiness] = {}
        self._batches = 0
        self._as_of: datetime | None = None

    @property
    def assessor(self) -> Assessor | None:
        """The assessor with what it has read; None before `invalidate`."""
        return self._assessor

    @property
    def waiting(self) -> str:
        """Why results are missing, and for how long at least; empty if nothing waits."""
        return self._waiting

    @property
    def as_of(self) -> datetime | None:
        """When the oldest fact behind the results was read; None before the first result."""
        return self._as_of

    def invalidate(self, workspace: Workspace, computes: Sequence[Compute] | None) -> None:
        """Forget what was read, because it may have changed; results stay until there are new ones.

        Args:
            workspace: The workspace.
            computes: All its computes; None to read them when needed.
        """
        from tui.operations.readiness import Assessor

        self._assessor = Assessor(workspace, computes)
        self._asked.clear()
        self._as_of = None
        # Running reads may predate the change, and would overwrite newer results.
        for topic in self._under_way:
            self._reads.cancel(topic)
        self._under_way.clear()
        self._wait_for(None)

    def of(self, compute: Compute) -> Readiness | None:
        """The readiness of a compute, if known."""
        return self._found.get(compute.name.lower())

    def request(self, computes: Iterable[Compute]) -> None:
        """Check those computes that are attached pools and were not checked yet."""
        assessor = self._assessor
        new = [
            compute
            for compute in computes
            if compute.is_spark_pool and compute.raw and compute.name.lower() not in self._asked
        ]
        if assessor is None or not new:
            return
        self._asked.update(compute.name.lower() for compute in new)
        self._batches += 1
        topic = f"readiness {self._batches}"
        self._under_way.add(topic)
        self._reads.start(topic, self._assess, topic, assessor, new)

    async def _assess(self, topic: str, assessor: Assessor, asked: Sequence[Compute]) -> None:
        operations = self._session.operations
        try:
            async for page in operations.pages(
                lambda azure: assessor.assess(azure, operations.clock, asked), self._note_wait
            ):
                self._check_wait()
                self._as_of = min((moment for moment in (self._as_of, page.as_of) if moment is not None), default=None)
                for assessed in page.items:
                    self._found[assessed.compute.name.lower()] = assessed.readiness
                    self._arrived(assessed)
        except Problem as problem:
            self._end(topic)
            self._mark_unknown(asked, problem)
        else:
            self._end(topic)

    def _end(self, topic: str) -> None:
        self._under_way.discard(topic)
        self._check_wait()

    def _mark_unknown(self, asked: Sequence[Compute], problem: Problem) -> None:
        from tui.domain.readiness import not_assessed
        from tui.operations.readiness import Assessed

        unread = not_assessed(problem)
        for compute in asked:
            if self.of(compute) is None:
                self._found[compute.name.lower()] = unread
                self._arrived(Assessed(compute, unread))

    def _note_wait(self, request_wait: RequestWait) -> None:
        """Keep the wait that ends last, so that requests that wait together are reported once."""
        until = self._session.operations.now() + timedelta(seconds=request_wait.seconds)
        if self._until is None or until - self._until > _SAME_WAIT:
            self._wait_for(until, f"readiness: waiting, {request_wait.text}")

    def _check_wait(self) -> None:
        if self._until is not None and (not self._under_way or self._session.operations.now() >= self._until):
            self._wait_for(None)

    def _wait_for(self, until: datetime | None, words: str = "") -> None:
        self._until, before, self._waiting = until, self._waiting, words
        if words != before:
            self._held()
