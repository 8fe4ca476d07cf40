"""The user's own keys: which there are, by their ids, and why some cannot be had.

Textual ignores ids that it does not know, and a remapped key silently takes the place of another (measured with
8.2.8), so all of this is judged here, before the screen starts.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, REPLACED_KEYS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

import tui.ui
from tui.domain.phrases import suggestion
from tui.domain.unusable import Fault, UnusableError, quoted

Keymap = Mapping[str, str]

_PACKAGE = tui.ui.__name__
_NAMES = frozenset(key.value for key in Keys if not key.value.startswith("<")) - {"return", "ctrl-at"}
_SAME = {alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases if alias.startswith("ctrl+")}


def check_keys(table: Mapping[str, Any]) -> Keymap:
    """Judge a table of keys.

    Args:
        table: Keys by the ids of what they do; the ids may be written as tables inside one another.

    Returns:
        The keys by ids, separated by commas, in Textual's spelling.

    Raises:
        UnusableError: With everything that is wrong: unknown ids and keys, and keys that have something else to do.
    """
    faults: list[Fault] = []
    wanted: dict[str, str] = {}
    paths: dict[str, tuple[str, ...]] = {}
    known = known_bindings()
    for path, value in _flat(table, ()):
        name = ".".join(path)
        if name not in known:
            faults.append(Fault(f"{quoted(name)} is the id of no key.{suggestion(name, list(known))}", path))
            continue
        try:
            wanted[name] = ",".join(_keys(value, known[name], name in _typed()))
            paths[name] = path
        except UnusableError as error:
            faults += [Fault(fault.found, path) for fault in error.faults]
    faults += [Fault(found, paths[name]) for name, found in _clashes(wanted)]
    if faults:
        raise UnusableError(*faults)
    return wanted


def template() -> str:
    """The table of keys as TOML, with every id, its key and what it does."""
    lines = ["[keys]"]
    for name, bindings in known_bindings().items():
        keys = ",".join(_written(binding.key) for binding in bindings)
        lines.append(f'{name} = "{keys}"  # {bindings[0].tooltip or bindings[0].description}')
    return "\n".join(lines)


@cache
def known_bindings() -> Mapping[str, tuple[Binding, ...]]:
    """All bindings that can be remapped, by id, one for each key that an id has."""
    found: dict[str, list[Binding]] = {}
    for owner in _owners():
        for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ())):
            if binding.id:
                found.setdefault(binding.id, []).append(binding)
    return {name: tuple(bindings) for name, bindings in found.items()}


def _flat(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, key))
        else:
            yield (*path, key), value


def _keys(value: object, bindings: tuple[Binding, ...], is_typed: bool) -> list[str]:
    if not isinstance(value, str):
        raise UnusableError(Fault(f'{quoted(value)} is not a key in quotes, such as "ctrl+t"'))
    writes_nothing = (is_typed or bindings[0].priority) and not any(_prints(binding.key) for binding in bindings)
    keys = []
    for word in value.split(","):
        key = _key(word.strip())
        if writes_nothing and _prints(key):
            raise UnusableError(
                Fault(f"{quoted(word.strip())} writes a character where you type; take one that does not")
            )
        keys.append(key)
    return keys


def _key(word: str) -> str:
    if len(word) == 1 and word.isprintable() and word != " ":
        return next(iter(Binding.make_bindings([Binding(word, "")]))).key
    name = word.lower()
    if name in _SAME:
        raise UnusableError(Fault(f'{quoted(word)} is "{_SAME[name]}" to a terminal; write that'))
    plain = name.removeprefix("alt+")
    if plain in _NAMES or (_prints(plain) and (len(plain) > 1 or plain != name)):
        return name
    raise UnusableError(Fault(f"{quoted(word)} is no key.{suggestion(name, sorted(_NAMES))}"))


def _written(key: str) -> str:
    sign = _sign(key)
    return sign if sign and sign not in ' ,"\\' else key


def _prints(key: str) -> bool:
    return bool(_sign(key))


def _sign(key: str) -> str:
    """The character that a key writes; empty for none."""
    sign = key_to_character(REPLACED_KEYS.get(key, key)) or ""
    return sign if sign.isprintable() else ""


@cache
def _modules() -> Mapping[str, ModuleType]:
    for module in pkgutil.walk_packages(tui.ui.__path__, f"{_PACKAGE}."):
        importlib.import_module(module.name)
    return {name: module for name, module in sys.modules.items() if name.startswith(_PACKAGE)}


@cache
def _owners() -> tuple[type[DOMNode], ...]:
    """The classes with keys of their own: the app, then the screens, then what they are made of."""
    owners = [
        value
        for name, module in _modules().items()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == name
    ]
    kinds = (App, Screen, DOMNode)
    return tuple(
        sorted(
            owners,
            key=lambda owner: (
                next(number for number, kind in enumerate(kinds) if issubclass(owner, kind)),
                issubclass(owner, ModalScreen),
                owner.__module__,
            ),
        )
    )


def _reached(module: str) -> set[str]:
    """The modules whose classes a module's own are made of, as far as its imports tell."""
    reached, todo = {module}, [module]
    while todo:
        for value in vars(_modules()[todo.pop()]).values():
            name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if isinstance(name, str) and name in _modules() and name not in reached:
                reached.add(name)
                todo.append(name)
    return reached


