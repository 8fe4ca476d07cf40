"""Find out what became of a write whose answer was lost, by reading and never by writing again."""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from enum import Enum, auto

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Failed, Progress, Succeeded, Waited
from tui.domain.ports import Azure, Clock
from tui.domain.resource_id import ResourceId
from tui.operations.progress import Stillness

_FIRST_POLL, _SLOWEST_POLL, _BACKOFF = 2.0, 15.0, 1.5
_PATIENCE, _SELDOM_POLL = 600.0, 60.0
_LOST_READS = 5
_PASSING = (ProblemKind.CONNECTION, ProblemKind.SERVICE, ProblemKind.THROTTLED, ProblemKind.UNREADABLE)
_BAD_GATEWAY = 502
_OUT_OF_SIGHT = "SubscriptionNotFound"


class Standing(Enum):
    """How a compute stands against what was asked for."""

    DONE = auto()
    UNDER_WAY = auto()
    NOT_DONE = auto()


async def reconcile(
    azure: Azure,
    clock: Clock,
    target: ResourceId,
    judge: Callable[[Compute | None], Standing],
    lost: Problem,
) -> AsyncGenerator[Event, None]:
    """Read the compute until it is clear where the write stands.

    Args:
        azure: Reads the compute.
        clock: Gives the times.
        target: The compute.
        judge: Compares what Azure shows (None: it is not there) with the intent.
        lost: The failure that left the outcome open.

    Yields:
        Progress while it is under way, then one end.
    """
    yield Progress(
        clock.now(),
        "reading back",
        note=f"{lost.title} Nothing is sent twice: the compute is read to see where it stands.",
    )
    delay, unread, stillness = _FIRST_POLL, 0, Stillness(clock)
    while True:
        try:
            compute = await _compute_or_none(azure, target)
        except Problem as problem:
            unread += 1
            if problem.kind not in _PASSING or unread >= _LOST_READS:
                yield Failed(clock.now(), _still_unknown(problem, target))
                return
            yield Waited(clock.now(), "not read back yet", clock.now() + timedelta(seconds=delay))
        else:
            unread = 0
            standing = judge(compute)
            if standing is Standing.DONE:
                yield Succeeded(clock.now(), compute)
                return
            if standing is Standing.NOT_DONE:
                yield Failed(clock.now(), _not_done(compute, lost, target))
                return
            status = str(compute.state) if compute else "InProgress"
            note = stillness.note(status)
            yield Progress(clock.now(), status, note, next_poll=clock.now() + timedelta(seconds=delay))
        await clock.sleep(delay)
        delay = min(delay * _BACKOFF, _SLOWEST_POLL if stillness.seconds < _PATIENCE else _SELDOM_POLL)


async def _compute_or_none(azure: Azure, target: ResourceId) -> Compute | None:
    try:
        return await azure.compute(target)
    except Problem as problem:
        if problem.kind is ProblemKind.NOT_FOUND and problem.code != _OUT_OF_SIGHT:
            return None
        raise


def _not_done(compute: Compute | None, lost: Problem, target: ResourceId) -> Problem:
    if compute is not None and compute.errors:
        first = compute.errors[0]
        return Problem(
            ProblemKind.FAILED,
            f"Azure accepted the request for {target.name}, and it failed there.",
            cause=first.message,
            advice="Correct what Azure names and try again.",
            code=first.code,
            ids=lost.ids,
        )
    shown = f"Azure shows no trace of the request for {target.name}"
    is_from_between = lost.kind is ProblemKind.UNREADABLE or lost.status == _BAD_GATEWAY
    check = " If that happens again, check the proxy or firewall between here and Azure." if is_from_between else ""
    return Problem(
        lost.kind,
        f"{lost.title.rstrip('.')}, and {shown}.",
        cause=lost.cause,
        advice=f"Nothing was changed. Try again.{check}",
        code=lost.code,
        status=lost.status,
        ids=lost.ids,
    )


def _still_unknown(problem: Problem, target: ResourceId) -> Problem:
    return Problem(
        problem.kind,
        f"It is not known what became of {target.name}: it could not be read back.",
        cause=problem.cause or problem.title,
        advice=f"Nothing was sent twice. {problem.advice} Refresh the list before you send it once more.",
        code=problem.code,
        status=problem.status,
        ids=problem.ids,
        outcome_unknown=True,
    )
