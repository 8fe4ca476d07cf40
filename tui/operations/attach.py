"""Attach a Spark pool."""

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice
from tui.domain.ports import Azure, Finished
from tui.operations.checks import check_identities, check_pool
from tui.operations.run import Run
from tui.operations.single_write import ComputeWrite


async def attach(run: Run, attachment: Attachment) -> Compute | None:
    """Attach a Spark pool, from the start or from where an earlier program stopped.

    The pool, the identities and the name are read again before the one write: since the user looked, the pool may have
    been deleted, and someone else may have taken the name.

    Raises:
        OperationFailed: If it is not attached as requested, or the outcome is unknown.
    """
    return await _Attach(run, attachment).perform()


class _Attach(ComputeWrite):
    checking = "the pool and the name are read again before anything is sent"

    def __init__(self, run: Run, attachment: Attachment) -> None:
        super().__init__(run, attachment.id, document=attachment.document())
        self._attachment = attachment

    async def check(self) -> None:
        azure, attachment = self.run.azure, self._attachment
        await check_pool(azure, attachment.pool)
        await check_identities(azure, attachment.identity.user_assigned, attachment.workspace.id)
        await _check_name(azure, attachment)

    async def send(self, token: str | None = None) -> Finished[Compute]:
        attachment, doing = self._attachment, f"attach {self._attachment.pool.name}"
        return await self.run.azure.put_compute(attachment.id, attachment.document(), doing, self.run.polled, token)

    def differences(self, after: Compute | None) -> tuple[str, ...]:
        attachment = self._attachment
        if after is None:
            return (f"there is no compute {attachment.name}",)
        if after.attached_to != attachment.pool:
            return (f"it is attached to {after.attached_to or 'nothing'}, not to {attachment.pool}",)
        there, requested = IdentityChoice.of(after.identity), attachment.identity
        if there.kind is requested.kind and set(there.user_assigned) == set(requested.user_assigned):
            return ()
        return (f"its identity is {_words(there)}, not {_words(requested)}",)


async def _check_name(azure: Azure, attachment: Attachment) -> None:
    try:
        await azure.compute(attachment.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        return
    raise Problem(
        ProblemKind.CHANGED,
        f"Someone else has created {attachment.name} in {attachment.workspace.name} in the meantime.",
        advice="Nothing was sent. Choose another name, or refresh the list and update that compute.",
    )


def _words(identity: IdentityChoice) -> str:
    names = ", ".join(one.name for one in identity.user_assigned)
    return f"{identity.kind.value} ({names})" if names else identity.kind.value
