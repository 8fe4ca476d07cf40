"""Change the identity, the tags or the description of an attached pool, and nothing else of it."""

from collections.abc import AsyncGenerator

from tui.domain.compute import Compute
from tui.domain.difference import Change, Mark
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another, is_overtaken
from tui.domain.operation import Event, Failed
from tui.domain.ports import Azure, Clock
from tui.operations.checks import check_identities
from tui.operations.resume_point import ResumePoint
from tui.operations.single_write import Prepared, SingleWrite, perform

_MOST_LETTERS = 60
"""How much of a value is said where it is not what was asked for."""


def update(
    azure: Azure, clock: Clock, edit: ComputeEdit, past: ResumePoint | None = None
) -> AsyncGenerator[Event, None]:
    """Run one update to its end.

    Compute operations take no ETag, so the compute is read again just before the write and compared
    with what the person saw. If someone else has changed it, nothing is sent: the operation fails with
    what Azure shows now, and the person decides.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        edit: The change, on top of what the person saw.
        past: How far an earlier program had come; None to begin.

    Returns:
        `Started` at the beginning, progress, and one end.
    """
    doing = f"update {edit.name}"

    async def prepare() -> Prepared | Failed:
        found = await current(azure, edit)
        if is_another(edit.compute, found):
            raise another(edit)
        if is_overtaken(edit, found):
            return overtaken(clock, edit, found)
        return Prepared(azure.put_compute(edit.id, edit.on(found).document(), doing), found)

    write = SingleWrite(
        edit.id,
        "the compute is read again before anything is sent",
        prepare,
        lambda token: azure.put_compute(edit.id, edit.document(), doing, token),
        lambda found: _differences(edit, found),
        edit.document(),
        edit.compute,
    )
    return perform(azure, clock, write, past)


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


def another(edit: ComputeEdit) -> Problem:
    """Why nothing is sent to a compute that is not the one that was seen: no change turns one into the other."""
    return Problem(
        ProblemKind.CHANGED,
        f"{edit.name} is not the compute that you opened: it was attached again since, or to another Spark pool.",
        advice="Nothing was sent. Refresh the list, and open it again.",
    )


def overtaken(clock: Clock, edit: ComputeEdit, found: Compute) -> Failed:
    """The end of a change of which someone else has changed what it rests on."""
    problem = Problem(
        ProblemKind.CHANGED,
        f"Someone else has changed {edit.name} since you opened it.",
        advice="Nothing was sent. Look at both changes, and decide.",
    )
    return Failed(clock.now(), problem, found)


def _differences(edit: ComputeEdit, found: Compute | None) -> tuple[str, ...]:
    if found is None:
        return (f"there is no compute {edit.name}",)
    return tuple(_words(change) for change in edit.unmade_in(found))


def _words(change: Change) -> str:
    """What Azure shows in the place of what was asked for."""
    member = ".".join(part.rsplit("/", 1)[-1] for part in change.path)
    match change.mark:
        case Mark.ADDED:
            return f"{member} is not there"
        case Mark.REMOVED:
            return f"{member} is still there"
        case _:
            return f"{member} is {_short(change.before)}, not {_short(change.after)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
