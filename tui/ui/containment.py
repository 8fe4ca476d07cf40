"""Catches failures of actions, handlers, timers and callbacks, so that they end neither screen nor program."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.dom import DOMNode
from textual.events import Callback
from textual.message import Message
from textual.message_pump import MessagePump

from tui.ui.internals import call_late, invoke, is_being_removed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual._types import CallbackType
    from textual.timer import Timer, TimerCallback

    from tui.ui.app import SparkpoolApp

_log = logging.getLogger(__name__)


class Contained(MessagePump):
    """Mixin for nodes that report a failed handler and continue with the next message."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # noqa: BLE001 - the one boundary of the screens, for whatever a handler raises
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
        """Call something after the next refresh; the screen does that, outside any handler of this node."""
        return super().call_after_refresh(self._call, partial(callback, *args, **kwargs))

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """Call something once after a delay in seconds, or later on a busy computer, but never not at all."""
        return call_late(super().set_timer(delay, callback, name=name, pause=pause))

    def set_interval(
        self,
        interval: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        repeat: int = 0,
        pause: bool = False,
    ) -> Timer:
        """Call something at an interval in seconds; the timer does that, outside any handler of this node."""
        contained = None if callback is None else partial(self._call, callback)
        return super().set_interval(interval, contained, name=name, repeat=repeat, pause=pause)

    async def _call(self, callback: CallbackType) -> None:
        try:
            await invoke(callback)
        except Exception as error:  # noqa: BLE001 - as above, for what no handler calls
            _report(self, error, Callback(callback))


async def contained(node: DOMNode, work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
    """Run work outside any handler, such as a read, and report its failure for a screen or widget."""
    try:
        await work(*arguments)
    except Exception as error:  # noqa: BLE001 - as above, for what runs beside the handlers
        _report(node, error, Callback(partial(work, *arguments)))


def is_taken_apart(node: MessagePump) -> bool:
    """Whether a screen or widget is being removed, or was, so that its parts may be missing."""
    return not node.is_attached or (isinstance(node, DOMNode) and is_being_removed(node))


def _report(node: Any, error: Exception, message: Message) -> None:
    app = cast("SparkpoolApp", node.app)
    if app.is_leaving or (node is not app and is_taken_apart(node)):
        # A node that is being removed lacks parts that its handlers look for, and nobody waits for them.
        _log.info("%s came too late for %r", type(message).__name__, node, exc_info=error)
    else:
        app.report_failure(node, error, message)
