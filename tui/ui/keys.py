"""Keys where they are bound and shown: bindings, the user's own names in sentences, the order of the key line."""

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
"""The ids of the keys that come last, and stay however narrow it is."""

_MENTIONED = {action.mention: name for name, action in ACTIONS.items() if action.mention is not None}
_NAMED = f"‹({'|'.join(mention.value for mention in Mention)})›"  # compiled when a sentence needs it first
_NUMBERS = {name: number for number, name in enumerate(ACTIONS)}
_SHOWN = {"escape": "esc", "question_mark": "?", "colon": ":", "slash": "/", "comma": ","}
_own: dict[str, str] = {}


def bindings(where: str) -> list[BindingType]:
    """The bindings of a class.

    Args:
        where: Its place, one of `tui.actions.PLACES`.
    """
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
    """Name the user's own keys from now on.

    Args:
        keymap: Keys by the ids of actions, separated by commas.
    """
    _own.clear()
    _own.update(keymap)


def key_name(name: str) -> str:
    """How a sentence names the key of an action.

    Args:
        name: The action's id.
    """
    action = ACTIONS[name]
    if name not in _own and action.display:
        return action.display
    first = _own.get(name, action.keys).split(",")[0]
    return _SHOWN.get(first, first)


def with_keys(text: str) -> str:
    """A sentence in which actions are named by the keys that they have here.

    Args:
        text: Any text; see `tui.domain.mentions` for how it names an action.
    """
    return re.sub(_NAMED, lambda match: key_name(_MENTIONED[Mention(match[1])]), text) if "‹" in text else text


def key_on_screen(where: str, action: str) -> str:
    """How a sentence names the key of an action that only some screens have; empty on the others.

    Args:
        where: The screen's place.
        action: The action, as `Action.action` names it.
    """
    rows = (*bound_by(where), *bound_by("screen"))
    return next((key_name(row.id) for row in rows if row.action == action), "")


def only_moves(name: str | None) -> bool:
    """Whether a key only moves the cursor or turns a page.

    Args:
        name: The id of its binding.
    """
    action = ACTIONS.get(name or "")
    return action is not None and PLACES[action.where].moves


def in_order(active: Iterable[ActiveBinding], screen: Screen[Any], first: tuple[str, ...]) -> list[ActiveBinding]:
    """Bindings in the order of their importance, because the key line shows as many as there is room for.

    The key that takes or sends what is in front comes first; then what a screen decides, those that its place names
    before its others, then what moves in a part of it, and then what works on every screen.

    Args:
        active: The bindings.
        screen: The screen in front.
        first: The ids of those that its place names.
    """
    listed = list(active)
    primary = next((binding for binding in listed if is_primary(binding)), None)

    def place(one: ActiveBinding) -> tuple[int, bool, int]:
        name = one.binding.id or ""
        if one is primary:
            return 0, False, 0
        if name in first:
            return 1, False, first.index(name)
        if name in LAST:
            return 5, False, LAST.index(name)
        group = 2 if one.node is screen else 4 if one.node is screen.app else 3
        is_inherited = name in ACTIONS and ACTIONS[name].where == "screen"
        return group, is_inherited, _NUMBERS.get(name, -1)

    return sorted(listed, key=place)


def is_primary(active: ActiveBinding) -> bool:
    """Whether a key is the one that takes or sends what is in front: enter, unless the user has remapped it.

    Args:
        active: A binding of a widget or a screen.
    """
    action = ACTIONS.get(active.binding.id or "")
    return action is not None and "enter" in action.keys.split(",")
