"""Keys where they are shown: the user's own names in sentences, and their order in the key line."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from textual.binding import ActiveBinding, Binding

from tui.domain.actions import Action

MOVES = ("table.", "chooser.", "pages.")
"""How the ids of keys begin that only move the cursor or turn a page."""

KEYS = {
    Action.FIX: ("detail.fix", "f"),
    Action.MESSAGE: ("detail.message", "m"),
    Action.ROLES_OF_IT: ("detail.roles", "r"),
    Action.ROLES: ("computes.roles", "r"),
    Action.OPERATIONS: ("app.operations", "o"),
    Action.CONTINUE: ("operations.continue", "u"),
    Action.LET_GO: ("operations.stop-watching", "x"),
    Action.SIGN_IN: ("app.sign-in-always", "ctrl+l"),
    Action.RENEW: ("sign-in.renew", "n"),
    Action.TENANT: ("sign-in.tenant", "t"),
}
"""The binding of each action that a sentence may name, and what its key is called where it was not remapped."""

_NAMED = re.compile(f"‹({'|'.join(re.escape(action.value) for action in Action)})›")
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
        text: Any text; see `tui.domain.actions` for how it names an action.
    """
    return _NAMED.sub(lambda found: key_name(*KEYS[Action(found[1])]), text) if "‹" in text else text


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


def in_order(active: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """Bindings in the order in which their classes name them.

    Textual puts remapped keys last, and the key line shows the first ones where it is narrow.

    Args:
        active: Bindings, those of one widget or screen together.
    """
    bindings = list(active)
    if not _own:
        return bindings
    nodes = list(dict.fromkeys(one.node for one in bindings))
    orders = {node: _order(type(node)) for node in nodes}
    return sorted(bindings, key=lambda one: (nodes.index(one.node), orders[one.node].get(one.binding.id or "", 0)))


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


def _order(owner: type[object]) -> Mapping[str, int]:
    ids = [
        binding.id
        for base in reversed(owner.__mro__)
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ()))
        if binding.id
    ]
    return {name: number for number, name in enumerate(ids)}
