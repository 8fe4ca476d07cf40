"""The operations that this program knows, one write per resource; listeners are notified of each event."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.mentions import Mention
from tui.domain.operation import Event, Operation, Verb, Watch
from tui.operations.program_lock import inside

if TYPE_CHECKING:
    from tui.domain.plan import Request
    from tui.domain.resource_id import ResourceId
    from tui.domain.unreadable_operation import UnreadableOperation

Listener = Callable[[Operation], None]

_RANDOM_BITS = 20


class Registry:
    """Holds every operation, and notifies listeners of each event.

    Listeners are called in the thread of the event.
    """

    def __init__(self) -> None:
        self._operations: dict[int, Operation] = {}
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._newest = 0
        self._claimed: set[int] = set()
        self._unreadable: dict[int, UnreadableOperation] = {}

    def open(self, verb: Verb, request: Request, now: datetime) -> Operation:
        """Register a new operation, without events; its id is derived from `now`.

        Raises:
            Problem: If another write of the same resource has not ended, or is being resumed.
        """
        target = request.id
        with self._lock:
            other = self._in_the_way(target)
            if other is not None:
                raise _busy(other)
            # Programs that share a journal create ids independently, and the newest must be the greatest.
            made = int(now.timestamp() * 1000) << _RANDOM_BITS | int.from_bytes(os.urandom(4)) >> 32 - _RANDOM_BITS
            self._newest = max(made, self._newest + 1)
            operation = Operation(self._newest, verb, target, request)
            self._operations[operation.id] = operation
        self._tell(operation)
        return operation

    def in_the_way(self, target: ResourceId, besides: int | None = None) -> Operation | None:
        """The write of a resource that has not ended, or is being resumed, except the operation `besides`."""
        with self._lock:
            return self._in_the_way(target, besides)

    def claim(self, operation: Operation) -> bool:
        """Reserve an operation's resource while it is being resumed, before the journal records that.

        Returns:
            False if another write is in the way; otherwise `unclaim` must follow.
        """
        with self._lock:
            if self._in_the_way(operation.target, operation.id) is not None:
                return False
            self._claimed.add(operation.id)
            return True

    def unclaim(self, operation_id: int) -> None:
        """End a reservation, because the operation was resumed, or cannot be."""
        with self._lock:
            self._claimed.discard(operation_id)

    def _in_the_way(self, target: ResourceId, besides: int | None = None) -> Operation | None:
        return next(
            (
                other
                for other in self._operations.values()
                if (other.end is None or other.id in self._claimed)
                and (other.target, other.other_cloud) == (target, "")
                and other.id != besides
            ),
            None,
        )

    def put(self, operation: Operation) -> None:
        """Store an operation and notify the listeners."""
        with self._lock:
            self._operations[operation.id] = operation
        self._tell(operation)

    def add(self, operation_id: int, event: Event) -> None:
        """Add an event to an operation.

        Raises:
            KeyError: If there is none with that id.
        """
        self.put(self.get(operation_id).with_event(event))

    def merge(self, operations: Iterable[Operation]) -> None:
        """Merge operations from the journal; skip those that this program watches, or knows more of.

        Listeners are not notified of operations that had already ended.
        """
        for operation in operations:
            own = self._operations.get(operation.id)
            if own is not None and (own.is_running or _is_known(operation, own)):
                continue
            # Keep what the journal lacks of an operation that was watched here.
            if own is not None and operation.watch is Watch.HERE and len(operation.events) < len(own.events):
                continue
            if own is None and operation.end is not None:
                with self._lock:
                    self._operations[operation.id] = operation
            else:
                self.put(operation)

    def merge_unreadable(self, operations: Iterable[UnreadableOperation]) -> bool:
        """Replace the unreadable operations of the journal; returns whether they have changed."""
        with self._lock:
            before = self._unreadable
            followed = {operation.id for operation in self._operations.values() if operation.is_running}
            self._unreadable = {operation.id: operation for operation in operations if operation.id not in followed}
            return self._unreadable != before

    @property
    def unreadable(self) -> tuple[UnreadableOperation, ...]:
        """The operations that cannot be read, oldest first."""
        return tuple(self._unreadable.values())

    def get(self, operation_id: int) -> Operation:
        """The record of an operation.

        Raises:
            KeyError: If there is none with that id.
        """
        return self._operations[operation_id]

    def all(self) -> tuple[Operation, ...]:
        """All operations that can be read, oldest first."""
        with self._lock:
            readable = (one for one in self._operations.values() if one.id not in self._unreadable)
            return tuple(sorted(readable, key=lambda operation: operation.id))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with the record after each change; returns a function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, operation: Operation) -> None:
        for listener in tuple(self._listeners):
            listener(operation)


def _is_known(recorded: Operation, own: Operation) -> bool:
    """Whether the journal has nothing new of an operation; events are only added, and problems compare by identity."""
    return _state(recorded) == _state(own)


def _state(operation: Operation) -> tuple[object, ...]:
    at = operation.last.at if operation.last is not None else None
    return len(operation.events), at, operation.watch, operation.watcher


def _busy(other: Operation) -> Problem:
    if other.is_interrupted:
        return Problem(
            ProblemKind.CONFLICT,
            busy_words(other),
            advice=f"Nothing was sent. Press {Mention.OPERATIONS} and resume it ({Mention.RESUME}), "
            f"or abandon it ({Mention.ABANDON}), then try again.",
        )
    return Problem(ProblemKind.CONFLICT, busy_words(other), advice="Wait for its end, then try again.")


def busy_words(other: Operation) -> str:
    """The sentence that an unfinished operation blocks another write."""
    name = other.target.name
    if other.is_interrupted:
        return f"An earlier write of {name} ({other.verb.noun}) was interrupted."
    where = f"{inside(other.watcher)} watches its {other.verb.noun}" if other.watcher else ""
    return f"{name} is busy: {where or f'its {other.verb.noun} is still running'}."
