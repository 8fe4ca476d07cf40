"""The reads of a screen: each has a topic, and a new read cancels an older one of its topic."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVarTuple

from textual.dom import DOMNode

from tui.ui.containment import contained

A = TypeVarTuple("A")


class Reads:
    """The running reads of one screen; they end with it."""

    def __init__(self, node: DOMNode) -> None:
        self._node = node

    def start(self, topic: str, read: Callable[[*A], Coroutine[Any, Any, None]], *arguments: *A) -> None:
        """Start a read, and cancel a running one of the same topic.

        Args:
            topic: Its topic.
            read: Awaits what it needs and shows it, in Textual's loop.
            arguments: The arguments of `read`.
        """
        # Not a coroutine, which would never be awaited if the read is cancelled before it starts.
        work: Callable[[], Any] = partial(contained, self._node, read, *arguments)
        self._node.run_worker(work, group=topic, exclusive=True, exit_on_error=False)

    def cancel(self, topic: str) -> None:
        """Cancel the read of a topic, if there is one."""
        self._node.workers.cancel_group(self._node, topic)

    def cancel_all(self) -> None:
        """Cancel all reads."""
        self._node.workers.cancel_node(self._node)
