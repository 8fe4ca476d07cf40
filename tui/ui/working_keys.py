"""The keys that work on a screen, as its help lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from textual.binding import ActiveBinding, Binding
from textual.widget import Widget

from tui.actions import ACTIONS
from tui.ui.internals import action_state, binding_chain
from tui.ui.keys import only_moves
from tui.ui.text import line

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

_VERTICAL = ("scroll_up", "scroll_down", "page_up", "page_down", "scroll_home", "scroll_end")
_HORIZONTAL = ("scroll_left", "scroll_right", "page_left", "page_right")
_POSITIONS = {name: position for position, name in enumerate(ACTIONS)}
_FOCUS = ("app.focus_next", "app.focus_previous")
_SCROLL_GROUP = Binding.Group("Scroll what does not fit")
_FOCUS_GROUP = Binding.Group("Go to another part of this screen")


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One line of the help.

    Attributes:
        keys: The keys, in Textual's spelling.
        shown: The same keys as shown, on one line.
        label: What they do, in a word or two.
        text: What they do, in a sentence.
        reason: Why they do not apply now; empty if they do.
    """

    keys: tuple[str, ...]
    shown: str
    label: str
    text: str
    reason: str = ""


def working_keys(screen: Screen[Any]) -> Mapping[str, ActiveBinding]:
    """The binding that each key runs on a screen.

    Textual's `active_bindings` also lists scroll keys of widgets that cannot scroll, which pass the key on.
    """
    working: dict[str, ActiveBinding] = {}
    for node, bindings in binding_chain(screen):
        for key, binding in bindings:
            state = action_state(screen.app, binding.action, node)
            if state is False or _is_handed_on(node, binding.action):
                continue
            if key not in working or (binding.priority and not working[key].binding.priority):
                working[key] = ActiveBinding(node, binding, bool(state), binding.tooltip)
    return working


def _is_handed_on(node: DOMNode, action: str) -> bool:
    """Whether an action is Textual's own scrolling and the widget has nothing to scroll."""
    if action not in _VERTICAL + _HORIZONTAL:
        return False
    name = f"action_{action}"
    if not isinstance(node, Widget) or getattr(type(node), name) is not getattr(Widget, name):
        return False
    return not (node.allow_vertical_scroll if action in _VERTICAL else node.allow_horizontal_scroll)


def help_lines(screen: Screen[Any]) -> list[HelpLine]:
    """The lines of a screen's help: its own keys, then those that work on every screen, then those that only move.

    The editing keys of fields, which are those of shells, and the key that copies a mouse selection are not listed.
    """
    lines: dict[object, list[Binding]] = {}
    for binding in sorted(_listed(screen), key=_rank):
        lines.setdefault(binding.group or binding.action, []).append(binding)
    reason_against = getattr(screen, "reason_against", lambda _: None)
    made = []
    for bindings in lines.values():
        first = bindings[0]
        words = first.group.description if first.group else first.tooltip
        keys = tuple(binding.key for binding in bindings)
        shown = _shown([screen.app.get_key_display(replace(binding, key_display=None)) for binding in bindings])
        made.append(HelpLine(keys, shown, line(first.description), words, reason_against(first.action) or ""))
    return made


def _rank(binding: Binding) -> tuple[bool, int, int]:
    """The place of a key in the help; otherwise as in the table of actions."""
    if binding.id is None or binding.id not in ACTIONS:
        return True, 0, len(ACTIONS)
    everywhere = {"screen": 1, "app": 2}.get(ACTIONS[binding.id].where, 0)
    return only_moves(binding.id), everywhere, _POSITIONS[binding.id]


def _listed(screen: Screen[Any]) -> Iterator[Binding]:
    for key, active in working_keys(screen).items():
        binding = replace(active.binding, key=key)
        if binding.id:
            yield binding
        elif binding.action in _FOCUS and len(screen.focus_chain) > 1:
            yield replace(binding, description="Other part", group=_FOCUS_GROUP)
        elif binding.action in _VERTICAL:
            yield replace(binding, description="Scroll", group=_SCROLL_GROUP)


def _shown(keys: list[str]) -> str:
    """Keys as shown: consecutive digits as a range, all others one by one."""
    names = list(dict.fromkeys(map(line, keys)))
    is_range = len(names) > 2 and all(name.isdecimal() for name in names)
    if is_range and all(int(after) - int(before) == 1 for before, after in pairwise(names)):
        return line(f"{names[0]}–{names[-1]}")
    return ", ".join(names)
