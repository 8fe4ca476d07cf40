"""Reads of a screen: each belongs to a topic, and a newer one of a topic silences the older."""

from collections.abc import Callable
from typing import Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

from tui.operations.service import Deliver, Delivery, Reading

T = TypeVar("T")


class Delivered(Message):
    """Something that a read found, on its way from the worker's thread to the screen that asked."""

    def __init__(self, reads: "Reads", topic: str, generation: int, delivery: Delivery[Any]) -> None:
        super().__init__()
        self._reads = reads
        self._topic = topic
        self._generation = generation
        self._delivery = delivery

    def hand_over(self) -> None:
        """Give it to the handler, unless a newer read of the topic has begun."""
        self._reads.hand_over(self._topic, self._generation, self._delivery)


class Reads:
    """The reads that one screen has under way.

    Args:
        node: The screen; it must call `hand_over` of each `Delivered` that it gets.
    """

    def __init__(self, node: MessagePump) -> None:
        self._node = node
        self._generation = 0
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
            self._node.post_message(Delivered(self, topic, generation, delivery))

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

    def hand_over(self, topic: str, generation: int, delivery: Delivery[Any]) -> None:
        """Give a delivery to the handler of its topic, unless it comes from an older read."""
        running = self._running.get(topic)
        if running is not None and running[0] == generation:
            running[2](delivery)
