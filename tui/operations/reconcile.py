"""Finds out the result of a write whose answer was lost, by reading and never by writing again."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

from tui.domain.backoff import POLL
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.errors import Problem, ProblemKind, RequestIds
from tui.domain.identity import UserAssignedIdentity
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkPool
from tui.domain.written import Written
from tui.operations.run import Run, StallDetector

W = TypeVar("W", Compute, SparkPool, UserAssignedIdentity)

_LOST_READS = 5
_PASSING = (
    ProblemKind.CONNECTION,
    ProblemKind.SERVICE,
    ProblemKind.THROTTLED,
    ProblemKind.UNREADABLE,
    ProblemKind.INTERNAL,
)
_BAD_GATEWAY = 502


class Standing(Enum):
    """How a resource compares with the request."""

    DONE = auto()
    UNDER_WAY = auto()
    NOT_DONE = auto()
    NO_TRACE = auto()


async def read_back(
    run: Run,
    read: Callable[[], Awaitable[W]],
    note: str,
    compare: Callable[[W | None], Standing],
    *,
    settle: float = 0.0,
    patience: float | None = None,
) -> tuple[Standing, W | None]:
    """Read a resource until the result of its write is clear.

    Args:
        run: The operation.
        read: Reads the resource.
        note: Why it is read, as a sentence.
        compare: Compares what Azure shows (None: there is none) with the request.
        settle: For how many seconds a write without any trace may still arrive.
        patience: After how many seconds to give up on a resource that is still being written; None for never.

    Returns:
        The result, and what Azure shows.

    Raises:
        Problem: If the resource cannot be read.
    """
    await run.progress("reading back", note)
    clock = run.clock
    delay, unread, stall, began = POLL.first, 0, StallDetector(clock), clock.monotonic()
    while True:
        passed = clock.monotonic() - began
        try:
            found = await found_or_none(read)
            standing = compare(found)
        except Problem as problem:
            unread += 1
            if problem.kind not in _PASSING or unread >= _LOST_READS:
                raise
            await run.wait(delay, "not read back yet")
        else:
            unread = 0
            is_late = patience is not None and passed >= patience
            is_settled = standing is Standing.NO_TRACE and passed >= settle
            if standing in (Standing.DONE, Standing.NOT_DONE) or is_settled or is_late:
                return standing, found
            if standing is Standing.NO_TRACE:
                delay = min(delay, settle - passed)
                status, note = "reading back", "Azure shows no trace of it yet; it may still arrive"
            else:
                status = str(found.state) if found else "InProgress"
                note = stall.note(status)
            await run.progress(status, note, next_poll=delay)
            await clock.sleep(delay)
        delay = POLL.after(delay, stall.seconds)


async def found_or_none(read: Callable[[], Awaitable[W]]) -> W | None:
    """What a read finds; None where Azure says that there is none.

    Raises:
        Problem: If it cannot be read; also for a subscription out of sight, which does not mean that it is gone.
    """
    try:
        return await read()
    except Problem as problem:
        if problem.is_missing:
            return None
        raise


def no_status() -> Problem:
    """The problem that Azure reports no status for a write."""
    return Problem(
        ProblemKind.UNREADABLE,
        "Azure reports no status that shows how the request ended.",
        advice="Refresh to see the current state.",
        outcome_unknown=True,
    )


def no_trace(target: ResourceId, lost: Problem) -> Problem:
    """The problem that a write never arrived; `lost` is the failure that left the outcome open."""
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


def unlike(how: str, differences: tuple[str, ...], ids: RequestIds | None = None) -> Problem:
    """The problem that a resource does not match the request after a write.

    `how` is what is known of the write, as the first half of a sentence.
    """
    return Problem(
        ProblemKind.CHANGED,
        f"{how}, and it does not match what you asked for.",
        cause=f"{'; '.join(differences)}.",
        advice="Someone may have changed it since, so nothing is sent twice. Check its current state before retrying.",
        ids=ids,
    )


def failed_there(how: str, found: Written, ids: RequestIds | None = None) -> Problem:
    """The problem that a resource was written and has failed.

    `how` is what is known of the write, as the first half of a sentence.
    """
    errors = found.errors if isinstance(found, Compute) else ()
    first = errors[0] if errors else ProvisioningError("", "")
    is_canceled = found.state.word.lower() == "canceled"
    return Problem(
        ProblemKind.CANCELED if is_canceled else ProblemKind.FAILED,
        f"{how}, and it {'was canceled' if is_canceled else 'failed'} there.",
        cause=first.message or "Azure gave no reason.",
        advice="Try again." if is_canceled else "Fix what Azure reports and try again.",
        code=first.code,
        ids=ids,
    )


def still_unknown(problem: Problem, target: ResourceId) -> Problem:
    """The problem that the resource cannot be read, so that the outcome of a write is unknown."""
    return Problem(
        problem.kind,
        f"The outcome for {target.name} is unknown: it could not be read back.",
        cause=problem.cause or problem.title,
        advice=f"Nothing was sent twice. {problem.advice} Refresh the list before you send it again.",
        code=problem.code,
        status=problem.status,
        ids=problem.ids,
        outcome_unknown=True,
    )
