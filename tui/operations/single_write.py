"""The one write of a resource: checked, sent once, followed, and resolved by reading."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar, cast

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind, RequestIds
from tui.domain.identity import UserAssignedIdentity
from tui.domain.ports import Finished
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkPool
from tui.domain.states import Tone
from tui.domain.written import Written
from tui.operations.reconcile import Standing, failed_there, no_status, no_trace, read_back, still_unknown, unlike
from tui.operations.resume_point import SENDING, ResumePoint
from tui.operations.run import OperationFailed, Run

W = TypeVar("W", Compute, SparkPool, UserAssignedIdentity)

_SETTLE_SECONDS = 15.0
"""How long a write whose answer was lost may leave no trace before it counts as not arrived."""
_RESEND_SECONDS = 5.0
"""How long a write may take to arrive, before another program may send it again."""
_RESEND_LEFT_SECONDS = 60.0
"""The same if the user stopped watching while it was being sent: Azure can take half a minute (recorded)."""
_PATIENCE_AFTER_FAILURE = 600.0
"""How long a resource may be busy after Azure has reported its operation as failed."""
_FROM_GATEWAYS = (408, 499, 502, 504)
_BAD_ENDS = (ProblemKind.FAILED, ProblemKind.CANCELED)


def is_written(before: Written | None, after: Written | None) -> bool:
    """Whether a resource may have been written since it was read before the write, by that write or another.

    A PUT of a compute changes `modifiedOn` when Azure accepts it and again when it ends, successfully or not
    (recorded); the errors of a failure may be the same as before. A Spark pool shows what was requested at once
    (recorded), and only has a time of its last success (specification), so its documents are compared.
    """
    if before is None or after is None:
        return after is not None
    if isinstance(before, Compute) and isinstance(after, Compute) and None not in (before.modified, after.modified):
        return before.modified != after.modified
    return before.raw != after.raw


class SingleWrite(ABC, Generic[W]):
    """A write of one resource, which is sent at most once.

    After Azure accepted it, it is followed and never sent again. A failure is judged by how far the write was, not by
    its type: once it may have been sent, only proof that Azure did nothing ends it as failed; in all other cases the
    resource is read. If it is unknown whether the write was sent, the resource is read first, and the write is sent
    only if it has not been written since.

    Args:
        run: The operation.
        target: The resource.
        seen: The resource as the user saw it; None where there was none.
        document: The requested document; None for a detach.
    """

    noun: ClassVar[str] = "compute"
    """What the resource is called in a sentence."""
    checking: ClassVar[str] = ""
    """What is read before the write is sent, as a sentence; empty for nothing."""

    def __init__(
        self,
        run: Run,
        target: ResourceId,
        seen: W | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.run = run
        self.target = target
        self._seen: W | None = seen
        self._before: W | None = seen
        self._document = document

    @abstractmethod
    async def read(self) -> W:
        """Read the resource.

        Raises:
            Problem: If it cannot be read, or there is none.
        """

    @abstractmethod
    async def check(self) -> W | None:
        """Read again what the write is based on.

        Returns:
            The resource just before the write; None where there is none.

        Raises:
            Problem: If the write must not be sent.
        """

    @abstractmethod
    async def send(self, token: str | None = None) -> Finished[W]:
        """Send the write and follow it; with a continuation token, only follow it.

        Raises:
            Problem: If it fails, or its success is uncertain.
        """

    @abstractmethod
    def differences(self, after: W | None) -> tuple[str, ...]:
        """How the resource in Azure (None: there is none) differs from the request."""

    def has_arrived(self, before: W | None, after: W | None) -> bool:
        """Whether the resource before and after (None: there is none) proves that the write has arrived."""
        return is_written(before, after)

    async def perform(self) -> W | None:
        """Complete the write, from the start or from where an earlier program stopped.

        Returns:
            What Azure shows then; None where it is gone.

        Raises:
            OperationFailed: If it did not end as requested, or the outcome is unknown.
        """
        run = self.run
        await run.start(self._seen.raw if self._seen is not None else None, self._document)
        point = run.resume_point()
        self._before = cast("W | None", point.found) or self._seen
        if point.sent and point.token is None:
            standing, after = await self._read_back(
                f"it may already have been sent, so the {self.noun} is read first",
                settle=self._seconds_on_the_way(point),
            )
            if standing is Standing.DONE:
                return after
            if standing is not Standing.NO_TRACE:
                raise self._undone(after, f"{self.target.name} changed after the request was sent")
        finished: Finished[W] | None = None
        lost = no_status()
        try:
            finished = await (self._check_and_send() if point.token is None else self._follow(point.token))
        except Problem as problem:
            lost = problem
        if finished is not None and not finished.is_inferred and self._is_done(finished.resource):
            return finished.resource
        return await self._settle(lost, finished)

    async def _check_and_send(self) -> Finished[W]:
        if self.checking:
            await self.run.progress("checking", self.checking)
        before = await self.check()
        await self.run.announce(SENDING, "the only write of this operation", before)
        self._before = before or self._before
        return await self.send()

    async def _follow(self, token: str) -> Finished[W]:
        await self.run.progress("following", "Azure already accepted it, so nothing is sent again", token=token)
        return await self.send(token)

    def _seconds_on_the_way(self, point: ResumePoint) -> float:
        """For how many seconds a write that was sent earlier may still arrive, at most."""
        if point.sent_at is None:
            return 0.0
        longest = _RESEND_LEFT_SECONDS if point.was_left else _RESEND_SECONDS
        passed = (self.run.clock.now() - point.sent_at).total_seconds()
        return min(longest, max(0.0, longest - passed))

    async def _settle(self, lost: Problem, finished: Finished[W] | None) -> W | None:
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
            note, settle = f"Azure reports success; the {self.noun} is read until it shows that.", _SETTLE_SECONDS
        elif has_failed:
            note, patience = f"{lost.title} The {self.noun} is read to see its state.", _PATIENCE_AFTER_FAILURE
        else:
            note = f"{lost.title} Nothing is sent twice: the {self.noun} is read to see its state."
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
    ) -> tuple[Standing, W | None]:
        """Read the resource until the result of the write is clear.

        Args:
            note: Why it is read, as a sentence.
            settle: For how many seconds a write without any trace may still arrive.
            patience: After how many seconds to give up on a resource that is still being written; None for never.
            failure: The failure that Azure has reported, which is the result if the resource cannot be read.
        """
        try:
            return await read_back(self.run, self.read, note, self._compare, settle=settle, patience=patience)
        except Problem as problem:
            raise OperationFailed(failure or still_unknown(problem, self.target)) from problem

    def _compare(self, after: W | None) -> Standing:
        """How the resource compares with the request."""
        tone = after.state.tone if after is not None else Tone.GOOD
        if tone is Tone.BUSY:
            # Azure does not promise to show the requested values before the write has ended.
            return Standing.UNDER_WAY
        if tone is Tone.BAD or self.differences(after):
            return Standing.NOT_DONE if self.has_arrived(self._before, after) else Standing.NO_TRACE
        return Standing.DONE if tone is Tone.GOOD else Standing.UNDER_WAY

    def _is_done(self, after: W | None) -> bool:
        """Whether a resource that Azure reports as done proves it."""
        return self._compare(after) is Standing.DONE or self._is_as_azure_says(after)

    def _is_as_azure_says(self, after: W | None) -> bool:
        """Whether the resource was written and is in a good state, even if Azure spells the values differently."""
        return after is not None and after.state.tone is Tone.GOOD and self.has_arrived(self._before, after)

    def _undone(self, after: W | None, how: str, ids: RequestIds | None = None) -> OperationFailed:
        """The failure of a write that was sent, and that Azure does not show as done."""
        if after is not None and after.state.tone is Tone.BAD:
            return OperationFailed(failed_there(how, after, ids))
        return OperationFailed(unlike(how, self.differences(after), ids), found=after)


class ComputeWrite(SingleWrite[Compute]):
    """The write of a compute."""

    async def read(self) -> Compute:
        """Read the compute."""
        return await self.run.azure.compute(self.target)


def _is_answered(lost: Problem) -> bool:
    """Whether Azure's own service answered, so that the write cannot still arrive."""
    return bool(lost.code) and lost.status is not None and lost.status not in _FROM_GATEWAYS
