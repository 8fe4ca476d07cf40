"""Change the identity, the tags or the description of an attached pool, and nothing else of it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_overtaken
from tui.domain.operation import Event, Failed, Progress, Started
from tui.domain.ports import Azure, Clock
from tui.domain.states import Tone
from tui.operations.checks import check_identities
from tui.operations.progress import told
from tui.operations.reconcile import Standing, reconcile


async def update(azure: Azure, clock: Clock, edit: ComputeEdit) -> AsyncGenerator[Event, None]:
    """Run one update to its end.

    Compute operations take no ETag, so the compute is read again just before the write and compared
    with what the person saw. If someone else has changed it, nothing is sent: the operation fails with
    what Azure shows now, and the person decides.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        edit: The change, on top of what the person saw.

    Yields:
        `Started`, progress, and one end.
    """
    yield Started(clock.now(), edit.compute.raw, edit.document())
    try:
        yield Progress(clock.now(), "checking", note="the compute is read again before anything is sent")
        found = await current(azure, edit)
        if is_overtaken(edit, found):
            yield overtaken(clock, edit, found)
            return
        yield Progress(clock.now(), "sending", note="the one write is on its way")
        writing = azure.put_compute(edit.id, edit.on(found).document(), f"update {edit.name}")
        async with aclosing(told(writing, clock)) as events:
            async for event in events:
                yield event
    except Problem as problem:
        if not problem.outcome_unknown:
            yield Failed(clock.now(), problem)
            return
        async for event in reconcile(azure, clock, edit.id, lambda now: _judge(edit, now), problem):
            yield event


async def current(azure: Azure, edit: ComputeEdit) -> Compute:
    """Read again what a change rests on.

    Args:
        azure: Reads.
        edit: The change.

    Returns:
        The compute as Azure shows it now.

    Raises:
        Problem: If it is gone, or an identity that it is to have is.
    """
    known = {assigned.id for assigned in edit.compute.identity.user_assigned}
    new = (one for one in edit.identity.user_assigned if one not in known)
    await check_identities(azure, new, edit.id.parent)
    try:
        return await azure.compute(edit.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        raise Problem(
            ProblemKind.CHANGED,
            f"{edit.name} is not in {edit.id.parent.name} any more.",
            advice="Nothing was sent. Refresh the list; attach the pool again if that is what you want.",
            ids=problem.ids,
        ) from problem


def overtaken(clock: Clock, edit: ComputeEdit, found: Compute) -> Failed:
    """The end of a change of which someone else has changed what it rests on."""
    problem = Problem(
        ProblemKind.CHANGED,
        f"Someone else has changed {edit.name} since you opened it.",
        advice="Nothing was sent. Look at both changes, and decide.",
    )
    return Failed(clock.now(), problem, found)


def _judge(edit: ComputeEdit, found: Compute | None) -> Standing:
    if found is None or not edit.is_made_in(found):
        return Standing.NOT_DONE
    if found.state.tone is Tone.GOOD:
        return Standing.DONE
    return Standing.NOT_DONE if found.state.tone is Tone.BAD else Standing.UNDER_WAY
