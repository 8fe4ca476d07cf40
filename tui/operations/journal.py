"""The record of operations in memory; a durable one takes its place behind the same Protocol."""

from itertools import count

from tui.domain.operation import Operation


class MemoryJournal:
    """Keeps the operations of this run, and forgets them with it."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._operations: dict[int, Operation] = {}

    def next_id(self) -> int:
        """An id that no operation has yet."""
        return next(self._ids)

    def record(self, operation: Operation) -> None:
        """Keep an operation as it is now."""
        self._operations[operation.id] = operation

    def operations(self) -> tuple[Operation, ...]:
        """All operations, oldest first."""
        return tuple(self._operations.values())
