"""The private names of Textual that this program needs, each with its reason.

A private method that has to be overridden stays in its class: in `app`, `containment`, `stack`, `terminal_driver` and
`widgets.field`. `tests/program/test_private_names.py` lists every private name that is used anywhere, and fails when a
library no longer has it.

Work-arounds without private names are explained where they are: `idle_gc` (full garbage collections stop all
threads), `typed_ahead` (a key does not wait for the screen that the key before it opens),
`widgets.field` (https://github.com/Textualize/textual/issues/6605), `widgets.tail`
(https://github.com/Textualize/textual/issues/6652) and `ascii` (scroll bars have one renderer for all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual._callback import invoke
from textual._parser import ParseError
from textual._xterm_parser import XTermParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import App
    from textual.binding import Binding, BindingsMap
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.screen import Screen
    from textual.timer import Timer
    from textual.widget import Widget

__all__ = [
    "ParseError",
    "XTermParser",
    "action_state",
    "answers_queries",
    "binding_chain",
    "bindings_of",
    "call_late",
    "driver_of",
    "invoke",
    "is_being_removed",
    "is_exiting",
    "let_be_replaced",
    "measure_again",
]


def driver_of(app: App[Any]) -> Driver | None:
    """The driver that writes to the terminal; None before the start."""
    return app._driver


def answers_queries(app: App[Any]) -> bool:
    """Whether the terminal answered a query at the start, so that it will answer others."""
    return app._sync_available


def is_exiting(app: App[Any]) -> bool:
    """Whether the program is about to end; Textual has no public name for that."""
    return app._exit


def is_being_removed(node: DOMNode) -> bool:
    """Whether a node is being removed; Textual counts it as attached until its last child is gone."""
    return node._pruning


def let_be_replaced(screen: Screen[Any]) -> None:
    """Allow `switch_screen` on the default screen.

    Textual gives it no callback, and fails without one (https://github.com/Textualize/textual/issues/2650).
    """
    screen._push_result_callback(screen, None)


def measure_again(widget: Widget) -> None:
    """Let a widget's layout be measured again.

    Textual 8.2.8 counts two changes in a row as one, and keeps the size that it measured between them
    (https://github.com/Textualize/textual/issues/1402 is of the same kind).
    """
    widget._layout_updates += 1


def call_late(timer: Timer) -> Timer:
    """Let a new timer that calls once call late rather than never.

    Textual 8.2.8 leaves the call out if the computer is so busy that the delay passes before the wait begins. A resize
    of the terminal waits 8 ms, and if that call is lost, the app keeps its old size for good.
    """
    timer._skip = False
    return timer


def bindings_of(node: DOMNode) -> Iterator[tuple[str, Binding]]:
    """All bindings of a node; `active_bindings` omits those that do not apply now."""
    return iter(node._bindings)


def binding_chain(screen: Screen[Any]) -> Iterable[tuple[DOMNode, BindingsMap]]:
    """The nodes that a key goes to, in order, with their bindings; `active_bindings` has one node per key."""
    return screen._modal_binding_chain


def action_state(app: App[Any], action: str, node: DOMNode) -> bool | None:
    """Whether an action applies, as `active_bindings` decides it."""
    return app._check_action_state(action, node)
