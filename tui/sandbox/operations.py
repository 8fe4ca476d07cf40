"""Long-running operations on computes: they end by themselves, evaluated only when needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.echo import echo_of
from tui.sandbox.faults import Outcome
from tui.sandbox.http import Document
from tui.sandbox.managed_computes import MANAGED_TYPES, provisioned
from tui.sandbox.names import guid, offset_time
from tui.sandbox.world import World

MOST_REMEMBERED = 1000
"""How many operations can be polled; the oldest are dropped, so that a long run does not grow."""

Kind = Literal["put", "patch", "delete"]


@dataclass
class Operation:
    """One operation on one compute.

    `ends_at` is on the clock's monotonic scale. `asked` are the inner properties that a write of a managed compute
    requested.
    """

    operation_id: str
    kind: Kind
    compute_id: str
    ends_at: float
    outcome: Outcome
    asked: Mapping[str, object]
    ended: bool = False

    @property
    def has_removed(self) -> bool:
        """Whether it has deleted its compute."""
        return self.ended and self.kind == "delete" and self.outcome.status == "Succeeded"

    def status(self, choices: Choices) -> Document:
        """The answer to a poll (recorded, except for a failure)."""
        if not self.ended:
            return {"status": "InProgress"}
        if self.outcome.status == "Succeeded":
            return {"status": "Succeeded", "percentComplete": 100.0}
        error = {} if choices.failed_poll == "status alone" else {"error": self._error()}
        return {"status": self.outcome.status, **error}

    def provisioning_errors(self) -> list[Document] | None:
        """The compute's `provisioningErrors` after this operation (as quoted in public issues)."""
        return [{"error": self._error()}] if self.outcome.status == "Failed" else None

    def _error(self) -> Document:
        if self.outcome.status == "Canceled":
            return {"code": "OperationCanceled", "message": "The operation was canceled."}
        return {"code": self.outcome.code, "message": self.outcome.message}


class Operations:
    """Running and past operations.

    `seconds` is how long one takes, in simulated seconds; `choices` decides where Azure's behaviour is unrecorded.
    """

    def __init__(self, world: World, clock: Clock, choices: Choices, seconds: float) -> None:
        self._world = world
        self._clock = clock
        self._choices = choices
        self._seconds = seconds
        self._started = 0
        self._all: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    def start(
        self, kind: Kind, compute_id: str, outcome: Outcome | None, asked: Mapping[str, object] | None = None
    ) -> Operation:
        """Start an operation on a compute that has none running; an outcome of None is success.

        `asked` are the inner properties that the client requested.
        """
        self._started += 1
        outcome = outcome or Outcome("Succeeded")
        seconds = self._seconds if outcome.seconds is None else outcome.seconds
        ends_at = self._clock.monotonic() + seconds
        operation_id = guid("operation", self._started, compute_id)
        operation = Operation(operation_id, kind, compute_id, ends_at, outcome, asked or {})
        while len(self._all) >= MOST_REMEMBERED:
            del self._all[next(iter(self._all))]
        self._all[operation.operation_id] = operation
        self._running[compute_id.lower()] = operation
        return operation

    def find(self, operation_id: str) -> Operation | None:
        """The operation of that GUID, or None."""
        return self._all.get(operation_id.lower())

    def running_on(self, compute_id: str) -> Operation | None:
        """The operation that runs on the compute, or None."""
        return self._running.get(compute_id.lower())

    def settle(self) -> None:
        """End the operations that are due, in order."""
        now = self._clock.monotonic()
        due = [operation for operation in self._running.values() if operation.ends_at <= now]
        for operation in sorted(due, key=lambda operation: operation.ends_at):
            operation.ended = True
            del self._running[operation.compute_id.lower()]
            self._apply(operation)

    def _apply(self, operation: Operation) -> None:
        compute = self._world.computes.get(operation.compute_id)
        if compute is None:
            return
        if operation.kind == "delete" and operation.outcome.status == "Succeeded":
            self._world.computes.remove(operation.compute_id)
            return
        properties = compute["properties"]
        if properties is None:
            return
        properties["provisioningState"] = operation.outcome.status
        properties["provisioningErrors"] = operation.provisioning_errors()
        ended = self._clock.now() - timedelta(seconds=self._clock.monotonic() - operation.ends_at)
        properties["modifiedOn"] = offset_time(ended)
        properties.setdefault("provisioningWarnings", {})
        compute["tags"] = compute["tags"] or {}
        if operation.outcome.status == "Succeeded":
            self._provision(compute, operation.asked, ended)

    def _provision(self, compute: Document, asked: Mapping[str, object], ended: datetime) -> None:
        """Fill in what a compute has after its creation."""
        properties = compute["properties"]
        properties.setdefault("computeLocation", compute["location"])
        if properties["computeType"] in MANAGED_TYPES.values():
            properties["resourceId"] = None
            properties["properties"] = provisioned(compute, asked, ended)
        if properties["computeType"] != "SynapseSpark":
            return
        pool = self._world.spark_pools.get(properties["resourceId"])
        if pool is not None:
            if self._choices.compute_location == "pool":
                properties["computeLocation"] = pool["location"]
            properties["properties"] = echo_of(pool, compute["id"], self._choices)
