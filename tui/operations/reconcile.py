"""Find out what became of a write whose answer was lost, by reading and never by writing again."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind, RequestIds
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


@dataclass(frozen=True, slots=True)
class NotDone:
    """Azure does not show what was asked for, and is not working on it.

    Attributes:
        compute: What it shows; None where there is no such compute.
    """

    compute: Compute | None


async def reconcile(
    azure: Azure, clock: Clock, target: ResourceId, judge: Callable[[Compute | None], Standing], note: str
) -> AsyncGenerator[Event | NotDone, None]:
    """Read the compute until it is clear where the write stands.

    Args:
        azure: Reads the compute.
        clock: Gives the times.
        target: The compute.
        judge: Compares what Azure shows (None: it is not there) with the intent.
        note: Why it is read, as a sentence.

    Yields:
        Progress while it is under way, then one end, or `NotDone`.
    """
    yield Progress(clock.now(), "reading back", note=note)
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
                yield NotDone(compute)
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


def not_done(failed: Compute | None, target: ResourceId, lost: Problem) -> Problem:
    """Say that a write was not done.

    Args:
        failed: The compute where it tells that the write failed; None where Azure shows no trace of it.
        target: The compute's id.
        lost: The failure that left the outcome open.
    """
    if failed is not None:
        return failed_there(failed, target, lost.ids)
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


def failed_there(compute: Compute, target: ResourceId, ids: RequestIds | None = None) -> Problem:
    """Say what a compute says of its own failure.

    Args:
        compute: What Azure shows, with its provisioning errors.
        target: The compute's id.
        ids: Azure's ids of the request, where they are known.
    """
    first = compute.errors[0]
    return Problem(
        ProblemKind.FAILED,
        f"Azure accepted the request for {target.name}, and it failed there.",
        cause=first.message,
        advice="Correct what Azure names and try again.",
        code=first.code,
        ids=ids,
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
