"""The journal that the screen writes too: read for verbs, and as their output."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation, Unwatched
from tui.domain.unreadable_operation import UnreadableOperation
from tui.headless.failures import Failure
from tui.headless.output import Result, stamp
from tui.headless.reading import Reading

_HEADINGS = ("ID", "OPERATION", "RESOURCE", "STATE", "STATUS", "BEGAN", "TIME")


_NONE = "There are no operations in the journal."


async def list_operations(reading: Reading) -> Result:
    """The operations in the journal, oldest first, and those that cannot be read.

    Raises:
        Problem: If the journal cannot be read.
    """
    await read_journal(reading)
    operations = reading.operations
    return operations_result(operations.operations(), operations.unreadable(), operations.now(), _NONE)


async def read_journal(reading: Reading) -> None:
    """Read the operations of earlier and other programs, so that they are known and block other writes.

    Raises:
        Problem: If the journal cannot be read.
    """
    operations = reading.operations
    loop, is_read = asyncio.get_running_loop(), asyncio.Event()
    operations.recall(lambda: loop.call_soon_threadsafe(is_read.set))
    await is_read.wait()
    if operations.journal_problem:
        raise Problem(ProblemKind.REFUSED, operations.journal_problem)


def operations_result(
    found: Sequence[Operation], unreadable: Sequence[UnreadableOperation], now: datetime, empty: str = ""
) -> Result:
    """Operations as the output of a verb; `empty` is what to say in place of an empty table."""
    return Result(
        "sparkpool.operations/1",
        [*(_document(one, now) for one in found), *map(_unreadable_document, unreadable)],
        _HEADINGS,
        [*(_row(one, now) for one in found), *map(_unreadable_row, unreadable)],
        as_of=now,
        empty=empty,
    )


def _document(operation: Operation, now: datetime) -> Mapping[str, Any]:
    end = operation.end
    return {
        "id": str(operation.id),
        "verb": operation.verb.value,
        "name": operation.target.name,
        "state": _state(operation),
        "status": operation.status,
        "began_on": stamp(operation.events[0].at if operation.events else None),
        "ended_on": stamp(end.at if end is not None else None),
        "elapsed_seconds": round(operation.elapsed(now).total_seconds()),
        "problem": _problem(end.problem) if isinstance(end, Failed) else None,
        "watched_by": operation.watcher or None,
        "target": str(operation.target),
    }


def _problem(problem: Problem) -> Mapping[str, Any]:
    failure = Failure.of(problem).document
    return {name: failure[name] for name in ("code", "azure_code", "title", "cause", "advice", "command", "ids")}


def _state(operation: Operation) -> str:
    """The state, in a word that stays the same between versions."""
    end = operation.end
    if end is None:
        return "interrupted" if operation.is_interrupted else "running" if operation.events else "queued"
    if isinstance(end, Failed):
        return "unknown" if end.problem.outcome_unknown else "failed"
    return "not_watched" if isinstance(end, Unwatched) else "succeeded"


def _row(operation: Operation, now: datetime) -> tuple[str, ...]:
    began = operation.events[0].at if operation.events else None
    minutes, seconds = divmod(round(operation.elapsed(now).total_seconds()), 60)
    return (
        str(operation.id),
        operation.verb.value,
        operation.target.name,
        _state(operation).replace("_", " "),
        operation.status,
        _minute(began),
        f"{minutes}:{seconds:02}",
    )


def _unreadable_document(operation: UnreadableOperation) -> Mapping[str, Any]:
    return {
        "id": str(operation.id),
        "verb": operation.verb,
        "name": operation.name,
        "state": "unreadable",
        "status": f"cannot be read, because {operation.why}",
        "began_on": stamp(operation.began),
        "ended_on": None,
        "elapsed_seconds": None,
        "problem": None,
        "watched_by": operation.watcher or None,
        "target": operation.target,
    }


def _unreadable_row(operation: UnreadableOperation) -> tuple[str, ...]:
    words = f"cannot be read, because {operation.why}"
    return str(operation.id), operation.verb, operation.name, "unreadable", words, _minute(operation.began), ""


def _minute(moment: datetime | None) -> str:
    """A moment in UTC, to the minute; empty for none."""
    return (stamp(moment) or "")[:16].replace("T", " ")