def _effective(owner: type[DOMNode]) -> dict[str, set[str]]:
    """The keys of a class by their ids, where a key of its own takes the place of an inherited one."""
    by_key: dict[str, list[Binding]] = {}
    for base in reversed(owner.__mro__):
        own: dict[str, list[Binding]] = {}
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ())):
            own.setdefault(binding.key, []).append(binding)
        by_key |= own
    found: dict[str, set[str]] = {}
    for key, bindings in by_key.items():
        for binding in bindings:
            if binding.id:
                found.setdefault(binding.id, set()).add(key)
    return found


@cache
def _contexts() -> tuple[Mapping[str, set[str]], ...]:
    """For each screen, the keys by ids that can work while it is in front."""
    owners = _owners()
    app = next(owner for owner in owners if issubclass(owner, App))
    always = {name for name, bindings in known_bindings().items() if bindings[0].priority}
    contexts = []
    for screen in owners:
        if not issubclass(screen, Screen):
            continue
        parts = [one for one in owners if one.__module__ in _reached(screen.__module__) and not issubclass(one, Screen)]
        context: dict[str, set[str]] = {}
        for part in (screen, app, *parts):
            for name, keys in _effective(part).items():
                if part is not app or name in always or not issubclass(screen, ModalScreen):
                    context.setdefault(name, set()).update(keys)
        contexts.append(context)
    return tuple(contexts)


@cache
def _typed() -> frozenset[str]:
    """The ids of keys that work while a field has the focus: those of classes none of whose keys prints."""
    typed: set[str] = set()
    for owner in _owners():
        own = Binding.make_bindings(vars(owner).get("BINDINGS", ()))
        bindings = [binding for binding in own if binding.id]
        if not any(_prints(binding.key) for binding in bindings):
            typed.update(binding.id for binding in bindings if binding.id)
    return frozenset(typed)


def _own_keys(name: str) -> set[str]:
    """The keys that an id has unless it is given others."""
    return {binding.key for binding in known_bindings()[name]}


def _clashes(wanted: Keymap) -> Iterable[tuple[str, str]]:
    """The ids whose new keys have something else to do, each with a sentence."""
    told: set[str] = set()
    for context in _contexts():
        now = {name: set(wanted[name].split(",")) if name in wanted else keys for name, keys in context.items()}
        for name in wanted:
            if name not in context or name in told:
                continue
            for other, keys in now.items():
                # What two ids share without anybody's wish, one of them takes where both are.
                shared = (now[name] & keys) - (_own_keys(name) & _own_keys(other))
                if other != name and shared and not context[name] & context[other]:
                    told.add(name)
                    key = sorted(shared)[0]
                    yield name, f'"{key}" is the key of "{other}" in the same place; give that another one too'
                    break
