"""The boundary of the worker layer: whatever goes wrong inside is said as a problem."""

import logging
from typing import Any

from tui.domain.errors import Problem, ProblemKind

_log = logging.getLogger(__name__)


def as_problem(error: Exception) -> Problem:
    """A failure in the words of the person who meets it; one that is no problem yet is a fault of the program."""
    if isinstance(error, Problem):
        return error
    _log.error("unexpected failure", exc_info=error)
    return Problem(
        ProblemKind.INTERNAL,
        "sparkpool itself failed here; this is a fault in the program.",
        cause=f"{type(error).__name__}: {_first_line(error)}",
        advice="Try again. If it happens again, report it with the log file.",
    )


def _first_line(error: Any) -> str:
    return str(error).split("\n", 1)[0]
