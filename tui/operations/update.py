"""Change the identity, the tags or the description of an attached pool, and nothing else."""

from tui.domain.compute import Compute
from tui.domain.difference import describe
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another, is_overtaken
from tui.domain.ports import Azure, Finished
from tui.operations.checks import check_identities
from tui.operations.run import OperationFailed, Run
from tui.operations.single_write import ComputeWrite


async def update(run: Run, edit: ComputeEdit) -> Compute | None:
    """Change a compute, from the start or from where an earlier program stopped.

    Compute operations have no ETag, so the compute is read again just before the write and compared with what the user
    saw. If someone else has changed it, nothing is sent: the operation fails with what Azure shows now, and the user
    decides.

    Raises:
        OperationFailed: If it is not changed as requested, or the outcome is unknown.
    """
    return await _Update(run, edit).perform()


class _Update(ComputeWrite):
    checking = "the compute is read again before anything is sent"

    def __init__(self, run: Run, edit: ComputeEdit) -> None:
        super().__init__(run, edit.id, edit.compute, edit.document())
        self._edit = edit
        self._body = edit.document()

    async def check(self) -> Compute:
        compute = await current(self.run.azure, self._edit)
        check_same(self._edit, compute)
        check_not_overtaken(self._edit, compute)
        self._body = self._edit.on(compute).document()
        return compute

    async def send(self, token: str | None = None) -> Finished[Compute]:
        doing = f"update {self._edit.name}"
        return await self.run.azure.put_compute(self._edit.id, self._body, doing, self.run.polled, token)

    def differences(self, after: Compute | None) -> tuple[str, ...]:
        if after is None:
            return (f"there is no compute {self._edit.name}",)
        return tuple(describe(change) for change in self._edit.remaining_changes(after))


async def current(azure: Azure, edit: ComputeEdit) -> Compute:
    """Read again what a change is based on.

    Returns:
        The compute as Azure shows it now.

    Raises:
        Problem: If it is gone, or one of its new identities is.
    """
    assigned_before = {assigned.id for assigned in edit.compute.identity.user_assigned}
    new = (one for one in edit.identity.user_assigned if one not in assigned_before)
    await check_identities(azure, new, edit.id.parent)
    try:
        return await azure.compute(edit.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        raise Problem(
            ProblemKind.CHANGED,
            f"{edit.name} is no longer in {edit.id.parent.name}.",
            advice="Nothing was sent. Refresh the list; attach the pool again if that is what you want.",
            ids=problem.ids,
        ) from problem


def check_same(edit: ComputeEdit, compute: Compute) -> None:
    """Check that a compute is the one that the user saw, and not a new one of the same name.

    Raises:
        Problem: If it is another.
    """
    if is_another(edit.compute, compute):
        raise Problem(
            ProblemKind.CHANGED,
            f"{edit.name} is not the compute that you opened: it was attached again since, or to another Spark pool.",
            advice="Nothing was sent. Refresh the list, and open it again.",
        )


def check_not_overtaken(edit: ComputeEdit, compute: Compute) -> None:
    """Check that nobody has changed what a change is based on.

    Raises:
        OperationFailed: If someone has, with what Azure shows.
    """
    if is_overtaken(edit, compute):
        problem = Problem(
            ProblemKind.CHANGED,
            f"Someone else has changed {edit.name} since you opened it.",
            advice="Nothing was sent. Compare both changes, then decide.",
        )
        raise OperationFailed(problem, found=compute)
