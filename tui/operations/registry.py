"""The operations of this run: one write per resource, each recorded before it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Operation, Verb

if TYPE_CHECKING:
    from tui.domain.plan import Request
    from tui.domain.ports import Journal

Listener = Callable[[Operation], None]


class Registry:
    """Knows every operation, and tells its listeners of each event.

    Listeners are called in the thread in which the event happened.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    def open(self, verb: Verb, request: Request) -> Operation:
        """Register a new operation.

        Args:
            verb: What it does.
            request: What was asked for, of which compute.

        Returns:
            Its record, without events yet.

        Raises:
            Problem: If another write of the same resource is running.
        """
        target = request.id
        with self._lock:
            for other in self._journal.operations():
                if other.end is None and other.target == target:
                    raise Problem(
                        ProblemKind.CONFLICT,
                        f"{target.name} is busy: its {other.verb.value} is still running.",
                        advice="Wait for its end, then try again.",
                    )
            operation = Operation(self._journal.next_id(), verb, target, request)
            self._journal.record(operation)
        self._tell(operation)
        return operation

    def add(self, operation_id: int, event: Event) -> None:
        """Record an event of an operation, then tell the listeners."""
        with self._lock:
            operation = self.get(operation_id).with_event(event)
            self._journal.record(operation)
        self._tell(operation)

    def get(self, operation_id: int) -> Operation:
        """The record of an operation.

        Raises:
            KeyError: If there is none with that id.
        """
        for operation in self._journal.operations():
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)

    def all(self) -> tuple[Operation, ...]:
        """All operations, oldest first."""
        return self._journal.operations()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have a function called with the record after each change.

        Returns:
            A function that ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, operation: Operation) -> None:
        for listener in tuple(self._listeners):
            listener(operation)
