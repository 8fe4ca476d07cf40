"""What Textual calls private and this program needs all the same, each name with its reason.

A private method that has to be overridden stays in its class: in `app`, `containment`, `stack`, `terminal_driver` and
`widgets.field`. `tests/program/test_private_names.py` lists every private name that is used anywhere, and fails when a
library no longer has it.

Work-arounds that need no private name stand where they act, with their reasons: `collecting` (full garbage collections
stop every thread), `typed_ahead` (a key does not wait for what the key before it has left in front),
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
    from textual.widget import Widget

__all__ = [
    "ParseError",
    "XTermParser",
    "action_state",
    "answers_queries",
    "binding_chain",
    "bindings_of",
    "driver_of",
    "invoke",
    "is_being_removed",
    "is_exiting",
    "let_be_replaced",
    "measure_again",
]


def driver_of(app: App[Any]) -> Driver | None:
    """What writes to the terminal; None before the program has one."""
    return app._driver


def answers_queries(app: App[Any]) -> bool:
    """Whether the terminal has answered at the start, so that it can be asked what it has shown."""
    return app._sync_available


def is_exiting(app: App[Any]) -> bool:
    """Whether the program was told to end, which Textual says nowhere else before it has ended."""
    return app._exit


def is_being_removed(node: DOMNode) -> bool:
    """Whether a node is being removed; Textual counts it as attached until the last of its children has gone."""
    return node._pruning


def let_be_replaced(screen: Screen[Any]) -> None:
    """Let the default screen be switched for another.

    Textual gives it no callback, and fails without one (https://github.com/Textualize/textual/issues/2650).
    """
    screen._push_result_callback(screen, None)


def measure_again(widget: Widget) -> None:
    """Have what needs room measured again.

    Textual 8.2.8 counts two changes in a row as one, and keeps the size that it measured between them
    (https://github.com/Textualize/textual/issues/1402 is of the same kind).
    """
    widget._layout_updates += 1


def bindings_of(node: DOMNode) -> Iterator[tuple[str, Binding]]:
    """The bindings of a node, also those that do not apply now, which `active_bindings` leaves out."""
    return iter(node._bindings)


def binding_chain(screen: Screen[Any]) -> Iterable[tuple[DOMNode, BindingsMap]]:
    """The nodes that a key goes to, in order, with their bindings: `active_bindings` names one node for each key."""
    return screen._modal_binding_chain


def action_state(app: App[Any], action: str, node: DOMNode) -> bool | None:
    """Whether an action applies, as `active_bindings` asks for it."""
    return app._check_action_state(action, node)
