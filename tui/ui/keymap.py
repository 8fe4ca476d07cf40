"""Checks the user's own keys.

Textual ignores unknown ids and lets a remapped key silently replace another (measured with 8.2.8), so both are checked
here, before the screen starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from textual.binding import Binding
from textual.keys import KEY_ALIASES, REPLACED_KEYS, Keys, key_to_character

from tui.actions import ACTIONS, PLACES, Action, bound_by, working_on
from tui.domain.phrases import suggestion
from tui.domain.unusable import Fault, UnusableError, quoted

Keymap = Mapping[str, str]

_NAMES = frozenset(key.value for key in Keys if not key.value.startswith("<")) - {"return", "ctrl-at"}
_SAME = {alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases if alias.startswith("ctrl+")}


def check_keys(table: Mapping[str, Any]) -> Keymap:
    """Check a table of keys.

    Args:
        table: Keys by the ids of actions; ids may be nested tables.

    Returns:
        The keys by ids, separated by commas, in Textual's spelling.

    Raises:
        UnusableError: With all faults: unknown ids and keys, and keys that are already bound.
    """
    faults: list[Fault] = []
    remapped: dict[str, str] = {}
    paths: dict[str, tuple[str, ...]] = {}
    for path, value in _flat(table, ()):
        name = ".".join(path)
        if name not in ACTIONS:
            faults.append(Fault(f"Unknown key id {quoted(name)}.{suggestion(name, list(ACTIONS))}", path))
            continue
        try:
            remapped[name] = ",".join(_keys(value, ACTIONS[name]))
            paths[name] = path
        except UnusableError as error:
            faults += [Fault(fault.found, path) for fault in error.faults]
    faults += [Fault(found, paths[name]) for name, found in _clashes(remapped)]
    if faults:
        raise UnusableError(*faults)
    return remapped


def _flat(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, key))
        else:
            yield (*path, key), value


def _keys(value: object, action: Action) -> list[str]:
    if not isinstance(value, str):
        raise UnusableError(Fault(f'{quoted(value)} is not a key in quotes, such as "ctrl+t"'))
    # A key of every screen also has to work beside a text field.
    is_typing = PLACES[action.where].typing or action.where == "screen"
    works_in_fields = action.priority or is_typing or not any(map(_has_letter, bound_by(action.where)))
    edits = _editing_keys() if is_typing and not action.priority else frozenset()
    keys = []
    for word in value.split(","):
        key = _key(word.strip())
        if works_in_fields and _prints(key) and not _has_letter(action):
            raise UnusableError(
                Fault(f"{quoted(word.strip())} types a character in text fields; choose a key that does not")
            )
        if key in edits and not edits & _standard_keys(action.id):
            raise UnusableError(Fault(f"{quoted(word.strip())} edits the text in a text field; choose another key"))
        keys.append(key)
    return keys


def _key(word: str) -> str:
    if len(word) == 1 and word.isprintable() and word != " ":
        return _in_textual(word)
    name = word.lower()
    if name in _SAME:
        raise UnusableError(Fault(f'Terminals send {quoted(word)} as "{_SAME[name]}"; use "{_SAME[name]}"'))
    plain = name.removeprefix("alt+")
    if plain in _NAMES or (_prints(plain) and (len(plain) > 1 or plain != name)):
        return name
    raise UnusableError(Fault(f"{quoted(word)} is not a key.{suggestion(name, sorted(_NAMES))}"))


def _in_textual(key: str) -> str:
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key


def _prints(key: str) -> bool:
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return bool(character and character.isprintable())


@cache
def _editing_keys() -> frozenset[str]:
    """The keys that text fields take themselves."""
    from textual.widgets import Input

    return frozenset(one.key for one in Binding.make_bindings(Input.BINDINGS) if one.action != "submit")


def _has_letter(action: Action) -> bool:
    """Whether one of an action's default keys types a character."""
    return any(map(_prints, _standard_keys(action.id)))


@cache
def _standard_keys(name: str) -> frozenset[str]:
    """The default keys of an action."""
    return frozenset(map(_in_textual, ACTIONS[name].keys.split(",")))


@cache
def _contexts() -> tuple[Mapping[str, set[str]], ...]:
    """For each screen and dialog, the default keys by id that work there."""
    contexts = []
    for where, place in PLACES.items():
        if place.kind != "part":
            own = frozenset[str]().union(*(_standard_keys(action.id) for action in bound_by(where)))
            # A screen's own key replaces one that every screen has.
            keys = {
                action.id: set(_standard_keys(action.id) - (own if action.where == "screen" else frozenset()))
                for action in working_on(where)
            }
            contexts.append({name: left for name, left in keys.items() if left})
    return tuple(contexts)


def _clashes(remapped: Keymap) -> Iterable[tuple[str, str]]:
    """The ids whose new keys are already bound, each with a sentence."""
    refused: set[str] = set()
    for context in _contexts():
        now = {name: set(remapped[name].split(",")) if name in remapped else keys for name, keys in context.items()}
        for name in remapped:
            if name not in context or name in refused:
                continue
            for other, keys in now.items():
                # Keys that two ids share by default are no clash: one of the two takes them.
                shared = (now[name] & keys) - (_standard_keys(name) & _standard_keys(other))
                if other != name and shared and not context[name] & context[other]:
                    refused.add(name)
                    key = sorted(shared)[0]
                    yield (
                        name,
                        f'"{key}" is already bound to "{other}" in the same place; choose another key for that too',
                    )
                    break
