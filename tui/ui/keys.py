"""Bindings, names of keys in sentences, and the order of the key line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from textual.binding import ActiveBinding, Binding, BindingType

from tui.actions import ACTIONS, PLACES, bound_by
from tui.domain.mentions import Mention

if TYPE_CHECKING:
    from textual.screen import Screen

LAST = ("app.help", "app.quit")
"""The ids of the keys that come last in the key line, and never drop out."""

_MENTIONED = {action.mention: name for name, action in ACTIONS.items() if action.mention is not None}
_NAMED = f"‹({'|'.join(mention.value for mention in Mention)})›"  # compiled on first use
_NUMBERS = {name: number for number, name in enumerate(ACTIONS)}
_SHOWN = {"escape": "esc", "question_mark": "?", "colon": ":", "slash": "/", "comma": ",", "exclamation_mark": "!"}
_own: dict[str, str] = {}


def bindings(where: str) -> list[BindingType]:
    """The bindings of the class of a place, one of `tui.actions.PLACES`."""
    return [
        Binding(
            action.keys,
            action.action,
            action.label,
            show=not action.hidden,
            key_display=action.display or None,
            priority=action.priority,
            tooltip=action.help,
            id=action.id,
            group=Binding.Group(action.group) if action.group else None,
        )
        for action in bound_by(where)
    ]


def use_keys(keymap: Mapping[str, str]) -> None:
    """Set the user's own keys: keys by the ids of actions, separated by commas."""
    _own.clear()
    _own.update(keymap)


def key_name(name: str) -> str:
    """The name of an action's key in sentences, by the action's id."""
    action = ACTIONS[name]
    if name not in _own and action.display:
        return action.display
    first = _own.get(name, action.keys).split(",")[0]
    return _SHOWN.get(first, first)


def with_keys(text: str) -> str:
    """A text with the mentions of actions (`tui.domain.mentions`) replaced by the user's keys."""
    return re.sub(_NAMED, lambda match: key_name(_MENTIONED[Mention(match[1])]), text) if "‹" in text else text


def key_on_screen(where: str, action: str) -> str:
    """The name of the key of an action on a screen; empty if the screen does not have it.

    Args:
        where: The screen's place.
        action: The action in Textual's syntax.
    """
    rows = (*bound_by(where), *bound_by("screen"))
    return next((key_name(row.id) for row in rows if row.action == action), "")


def only_moves(name: str | None) -> bool:
    """Whether the key with this binding id only moves the cursor or turns a page."""
    action = ACTIONS.get(name or "")
    return action is not None and PLACES[action.where].moves


def in_order(active: Iterable[ActiveBinding], screen: Screen[Any], first: tuple[str, ...]) -> list[ActiveBinding]:
    """Bindings by importance, because the key line drops those that do not fit.

    Enter comes first, then the ids in `first`, then the other keys of the screen, those of its widgets, those of every
    screen, and `LAST`.
    """
    listed = list(active)
    primary = next((binding for binding in listed if is_primary(binding)), None)

    def place(binding: ActiveBinding) -> tuple[int, bool, int]:
        name = binding.binding.id or ""
        if binding is primary:
            return 0, False, 0
        if name in first:
            return 1, False, first.index(name)
        if name in LAST:
            return 5, False, LAST.index(name)
        group = 2 if binding.node is screen else 4 if binding.node is screen.app else 3
        is_inherited = name in ACTIONS and ACTIONS[name].where == "screen"
        return group, is_inherited, _NUMBERS.get(name, -1)

    return sorted(listed, key=place)


def is_primary(active: ActiveBinding) -> bool:
    """Whether a binding is the one for enter by default, which accepts or sends."""
    action = ACTIONS.get(active.binding.id or "")
    return action is not None and "enter" in action.keys.split(",")
