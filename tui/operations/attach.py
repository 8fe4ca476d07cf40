"""Attach a Spark pool."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Started
from tui.domain.ports import Azure, Clock, Writing
from tui.domain.states import Tone
from tui.operations.checks import check_identities, check_pool
from tui.operations.past import Past
from tui.operations.reconcile import Standing
from tui.operations.single_write import SingleWrite, perform


async def attach(
    azure: Azure, clock: Clock, attachment: Attachment, past: Past | None = None
) -> AsyncGenerator[Event, None]:
    """Run one attach to its end.

    Before the one write, the pool, the identities and the name are read again: a pool may have gone,
    and someone else may have taken the name, since the user looked.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        attachment: What was asked for.
        past: How far an earlier program had come; None to begin.

    Yields:
        `Started` at the beginning, progress, and one end.
    """
    doing = f"attach {attachment.pool.name}"

    async def prepare() -> Writing:
        await check_pool(azure, attachment.pool)
        await check_identities(azure, attachment.identity.user_assigned, attachment.workspace.id)
        await _check_name(azure, attachment)
        return azure.put_compute(attachment.id, attachment.document(), doing)

    write = SingleWrite(
        attachment.id,
        "the pool and the name are read again before anything is sent",
        prepare,
        lambda token: azure.put_compute(attachment.id, attachment.document(), doing, token),
        lambda found: _judge(attachment, found),
    )
    if past is None:
        yield Started(clock.now(), None, attachment.document())
    async with aclosing(perform(azure, clock, write, past or Past())) as events:
        async for event in events:
            yield event


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


def _judge(attachment: Attachment, found: Compute | None) -> Standing:
    if found is None or found.attached_to != attachment.pool:
        return Standing.NOT_DONE
    if found.state.tone is Tone.BUSY:
        # Azure promises nowhere to show the identity before it is done.
        return Standing.UNDER_WAY
    assigned = {identity.id for identity in found.identity.user_assigned}
    wanted = attachment.identity
    if found.identity.kind is not wanted.kind or assigned != set(wanted.user_assigned):
        return Standing.NOT_DONE
    if found.state.tone is Tone.GOOD:
        return Standing.DONE
    return Standing.NOT_DONE if found.state.tone is Tone.BAD else Standing.UNDER_WAY
