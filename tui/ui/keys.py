"""Keys where they are shown: the user's own names in sentences, and their order in the key line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from textual.binding import ActiveBinding, Binding

from tui.domain.mentions import Mention

if TYPE_CHECKING:
    from textual.screen import Screen

LAST = ("app.help", "app.quit")
"""The ids of the keys that stand last, and stay however narrow it is."""

MOVES = ("table.", "chooser.", "pages.")
"""How the ids of keys begin that only move the cursor or turn a page."""

KEYS = {
    Mention.FIX: ("detail.fix", "f"),
    Mention.MESSAGE: ("detail.message", "m"),
    Mention.ROLES_OF_IT: ("detail.roles", "r"),
    Mention.ROLES: ("computes.roles", "r"),
    Mention.OPERATIONS: ("app.operations", "o"),
    Mention.CONTINUE: ("operations.continue", "u"),
    Mention.LET_GO: ("operations.stop-watching", "x"),
    Mention.SIGN_IN: ("app.sign-in-always", "ctrl+l"),
    Mention.RENEW: ("sign-in.renew", "n"),
    Mention.TENANT: ("sign-in.tenant", "t"),
}
"""The binding of each action that a sentence may name, and what its key is called where it was not remapped."""

_NAMED = re.compile(f"‹({'|'.join(re.escape(action.value) for action in Mention)})›")
_SHOWN = {"escape": "esc", "question_mark": "?", "colon": ":", "slash": "/", "comma": ","}
_own: dict[str, str] = {}


def use_keys(keymap: Mapping[str, str]) -> None:
    """Name the user's own keys from now on.

    Args:
        keymap: Keys by the ids of bindings, separated by commas.
    """
    _own.clear()
    _own.update(keymap)


def key_name(name: str, standard: str) -> str:
    """How a sentence names the key of a binding.

    Args:
        name: The binding's id.
        standard: What it is called where the user has not remapped it.
    """
    if name not in _own:
        return standard
    first = _own[name].split(",")[0]
    return _SHOWN.get(first, first)


def with_keys(text: str) -> str:
    """A sentence in which actions are named by the keys that they have here.

    Args:
        text: Any text; see `tui.domain.mentions` for how it names an action.
    """
    return _NAMED.sub(lambda found: key_name(*KEYS[Mention(found[1])]), text) if "‹" in text else text


def key_of(owners: Iterable[type[object]], action: str, standard: str) -> str:
    """How a sentence names the key of an action, where only the classes that may have it are known.

    Args:
        owners: A screen's class and the app's.
        action: The action's name.
        standard: What it is called where the user has not remapped it.
    """
    ids = (
        binding.id
        for owner in owners
        for base in owner.__mro__
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ()))
        if binding.action == action and binding.id in _own
    )
    return key_name(next(ids, "") or "", standard)


def in_order(active: Iterable[ActiveBinding], screen: Screen[Any], first: Sequence[str]) -> list[ActiveBinding]:
    """Bindings in the order of their importance, because the key line shows as many as there is room for.

    The key that takes or sends what is in front comes first; then what a screen decides, as its class names it,
    before what moves in a part of it, and this before what works on every screen.

    Args:
        active: The bindings.
        screen: The screen in front.
        first: The ids of those that it puts before all its others.
    """
    bindings = list(active)
    primary = next((one for one in bindings if is_primary(one)), None)

    def place(one: ActiveBinding) -> tuple[int, int]:
        name = one.binding.id or ""
        if one is primary:
            return 0, 0
        if name in first:
            return 1, first.index(name)
        if name in LAST:
            return 5, LAST.index(name)
        group = 2 if one.node is screen else 4 if one.node is screen.app else 3
        return group, _order(type(one.node)).get(name, 0)

    return sorted(bindings, key=place)


def is_primary(active: ActiveBinding) -> bool:
    """Whether a key is the one that takes or sends what is in front: enter, unless the user has remapped it.

    Args:
        active: A binding of a widget or a screen.
    """
    return bool(active.binding.id) and active.binding.id in _primary(type(active.node))


@cache
def _primary(owner: type[object]) -> frozenset[str]:
    return frozenset(
        binding.id
        for base in owner.__mro__
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ()))
        if binding.id and binding.key == "enter"
    )


@cache
def _order(owner: type[object]) -> Mapping[str, int]:
    """The places of a class's bindings; those that it has from another class stand behind its own."""
    ids = [
        binding.id
        for base in owner.__mro__
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ()))
        if binding.id
    ]
    return {name: number for number, name in enumerate(dict.fromkeys(ids))}
