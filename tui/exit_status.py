"""The exit statuses of the program, in one table; the manual's page `troubleshooting` has the same."""

from collections.abc import Mapping
from enum import IntEnum

from tui.domain.errors import Problem, ProblemKind, Retry


class ExitStatus(IntEnum):
    """How the program ended; `MEANINGS` has the words. A signal n ends it with 128 + n."""

    DONE = 0
    FAILED = 1
    UNUSABLE = 2
    NOT_FOUND = 3
    NOT_SIGNED_IN = 4
    NOT_READY = 5
    HELD_BACK = 6
    RUNNING = 8
    CHANGED = 9
    INTERNAL = 70
    TRY_AGAIN = 75

    @classmethod
    def of(cls, problem: Problem) -> "ExitStatus":
        """The status for a failure."""
        status = _BY_KIND.get(problem.kind, cls.FAILED)
        return cls.TRY_AGAIN if status is cls.FAILED and is_retryable(problem) else status


MEANINGS: Mapping[ExitStatus, str] = {
    ExitStatus.DONE: "done; after the screen: you quit",
    ExitStatus.FAILED: "Azure refused, the answer cannot be read, or the output cannot be written; after `doctor`: "
    "something that is needed does not work or could not be checked",
    ExitStatus.UNUSABLE: "a verb, flag, setting or manual page cannot be used, or there is no terminal for the screen; "
    "nothing was sent",
    ExitStatus.NOT_FOUND: "there is no such compute, workspace or pool",
    ExitStatus.NOT_SIGNED_IN: "sign in",
    ExitStatus.NOT_READY: "`check` found a problem, or a plan would change something, with `--detailed-exitcode`; "
    "`drift` found a difference",
    ExitStatus.HELD_BACK: "nothing was sent: read-only, a lock whose name was not given, or no `--yes`",
    ExitStatus.RUNNING: "accepted by Azure and not ended yet, with `--no-wait` or `--timeout`; `sparkpool resume` "
    "follows it",
    ExitStatus.CHANGED: "someone else changed it in the meantime, or a plan is not the same any more",
    ExitStatus.INTERNAL: "the program failed; its log says more",
    ExitStatus.TRY_AGAIN: "try again later: throttled, no connection, or the service is unavailable",
}
SIGNALLED = 128
"""What is added to the number of the signal that ended the program."""

_BY_KIND = {
    ProblemKind.NOT_FOUND: ExitStatus.NOT_FOUND,
    ProblemKind.NOT_SIGNED_IN: ExitStatus.NOT_SIGNED_IN,
    ProblemKind.CHANGED: ExitStatus.CHANGED,
    ProblemKind.INTERNAL: ExitStatus.INTERNAL,
    ProblemKind.THROTTLED: ExitStatus.TRY_AGAIN,
    ProblemKind.CONNECTION: ExitStatus.TRY_AGAIN,
}


def is_retryable(problem: Problem) -> bool:
    """Whether the same request may work later without any change."""
    return problem.kind in (ProblemKind.THROTTLED, ProblemKind.CONNECTION) or problem.retry is Retry.LATER
