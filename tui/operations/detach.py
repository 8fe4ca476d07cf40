"""Detach an attached Spark pool; the pool itself stays."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another
from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Waited
from tui.domain.plan import Detachment
from tui.domain.ports import Azure, Clock
from tui.domain.states import Tone
from tui.operations.change_roles import apply_roles
from tui.operations.resume_point import DETACHED, ResumePoint
from tui.operations.single_write import Prepared, SingleWrite, is_written, perform

_STEP = "detach"


def detach(
    azure: Azure, clock: Clock, detachment: Detachment, past: ResumePoint | None = None
) -> AsyncGenerator[Event, None]:
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


async def detach_and_remove(azure: Azure, clock: Clock, operation: Operation) -> AsyncGenerator[Event, None]:
    """Run a detach, and remove the roles that the compute leaves behind when it is detached for certain.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        operation: The detach, with what became of it before.

    Yields:
        `Started` at the beginning, progress of both steps, and one end; a failure leaves what was done before it.
    """
    detachment = operation.request
    if not isinstance(detachment, Detachment) or detachment.roles is None:
        raise TypeError("only a detach that removes roles has this chain")
    if not operation.has_started:
        yield Started(clock.now(), detachment.compute.raw, None)
    past = ResumePoint.of(operation.events, _STEP)
    is_detached = DETACHED in past.completed
    if not is_detached:
        async with aclosing(detach(azure, clock, detachment, past)) as events:
            async for event in events:
                match event:
                    case Succeeded():
                        is_detached = True
                        note = f"{detachment.name} is gone from {detachment.id.parent.name}"
                        yield Progress(clock.now(), DETACHED, note=note, step=_STEP)
                    case Progress() | Waited():
                        yield replace(event, step=_STEP)
                    case _:
                        yield event
    if not is_detached:
        return
    change = replace(detachment.roles, compute=detachment.id)
    is_resumed = bool(ResumePoint.of(operation.events, "remove").completed)
    async with aclosing(apply_roles(azure, clock, change, is_resumed=is_resumed)) as events:
        async for event in events:
            if isinstance(event, Failed):
                event.problem.title = (
                    f"{detachment.name} is detached, and its role is still there. {event.problem.title}"
                )
            yield event


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
            f"{detachment.name} was attached again since this detach was interrupted.",
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
    how = "was attached again" if is_another(detachment.compute, found) else "is still attached"
    return (f"{detachment.name} {how}",)
