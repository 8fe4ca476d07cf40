"""The one write of an attach, an update or a detach: checked, sent once, followed, and resolved by reading."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind, RequestIds
from tui.domain.ports import Finished
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone
from tui.operations.reconcile import Standing, failed_there, no_status, no_trace, read_back, still_unknown, unlike
from tui.operations.resume_point import SENDING, ResumePoint
from tui.operations.run import OperationFailed, Run

_SETTLE_SECONDS = 15.0
"""How long a write whose answer was lost may leave no trace before it counts as not arrived."""
_RESEND_SECONDS = 5.0
"""How long a write may take to arrive, before another program may send it again."""
_RESEND_LEFT_SECONDS = 60.0
"""The same if the user stopped watching while it was being sent: Azure can take half a minute (recorded)."""
_PATIENCE_AFTER_FAILURE = 600.0
"""How long a compute may be busy after Azure has reported its operation as failed."""
_FROM_GATEWAYS = (408, 499, 502, 504)
_BAD_ENDS = (ProblemKind.FAILED, ProblemKind.CANCELED)


def is_written(before: Compute | None, after: Compute | None) -> bool:
    """Whether a compute may have been written since it was read before the write, by that write or another.

    A PUT changes `modifiedOn` when Azure accepts it and again when it ends, successfully or not (recorded); the errors
    of a failure may be the same as before.
    """
    if before is None or after is None:
        return after is not None
    if None not in (before.modified, after.modified):
        return before.modified != after.modified
    return before.raw != after.raw


class SingleWrite(ABC):
    """A write of one compute, which is sent at most once.

    After Azure accepted it, it is followed and never sent again. A failure is judged by how far the write was, not by
    its type: once it may have been sent, only proof that Azure did nothing ends it as failed; in all other cases the
    compute is read. If it is unknown whether the write was sent, the compute is read first, and the write is sent only
    if the compute has not been written since.

    Args:
        run: The operation.
        target: The compute.
        seen: The compute as the user saw it; None where there was none.
        document: The requested document; None for a detach.
    """

    checking = ""
    """What is read before the write is sent, as a sentence; empty for nothing."""

    def __init__(
        self,
        run: Run,
        target: ResourceId,
        seen: Compute | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.run = run
        self.target = target
        self._seen = self._before = seen
        self._document = document

    @abstractmethod
    async def check(self) -> Compute | None:
        """Read again what the write is based on.

        Returns:
            The compute just before the write; None where there is none.

        Raises:
            Problem: If the write must not be sent.
        """

    @abstractmethod
    async def send(self, token: str | None = None) -> Finished:
        """Send the write and follow it; with a continuation token, only follow it.

        Raises:
            Problem: If it fails, or its success is uncertain.
        """

    @abstractmethod
    def differences(self, after: Compute | None) -> tuple[str, ...]:
        """How Azure's compute (None: no such compute) differs from the request."""

    def has_arrived(self, before: Compute | None, after: Compute | None) -> bool:
        """Whether the compute before and after (None: no such compute) proves that the write has arrived."""
        return is_written(before, after)

    async def perform(self) -> Compute | None:
        """Complete the write, from the start or from where an earlier program stopped.

        Returns:
            What Azure shows then; None where there is no compute.

        Raises:
            OperationFailed: If it did not end as requested, or the outcome is unknown.
        """
        run = self.run
        await run.start(self._seen.raw if self._seen is not None else None, self._document)
        point = run.resume_point()
        self._before = point.found or self._seen
        if point.sent and point.token is None:
            standing, after = await self._read_back(
                "it may already have been sent, so the compute is read first", settle=self._seconds_on_the_way(point)
            )
            if standing is Standing.DONE:
                return after
            if standing is not Standing.NO_TRACE:
                raise self._undone(after, f"{self.target.name} changed after the request was sent")
        finished: Finished | None = None
        lost = no_status()
        try:
            finished = await (self._check_and_send() if point.token is None else self._follow(point.token))
        except Problem as problem:
            lost = problem
        if finished is not None and not finished.is_inferred and self._is_done(finished.compute):
            return finished.compute
        return await self._settle(lost, finished)

    async def _check_and_send(self) -> Finished:
        if self.checking:
            await self.run.progress("checking", self.checking)
        before = await self.check()
        await self.run.announce(SENDING, "the only write of this operation", before)
        self._before = before or self._before
        return await self.send()

    async def _follow(self, token: str) -> Finished:
        await self.run.progress("following", "Azure already accepted it, so nothing is sent again", token=token)
        return await self.send(token)

    def _seconds_on_the_way(self, point: ResumePoint) -> float:
        """For how many seconds a write that was sent earlier may still arrive, at most."""
        if point.sent_at is None:
            return 0.0
        longest = _RESEND_LEFT_SECONDS if point.was_left else _RESEND_SECONDS
        passed = (self.run.clock.now() - point.sent_at).total_seconds()
        return min(longest, max(0.0, longest - passed))

    async def _settle(self, lost: Problem, finished: Finished | None) -> Compute | None:
        """Find out how a write ended that has no proven end.

        `lost` is its failure; `finished` is what Azure reported as its end, None without one.
        """
        name, point = self.target.name, self.run.resume_point()
        is_accepted = point.token is not None
        is_sent = point.sent or is_accepted
        if not is_sent or (lost.had_no_effect and not is_accepted):
            raise OperationFailed(lost)
        is_finished = finished is not None and not finished.is_inferred
        has_failed = is_accepted and lost.kind in _BAD_ENDS
        settle, patience = 0.0, None
        if is_finished:
            note, settle = "Azure reports success; the compute is read until it shows that.", _SETTLE_SECONDS
        elif has_failed:
            note, patience = f"{lost.title} The compute is read to see its state.", _PATIENCE_AFTER_FAILURE
        else:
            note = f"{lost.title} Nothing is sent twice: the compute is read to see its state."
            settle = 0.0 if _is_answered(lost) else _SETTLE_SECONDS
        standing, after = await self._read_back(note, settle, patience, lost if has_failed else None)
        if standing is Standing.DONE:
            return after
        if has_failed:
            raise OperationFailed(lost)
        if is_finished and self._is_as_azure_says(after):
            return after
        if is_accepted or is_finished:
            raise self._undone(after, f"Azure accepted the request for {name}", lost.ids)
        if standing is not Standing.NO_TRACE:
            raise self._undone(after, f"{name} changed after the request was sent", lost.ids)
        raise OperationFailed(no_trace(self.target, lost))

    async def _read_back(
        self, note: str, settle: float = 0.0, patience: float | None = None, failure: Problem | None = None
    ) -> tuple[Standing, Compute | None]:
        """Read the compute until the result of the write is clear.

        Args:
            note: Why it is read, as a sentence.
            settle: For how many seconds a write without any trace may still arrive.
            patience: After how many seconds to give up on a compute that is still being written; None for never.
            failure: The failure that Azure has reported, which is the result if the compute cannot be read.
        """
        try:
            return await read_back(self.run, self.target, note, self._compare, settle=settle, patience=patience)
        except Problem as problem:
            raise OperationFailed(failure or still_unknown(problem, self.target)) from problem

    def _compare(self, after: Compute | None) -> Standing:
        """How a compute compares with the request."""
        tone = after.state.tone if after is not None else Tone.GOOD
        if tone is Tone.BUSY:
            # Azure does not promise to show the requested values before the write has ended.
            return Standing.UNDER_WAY
        if tone is Tone.BAD or self.differences(after):
            return Standing.NOT_DONE if self.has_arrived(self._before, after) else Standing.NO_TRACE
        return Standing.DONE if tone is Tone.GOOD else Standing.UNDER_WAY

    def _is_done(self, after: Compute | None) -> bool:
        """Whether a compute that Azure reports as done proves it."""
        return self._compare(after) is Standing.DONE or self._is_as_azure_says(after)

    def _is_as_azure_says(self, after: Compute | None) -> bool:
        """Whether a compute was written and is in a good state, even if Azure spells the values differently."""
        return after is not None and after.state.tone is Tone.GOOD and self.has_arrived(self._before, after)

    def _undone(self, after: Compute | None, how: str, ids: RequestIds | None = None) -> OperationFailed:
        """The failure of a write that was sent, and that Azure does not show as done."""
        if after is not None and after.state.tone is Tone.BAD:
            return OperationFailed(failed_there(how, after, ids))
        return OperationFailed(unlike(how, self.differences(after), ids), found=after)


def _is_answered(lost: Problem) -> bool:
    """Whether Azure's own service answered, so that the write cannot still arrive."""
    return bool(lost.code) and lost.status is not None and lost.status not in _FROM_GATEWAYS
