"""Detach an attached Spark pool; the pool itself stays."""

from collections.abc import AsyncGenerator

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.operation import Event
from tui.domain.plan import Detachment
from tui.domain.ports import Azure, Clock
from tui.domain.states import Tone
from tui.operations.past import Past
from tui.operations.single_write import Prepared, SingleWrite, is_written, perform


def detach(azure: Azure, clock: Clock, detachment: Detachment, past: Past | None = None) -> AsyncGenerator[Event, None]:
    """Run one detach to its end.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        detachment: What was asked for.
        past: How far an earlier program had come; None to begin.

    Returns:
        `Started` at the beginning, progress, and one end; a compute that is gone already is a success.
    """
    target = detachment.id

    async def prepare() -> Prepared:
        found = await _check_same(azure, detachment) if past is not None else detachment.compute
        return Prepared(azure.detach(target), found)

    write = SingleWrite(
        target,
        "",
        prepare,
        lambda token: azure.detach(target, token),
        lambda found: _differences(detachment, found),
        seen=detachment.compute,
        has_arrived=lambda before, found: _has_arrived(detachment, before, found),
    )
    return perform(azure, clock, write, past)


async def _check_same(azure: Azure, detachment: Detachment) -> Compute | None:
    """See that what a detach of long ago was meant for has not made room for another."""
    try:
        found = await azure.compute(detachment.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        return None
    if is_another(detachment.compute, found):
        raise Problem(
            ProblemKind.CHANGED,
            f"{detachment.name} was attached anew since this detach was left.",
            advice="Nothing was sent now. Refresh the list, and detach it again if that is what you want.",
        )
    return found


def _has_arrived(detachment: Detachment, before: Compute | None, found: Compute | None) -> bool:
    """Whether a detach has come to a bad end: a compute that rests well, and is the same, was written by another."""
    if found is None or not is_written(before, found):
        return False
    return found.state.tone is Tone.BAD or is_another(detachment.compute, found)


def _differences(detachment: Detachment, found: Compute | None) -> tuple[str, ...]:
    if found is None:
        return ()
    how = "was attached anew" if is_another(detachment.compute, found) else "is still attached"
    return (f"{detachment.name} {how}",)
