"""Operations as JSON, for the journal: domain objects under their stored names, Azure's documents unchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from tui.domain.errors import Problem
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.operations.stored_names import ENUMS, FORMAT, FORMS, IGNORABLE, Form

_FORMAT = "format"
_IS = "is"

_VALUES: dict[str, tuple[type[Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "ResourceId": (ResourceId, str, ResourceId.parse),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "set": (frozenset, sorted, frozenset),
    "document": (Mapping, dict, dict),
}
"""Types with a special form: how they are written as plain JSON, and how they are read."""

_FORMS_BY_TYPE = {form.type: form for form in FORMS}
_FORMS_BY_NAME = {form.name: form for form in FORMS}
_MEMBERS = {form.name: {stored: name for name, stored in form.members.items()} for form in FORMS}
_WORDS = {
    form.name: {name: {stored: word for word, stored in words.items()} for name, words in form.words.items()}
    for form in FORMS
}
_ENUM_MEMBERS = {name: {stored: member for member, stored in words.items()} for name, words in ENUMS.items()}
_ENUM_WORDS = {type(next(iter(words))): (name, words) for name, words in ENUMS.items()}


class Unreadable(ValueError):
    """A record that this version of the program cannot read; the message is the reason, to follow "because"."""


def to_record(value: Any) -> dict[str, Any]:
    """A request or an event as a journal record, with its format number."""
    return {_FORMAT: FORMAT, **to_json(value)}


def to_json(value: Any) -> Any:
    """A domain object as JSON that `from_json` turns back into an equal object.

    A mapping must already be JSON, as Azure's documents are, and is kept as it is.

    Raises:
        TypeError: If it is not a domain dataclass, or a value that one contains.
    """
    if isinstance(value, Enum):
        return _enum_to_json(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    for name, (type_, write, _) in _VALUES.items():
        if isinstance(value, type_):
            return {_IS: name, "value": write(value)}
    # A problem may be of a subclass; all that the user sees is in its members.
    form = _FORMS_BY_TYPE.get(Problem if isinstance(value, Problem) else type(value))
    if form is None:
        raise TypeError(f"{type(value).__name__} has no form in the journal")
    members = {stored: _member(form, name, value) for name, stored in form.members.items()}
    return {_IS: form.name} | {
        stored: member for stored, member in members.items() if member not in (None, "") or stored not in form.sparse
    }


def from_json(stored: Any) -> Any:
    """The domain object that `to_json` or `to_record` has written.

    An unknown member may change the meaning of the rest, so a record with one is not read; only what is below `also`
    may be skipped.

    Raises:
        Unreadable: If its kind, form or format is unknown to this version.
    """
    try:
        return _read(_in_known_format(stored))
    except Unreadable:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, InvalidResourceId, RecursionError) as error:
        raise Unreadable(f"its record has another form ({type(error).__name__}: {error})") from error


def _enum_to_json(value: Enum) -> dict[str, str]:
    if type(value) not in _ENUM_WORDS:
        raise TypeError(f"{type(value).__name__} has no form in the journal")
    name, words = _ENUM_WORDS[type(value)]
    return {_IS: name, "value": words[value]}


def _member(form: Form, name: str, value: Any) -> Any:
    member = getattr(value, name)
    words = form.words.get(name)
    return words.get(member, member) if words is not None else to_json(member)


def _in_known_format(stored: Any) -> Any:
    """A record without its format number; version 0.1.0 wrote none."""
    if not isinstance(stored, dict) or _FORMAT not in stored:
        return stored
    number = stored[_FORMAT]
    if type(number) is not int or not 1 <= number <= FORMAT:
        raise Unreadable(f"its record has format {number}, and this version reads up to {FORMAT}")
    return {name: value for name, value in stored.items() if name != _FORMAT}


def _read(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(_read(one) for one in stored)
    if not isinstance(stored, dict):
        return stored
    kind = stored[_IS]
    if kind in _VALUES:
        _, _, read = _VALUES[kind]
        return read(stored["value"])
    if kind in _ENUM_MEMBERS:
        return _ENUM_MEMBERS[kind][stored["value"]]
    if kind not in _FORMS_BY_NAME:
        raise Unreadable(f'this version does not know "{kind}"')
    return _read_form(_FORMS_BY_NAME[kind], stored)


def _read_form(form: Form, stored: dict[str, Any]) -> Any:
    names, words = _MEMBERS[form.name], _WORDS[form.name]
    members = {}
    for key, value in stored.items():
        if key in names:
            name = names[key]
            members[name] = words[name].get(value, value) if name in words and isinstance(value, str) else _read(value)
        elif key not in (_IS, IGNORABLE):
            raise Unreadable(f'this version does not know the member "{key}" of "{form.name}"')
    missing = names.keys() - stored.keys() - form.late
    if missing:
        raise Unreadable(f'its record lacks "{min(missing)}" of "{form.name}"')
    return (form.make or form.type)(**members)
