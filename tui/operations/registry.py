"""The operations that this program knows: one write per resource, each told to its listeners."""

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
    from tui.domain.operation_unread import UnreadOperation
    from tui.domain.plan import Request
    from tui.domain.resource_id import ResourceId

Listener = Callable[[Operation], None]

_RANDOM_BITS = 20


class Registry:
    """Knows every operation, and tells its listeners of each event.

    Listeners are called in the thread in which the event happened.
    """

    def __init__(self) -> None:
        self._operations: dict[int, Operation] = {}
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._newest = 0
        self._claimed: set[int] = set()
        self._unread: dict[int, UnreadOperation] = {}

    def open(self, verb: Verb, request: Request, now: datetime) -> Operation:
        """Register a new operation.

        Args:
            verb: What it does.
            request: What was asked for, of which compute.
            now: The time, from which its id is made.

        Returns:
            Its record, without events yet.

        Raises:
            Problem: If another write of the same resource has not ended, or is being taken up.
        """
        target = request.id
        with self._lock:
            other = self._in_the_way(target)
            if other is not None:
                raise _busy(other)
            # Programs that share a journal make ids without asking each other, and the newest is the greatest.
            made = int(now.timestamp() * 1000) << _RANDOM_BITS | int.from_bytes(os.urandom(4)) >> 32 - _RANDOM_BITS
            self._newest = max(made, self._newest + 1)
            operation = Operation(self._newest, verb, target, request)
            self._operations[operation.id] = operation
        self._tell(operation)
        return operation

    def in_the_way(self, target: ResourceId, besides: int | None = None) -> Operation | None:
        """The write of a resource that has not ended, or is being taken up.

        Args:
            target: The resource.
            besides: The id of an operation that does not count; None to count all.
        """
        with self._lock:
            return self._in_the_way(target, besides)

    def claim(self, operation: Operation) -> bool:
        """Keep an operation's resource for it from the wish to take it up on, before the journal says that it is.

        Returns:
            False if another write is in the way; otherwise `unclaim` must follow.
        """
        with self._lock:
            if self._in_the_way(operation.target, operation.id) is not None:
                return False
            self._claimed.add(operation.id)
            return True

    def unclaim(self, operation_id: int) -> None:
        """End a claim, because the operation is taken up, or cannot be."""
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

    def merge(self, found: Iterable[Operation]) -> None:
        """Merge operations from the journal; skip those that this program follows, or knows more of.

        Listeners are not notified of what had ended before it was known here.
        """
        for operation in found:
            known = self._operations.get(operation.id)
            if known is not None and (known.is_running or _is_known(operation, known)):
                continue
            # What the journal could not keep of an operation that was followed here is not forgotten.
            if known is not None and operation.watch is Watch.HERE and len(operation.events) < len(known.events):
                continue
            if known is None and operation.end is not None:
                with self._lock:
                    self._operations[operation.id] = operation
            else:
                self.put(operation)

    def merge_unreadable(self, found: Iterable[UnreadOperation]) -> bool:
        """Replace the operations of the journal that cannot be read; returns whether they have changed."""
        with self._lock:
            known = self._unread
            followed = {one.id for one in self._operations.values() if one.is_running}
            self._unread = {one.id: one for one in found if one.id not in followed}
            return self._unread != known

    @property
    def unread(self) -> tuple[UnreadOperation, ...]:
        """The operations that cannot be read, oldest first."""
        return tuple(self._unread.values())

    def get(self, operation_id: int) -> Operation:
        """The record of an operation.

        Raises:
            KeyError: If there is none with that id.
        """
        return self._operations[operation_id]

    def all(self) -> tuple[Operation, ...]:
        """All operations that can be read, oldest first."""
        with self._lock:
            readable = (one for one in self._operations.values() if one.id not in self._unread)
            return tuple(sorted(readable, key=lambda operation: operation.id))

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


def _is_known(found: Operation, known: Operation) -> bool:
    """Whether the journal says nothing new of an operation; events are only added, and problems compare as objects."""
    return _state(found) == _state(known)


def _state(operation: Operation) -> tuple[object, ...]:
    at = operation.last.at if operation.last is not None else None
    return len(operation.events), at, operation.watch, operation.watcher


def _busy(other: Operation) -> Problem:
    if other.is_left:
        return Problem(
            ProblemKind.CONFLICT,
            busy_words(other),
            advice=f"Nothing was sent. Press {Mention.OPERATIONS} and continue it ({Mention.CONTINUE}), "
            f"or let it go ({Mention.LET_GO}), then try again.",
        )
    return Problem(ProblemKind.CONFLICT, busy_words(other), advice="Wait for its end, then try again.")


def busy_words(other: Operation) -> str:
    """That an operation which has not ended is in the way of another write, in one sentence."""
    name = other.target.name
    if other.is_left:
        return f"An earlier write of {name} ({other.verb.noun}) was left unfinished."
    where = f"{inside(other.watcher)} watches its {other.verb.noun}" if other.watcher else ""
    return f"{name} is busy: {where or f'its {other.verb.noun} is still running'}."
