"""Detach an attached Spark pool; the pool itself stays."""

from dataclasses import replace

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.plan import Detachment
from tui.domain.ports import Azure, Finished
from tui.domain.role_change import RoleChange
from tui.domain.states import Tone
from tui.operations.change_roles import apply_roles
from tui.operations.resume_point import DETACHED
from tui.operations.run import OperationFailed, Run
from tui.operations.single_write import ComputeWrite, is_written


async def detach(run: Run, detachment: Detachment) -> None:
    """Detach a compute, from the start or from where an earlier program stopped; one that is gone is a success.

    Raises:
        OperationFailed: If it is not detached, or the outcome is unknown.
    """
    await _Detach(run, detachment, is_read_first=run.is_resumed).perform()


async def detach_and_remove(run: Run, detachment: Detachment, roles: RoleChange) -> None:
    """Detach a compute, and remove its roles once it is certainly detached.

    Raises:
        OperationFailed: If a step fails; completed steps remain.
    """
    await run.start(detachment.compute.raw, None)
    with run.step("detach"):
        if DETACHED not in run.resume_point().completed:
            await _Detach(run, detachment, is_read_first=True).perform()
            await run.found(DETACHED, f"{detachment.name} is gone from {detachment.id.parent.name}")
    is_resumed = bool(run.resume_point("remove").completed)
    try:
        await apply_roles(run, replace(roles, compute=detachment.id), is_resumed=is_resumed)
    except OperationFailed as failure:
        problem = failure.problem
        problem.title = f"{detachment.name} is detached, but its role still exists. {problem.title}"
        raise


class _Detach(ComputeWrite):
    """The write of a detach.

    `is_read_first` is whether the compute is read before the write is sent.
    """

    def __init__(self, run: Run, detachment: Detachment, *, is_read_first: bool) -> None:
        super().__init__(run, detachment.id, detachment.compute)
        self._detachment = detachment
        self._is_read_first = is_read_first

    async def check(self) -> Compute | None:
        if not self._is_read_first:
            return self._detachment.compute
        return await _same(self.run.azure, self._detachment)

    async def send(self, token: str | None = None) -> Finished[Compute]:
        return await self.run.azure.detach(self.target, self.run.polled, token)

    def has_arrived(self, before: Compute | None, after: Compute | None) -> bool:
        """Whether it failed: if the compute is the same and in a good state, someone else has written it."""
        if after is None or not is_written(before, after):
            return False
        return after.state.tone is Tone.BAD or is_another(self._detachment.compute, after)

    def differences(self, after: Compute | None) -> tuple[str, ...]:
        if after is None:
            return ()
        how = "was attached again" if is_another(self._detachment.compute, after) else "is still attached"
        return (f"{self._detachment.name} {how}",)


async def _same(azure: Azure, detachment: Detachment) -> Compute | None:
    """Read the compute, and check that it is the one that was to be detached; None if it is gone."""
    try:
        compute = await azure.compute(detachment.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        return None
    if is_another(detachment.compute, compute):
        raise Problem(
            ProblemKind.CHANGED,
            f"{detachment.name} was attached again since this detach was interrupted.",
            advice="Nothing was sent now. Refresh the list, and detach it again if that is what you want.",
        )
    return compute
