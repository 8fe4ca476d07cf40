"""Long-running operations: they end by themselves, evaluated only when needed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.faults import Outcome
from tui.sandbox.http import Document
from tui.sandbox.names import guid

MOST_REMEMBERED = 1000
"""How many operations can be polled; the oldest are dropped, so that a long run does not grow."""

Kind = Literal["put", "patch", "delete"]

Finish = Callable[["Operation", datetime], None]
"""What the end of an operation does to its resource; the moment is when it ended, which may be some time ago."""


@dataclass
class Operation:
    """One operation on one resource.

    `ends_at` is on the clock's monotonic scale.
    """

    operation_id: str
    kind: Kind
    resource_id: str
    ends_at: float
    outcome: Outcome
    finish: Finish
    ended: bool = False

    @property
    def has_removed(self) -> bool:
        """Whether it has deleted its resource."""
        return self.ended and self.kind == "delete" and self.outcome.status == "Succeeded"

    def status(self, choices: Choices) -> Document:
        """The answer to a poll (recorded, except for a failure)."""
        if not self.ended:
            return {"status": "InProgress"}
        has_error = self.outcome.status != "Succeeded" and choices.failed_poll == "error"
        return {"status": self.outcome.status, **({"error": self.error()} if has_error else {})}

    def error(self) -> Document:
        """Why it did not succeed."""
        if self.outcome.status == "Canceled":
            return {"code": "OperationCanceled", "message": "The operation was canceled."}
        return {"code": self.outcome.code, "message": self.outcome.message}


class Operations:
    """Running and past operations; `seconds` is how long one takes, in simulated seconds."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._started = 0
        self._all: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    def start(self, kind: Kind, resource_id: str, outcome: Outcome | None, finish: Finish) -> Operation:
        """Start an operation on a resource; an outcome of None is success."""
        self._started += 1
        outcome = outcome or Outcome("Succeeded")
        seconds = self._seconds if outcome.seconds is None else outcome.seconds
        ends_at = self._clock.monotonic() + seconds
        operation = Operation(
            guid("operation", self._started, resource_id), kind, resource_id, ends_at, outcome, finish
        )
        while len(self._all) >= MOST_REMEMBERED:
            del self._all[next(iter(self._all))]
        self._all[operation.operation_id] = operation
        self._running[operation.operation_id] = operation
        return operation

    def find(self, operation_id: str, provider: str) -> Operation | None:
        """The operation of that GUID on a resource of the provider, or None."""
        found = self._all.get(operation_id.lower())
        return found if found and f"/providers/{provider}/".lower() in found.resource_id.lower() else None

    def running_on(self, resource_id: str) -> Operation | None:
        """An operation that runs on the resource, or None."""
        wanted = resource_id.lower()
        return next((found for found in self._running.values() if found.resource_id.lower() == wanted), None)

    def settle(self) -> None:
        """End the operations that are due, in order."""
        now = self._clock.monotonic()
        due = [operation for operation in self._running.values() if operation.ends_at <= now]
        for operation in sorted(due, key=lambda operation: operation.ends_at):
            operation.ended = True
            del self._running[operation.operation_id]
            operation.finish(operation, self._clock.now() - timedelta(seconds=now - operation.ends_at))
