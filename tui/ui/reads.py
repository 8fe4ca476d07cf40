"""Reads of a screen: each belongs to a topic, and a newer one of a topic silences the older."""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

from tui.domain.ports import Page
from tui.operations.service import Deliver, Delivery, Ended, Reading

T = TypeVar("T")

_AT_ONCE = 200
_BREATH_SECONDS = 0.001


class Delivered(Message):
    """Something that a read found has come from the worker's thread to the screen that asked."""

    def can_replace(self, message: Message) -> bool:
        """Let one such message stand for all that wait, because it says only that something is there."""
        return isinstance(message, Delivered)


class Reads:
    """The reads that one screen has under way.

    Args:
        node: The screen; it must call `take` for each `Delivered` that it gets.
    """

    def __init__(self, node: MessagePump) -> None:
        self._node = node
        self._generation = 0
        self._arrived: deque[tuple[str, int, Delivery[Any]]] = deque()
        self._more: Timer | None = None
        self._running: dict[str, tuple[int, Reading[Any], Callable[[Delivery[Any]], None]]] = {}

    def start(
        self,
        topic: str,
        begin: Callable[[Deliver[T]], Reading[T]],
        handle: Callable[[Delivery[T]], None],
    ) -> None:
        """Begin a read.

        Args:
            topic: Names it; a read of that topic that is still running is cancelled.
            begin: Starts the read with the function that delivers.
            handle: Called in the user interface's thread with each delivery.
        """
        self.cancel(topic)
        self._generation += 1
        generation = self._generation

        def deliver(delivery: Delivery[T]) -> None:
            self._arrived.append((topic, generation, delivery))
            self._node.post_message(Delivered())

        self._running[topic] = (generation, begin(deliver), handle)

    def cancel(self, topic: str) -> None:
        """End the read of a topic, if there is one."""
        running = self._running.pop(topic, None)
        if running is not None:
            running[1].cancel()

    def cancel_all(self) -> None:
        """End all reads, as when the screen closes."""
        for topic in tuple(self._running):
            self.cancel(topic)

    def take(self) -> None:
        """Hand over what has come, in parts between which the screen is drawn and keys are heard."""
        if self._more is not None:
            return
        room = _AT_ONCE
        while room > 0 and self._arrived:
            topic, generation, delivery = self._next(room)
            room -= len(delivery.items) if isinstance(delivery, Page) else 1
            running = self._running.get(topic)
            if running is not None and running[0] == generation:
                if isinstance(delivery, Ended):
                    # What it holds, its handler and through it all that was asked for, goes with it.
                    del self._running[topic]
                running[2](delivery)
        if self._arrived:
            self._more = self._node.set_timer(_BREATH_SECONDS, self._take_more)

    def _take_more(self) -> None:
        self._more = None
        self.take()

    def _next(self, room: int) -> tuple[str, int, Delivery[Any]]:
        """The next delivery; pages of one read that have come together are one page."""
        topic, generation, delivery = self._arrived.popleft()
        while isinstance(delivery, Page) and len(delivery.items) < room and self._arrived:
            *whose, more = self._arrived[0]
            if whose != [topic, generation] or not isinstance(more, Page):
                break
            self._arrived.popleft()
            unreadable = (*delivery.unreadable, *more.unreadable)
            delivery = Page((*delivery.items, *more.items), more.last, unreadable)
        return topic, generation, delivery
