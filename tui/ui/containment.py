"""The net around every action, handler, timer and callback: a fault in one ends neither the screen nor the program."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.dom import DOMNode
from textual.events import Callback
from textual.message import Message
from textual.message_pump import MessagePump

from tui.ui.internals import invoke, is_being_removed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual._types import CallbackType
    from textual.timer import Timer, TimerCallback

    from tui.ui.app import SparkpoolApp

_log = logging.getLogger(__name__)


class Contained(MessagePump):
    """What reports a failure in one of its handlers and goes on with the next message; for classes that are nodes."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # noqa: BLE001 - the one boundary of the screens: whatever a handler raises
            _report(self, error, message)

    async def _flush_next_callbacks(self) -> None:
        callbacks = self._next_callbacks.copy()
        self._next_callbacks.clear()
        for callback in callbacks:
            try:
                with self.prevent(*callback._prevent):
                    await invoke(callback.callback)
            except Exception as error:  # noqa: BLE001 - as above, for what was put off to the end of a handler
                _report(self, error, callback)

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Call something after the next refresh; the screen does that, outside of any handler of this node.

        Args:
            callback: What to call.
            args: Its arguments.
            kwargs: Its arguments by name.
        """
        return super().call_after_refresh(self._call, partial(callback, *args, **kwargs))

    def set_interval(
        self,
        interval: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        repeat: int = 0,
        pause: bool = False,
    ) -> Timer:
        """Call something again and again; the timer itself does that, outside of any handler of this node.

        Args:
            interval: Seconds between two calls.
            callback: What to call; None to get an event instead.
            name: A name for the timer.
            repeat: How often; 0 for always.
            pause: Whether it waits to be started.
        """
        contained = None if callback is None else partial(self._call, callback)
        return super().set_interval(interval, contained, name=name, repeat=repeat, pause=pause)

    async def _call(self, callback: CallbackType) -> None:
        try:
            await invoke(callback)
        except Exception as error:  # noqa: BLE001 - as above, for what no handler calls
            _report(self, error, Callback(callback))


async def contained(node: DOMNode, work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
    """Do what no handler does, such as what awaits an answer, and report its failure.

    Args:
        node: The screen or widget that it is done for.
        work: What is to be done.
        arguments: What it is called with.
    """
    try:
        await work(*arguments)
    except Exception as error:  # noqa: BLE001 - as above, for what runs beside the handlers
        _report(node, error, Callback(partial(work, *arguments)))


def is_taken_apart(node: MessagePump) -> bool:
    """Whether a screen or widget is being removed or has been, so that some of what it consists of may be gone.

    Args:
        node: The screen or widget.
    """
    return not node.is_attached or (isinstance(node, DOMNode) and is_being_removed(node))


def _report(node: Any, error: Exception, message: Message) -> None:
    app = cast("SparkpoolApp", node.app)
    if app.is_leaving or (node is not app and is_taken_apart(node)):
        # What is taken apart has lost some of what its handlers look for, and nobody waits for them any more.
        _log.info("%s came too late for %r", type(message).__name__, node, exc_info=error)
    else:
        app.report_failure(node, error, message)
