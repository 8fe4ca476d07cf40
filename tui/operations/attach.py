"""Attach a Spark pool."""

from collections.abc import AsyncGenerator

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice
from tui.domain.operation import Event
from tui.domain.ports import Azure, Clock
from tui.operations.checks import check_identities, check_pool
from tui.operations.resume_point import ResumePoint
from tui.operations.single_write import Prepared, SingleWrite, perform


def attach(
    azure: Azure, clock: Clock, attachment: Attachment, past: ResumePoint | None = None
) -> AsyncGenerator[Event, None]:
    """Run one attach to its end.

    Before the one write, the pool, the identities and the name are read again: a pool may have gone,
    and someone else may have taken the name, since the user looked.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        attachment: What was asked for.
        past: How far an earlier program had come; None to begin.

    Returns:
        `Started` at the beginning, progress, and one end.
    """
    doing = f"attach {attachment.pool.name}"

    async def prepare() -> Prepared:
        await check_pool(azure, attachment.pool)
        await check_identities(azure, attachment.identity.user_assigned, attachment.workspace.id)
        await _check_name(azure, attachment)
        return Prepared(azure.put_compute(attachment.id, attachment.document(), doing))

    write = SingleWrite(
        attachment.id,
        "the pool and the name are read again before anything is sent",
        prepare,
        lambda token: azure.put_compute(attachment.id, attachment.document(), doing, token),
        lambda found: _differences(attachment, found),
        attachment.document(),
    )
    return perform(azure, clock, write, past)


async def _check_name(azure: Azure, attachment: Attachment) -> None:
    try:
        await azure.compute(attachment.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        return
    raise Problem(
        ProblemKind.CHANGED,
        f"Someone else has created {attachment.name} in {attachment.workspace.name} meanwhile.",
        advice="Nothing was sent. Choose another name, or refresh the list and update that compute.",
    )


def _differences(attachment: Attachment, found: Compute | None) -> tuple[str, ...]:
    if found is None:
        return (f"there is no compute {attachment.name}",)
    if found.attached_to != attachment.pool:
        return (f"it is attached to {found.attached_to or 'nothing'}, not to {attachment.pool}",)
    there, wanted = IdentityChoice.of(found.identity), attachment.identity
    if there.kind is wanted.kind and set(there.user_assigned) == set(wanted.user_assigned):
        return ()
    return (f"its identity is {_words(there)}, not {_words(wanted)}",)


def _words(identity: IdentityChoice) -> str:
    names = ", ".join(one.name for one in identity.user_assigned)
    return f"{identity.kind.value} ({names})" if names else identity.kind.value
