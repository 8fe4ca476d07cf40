"""What a screen reads: each read belongs to a topic, and a newer one of a topic ends the older."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVarTuple

from textual.dom import DOMNode

from tui.ui.containment import contained

A = TypeVarTuple("A")


class Reads:
    """The reads that one screen has under way; they end with it.

    Args:
        node: The screen.
    """

    def __init__(self, node: DOMNode) -> None:
        self._node = node

    def start(self, topic: str, read: Callable[[*A], Coroutine[Any, Any, None]], *arguments: *A) -> None:
        """Begin a read.

        Args:
            topic: Names it; a read of that topic that is still running is cancelled.
            read: Awaits what it needs and shows it, in the interface's loop.
            arguments: What it is called with.
        """
        # Not a coroutine, which would never be awaited where the read is cancelled before it begins.
        work: Callable[[], Any] = partial(contained, self._node, read, *arguments)
        self._node.run_worker(work, group=topic, exclusive=True, exit_on_error=False)

    def cancel(self, topic: str) -> None:
        """End the read of a topic, if there is one."""
        self._node.workers.cancel_group(self._node, topic)

    def cancel_all(self) -> None:
        """End all reads, as when the screen closes."""
        self._node.workers.cancel_node(self._node)
