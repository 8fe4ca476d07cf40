"""Stored records use their own names, so that records of earlier versions stay readable when code is renamed."""

import dataclasses
import json
import sqlite3
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from tests.support import samples
from tests.support.programs import Place
from tui.domain import (
    attachment,
    azure_grants,
    azure_roles,
    compute,
    edit,
    errors,
    identity,
    identity_creation,
    operation,
    plan,
    pool_change,
    pool_creation,
    principals,
    resource_id,
    role_change,
    roles,
    spark,
    states,
    workspaces,
    written,
)
from tui.domain.errors import Problem
from tui.domain.operation import Event, Operation, Progress, Succeeded, Verb, Waited
from tui.domain.plan import Request
from tui.domain.principals import Principal
from tui.operations.journal import Journal
from tui.operations.journal_codec import Unreadable, from_json, to_record
from tui.operations.journal_file import JOURNAL_NAME
from tui.operations.resume_point import ResumePoint
from tui.operations.stored_names import ENUMS, FORMAT, FORMS, STATUSES, STEPS, VERBS

_STORED = Path(__file__).parent / "stored"
_FORMATS = [1, 2]
_DOMAIN = (
    *(attachment, compute, edit, errors, identity, operation, plan, principals, resource_id, role_change),
    *(roles, spark, states, workspaces, pool_change, pool_creation, identity_creation, azure_grants),
    *(azure_roles, written),
)
_PLAIN = (str, int, float, bool, type(None), datetime, resource_id.ResourceId)


def _same(one: object, other: object) -> bool:
    """Whether two objects are equal member by member; problems are exceptions, which compare by identity."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Problem):
        return all(_same(member, vars(other)[name]) for name, member in vars(one).items())
    if dataclasses.is_dataclass(one):
        names = [member.name for member in dataclasses.fields(one)]
        return all(_same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _stored(number: int) -> dict[str, Any]:
    read: dict[str, dict[str, Any]] = json.loads((_STORED / f"format-{number}.json").read_text(encoding="utf-8"))
    return read["requests"] | read["events"] | read.get("later", {})


def _samples(number: int) -> dict[str, Any]:
    """The values of the stored records of a format."""
    return samples.requests() | samples.events() | (samples.later() if number > 1 else {})


@pytest.mark.parametrize("number", _FORMATS)
def test_every_record_of_every_format_is_read_with_all_its_values(number: int) -> None:
    stored, expected = _stored(number), _samples(number)
    assert stored.keys() == expected.keys()
    for name, value in expected.items():
        assert _same(from_json(stored[name]), value), name
    assert all((record.get("format", 1)) == number for record in stored.values())


def test_records_written_today_match_the_newest_stored_records() -> None:
    assert max(_FORMATS) == FORMAT
    written = {name: to_record(value) for name, value in _samples(FORMAT).items()}
    assert json.loads(json.dumps(written)) == _stored(FORMAT)


@pytest.mark.parametrize("number", _FORMATS)
def test_resume_points_and_statuses_are_understood_in_every_format(number: int) -> None:
    stored = _stored(number)
    sent = ResumePoint.of([from_json(stored["status sending"])])
    assert sent.sent
    assert sent.token is None
    followed = ResumePoint.of([from_json(stored["progress"])], "attach")
    assert followed.token == "token-6"
    known = {status: f"status {word}" for status, word in STATUSES.items() if f"status {word}" in stored}
    assert [from_json(stored[name]).status for name in known.values()] == list(known)


@pytest.mark.parametrize("schema", [1, 2])
def test_a_journal_of_every_schema_opens_with_all_its_content(schema: int, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as connection:
        connection.executescript((_STORED / f"schema-{schema}.sql").read_text(encoding="utf-8"))
    with closing(Journal(tmp_path)) as journal:
        found = journal.load()
        assert journal.unreadable == ()
    requests, events = samples.requests(), samples.events()
    names = ["attachment, identity SYSTEM", "edit", "detachment", "role change"]
    ends: list[list[str]] = [[], ["succeeded"], ["failed"], ["unwatched"]]
    assert [one.verb for one in found] == [Verb.ATTACH, Verb.UPDATE, Verb.DETACH, Verb.ROLES]
    for one, name, end in zip(found, names, ends, strict=True):
        assert _same(one.request, requests[name]), name
        assert one.target == requests[name].id
        assert _same(one.events, tuple(events[event] for event in ["started", "progress", "waited", *end])), name
        assert one.other_cloud == ""


def _part_of(hint: Any) -> Iterator[Any]:
    """The classes that a type hint consists of."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is not None:
        for part in typing.get_args(hint):
            yield from () if part is Ellipsis else _part_of(part)
        if isinstance(typing.get_origin(hint), type) and issubclass(typing.get_origin(hint), Mapping):
            yield Mapping
    elif hint is not Any:
        yield hint


def _members(kind: type) -> dict[str, Any]:
    """The members of a stored class, with their types."""
    names = {name: value for module in _DOMAIN for name, value in vars(module).items()}
    if kind is Problem:
        made = typing.get_type_hints(Problem.__init__, names, names)
        values = vars(samples.problem())
        return {name: made.get(name, type(value)) for name, value in values.items() if not name.startswith("__")}
    return typing.get_type_hints(kind, names, names)


def _reachable() -> set[type]:
    """Every class that can be a part of a request or an event."""
    found: set[type] = set()
    waiting = [*_part_of(Event), *_part_of(Request)]
    while waiting:
        kind = waiting.pop()
        if kind in found or kind in (*_PLAIN, Mapping, frozenset, tuple):
            continue
        found.add(kind)
        if not issubclass(kind, Enum):
            waiting += [part for hint in _members(kind).values() for part in _part_of(hint)]
    return found


def test_exactly_the_classes_that_a_request_or_an_event_can_contain_have_stored_names() -> None:
    assert _reachable() == {form.type for form in FORMS} | {type(next(iter(words))) for words in ENUMS.values()}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_member_of_a_stored_class_has_one_name(form: Any) -> None:
    assert form.members.keys() == _members(form.type).keys()
    assert len(set(form.members.values())) == len(form.members)
    assert not {"is", "also", "format"} & set(form.members.values())
    assert form.sparse <= form.late <= set(form.members.values())


@pytest.mark.parametrize("words", [*ENUMS.values(), VERBS], ids=[*ENUMS, "Verb"])
def test_every_member_of_an_enumeration_has_one_word(words: Mapping[Any, str]) -> None:
    kind: type[Enum] = type(next(iter(words)))
    assert set(words) == set(kind)
    assert len(set(words.values())) == len(words)


def test_a_record_that_lacks_a_required_member_is_unreadable() -> None:
    for name, stored in _stored(FORMAT).items():
        form = next(one for one in FORMS if one.name == stored["is"])
        for member in set(form.members.values()) - form.late:
            with pytest.raises(Unreadable, match=f'lacks "{member}"'):
                from_json({key: value for key, value in stored.items() if key != member})
        assert _same(from_json(stored), _samples(FORMAT)[name])


@pytest.mark.parametrize("number", [FORMAT + 1, 0, "2", None, True, 2.0])
def test_a_record_of_a_later_or_invalid_format_is_unreadable(number: object) -> None:
    for stored in _stored(FORMAT).values():
        with pytest.raises(Unreadable, match="reads up to"):
            from_json(stored | {"format": number})


def _objects(stored: Any) -> Iterator[dict[str, Any]]:
    """The objects in a stored record whose members this program defines."""
    if isinstance(stored, dict):
        if "value" not in stored:
            yield stored
        for name, value in stored.items():
            if name != "value":
                yield from _objects(value)
    elif isinstance(stored, list):
        for value in stored:
            yield from _objects(value)


def test_a_member_of_a_later_version_is_skipped_only_if_it_is_marked_as_optional() -> None:
    for name in _stored(FORMAT):
        for index, _ in enumerate(_objects(_stored(FORMAT)[name])):
            harmless, telling = _stored(FORMAT)[name], _stored(FORMAT)[name]
            list(_objects(harmless))[index]["also"] = {"is": "of the future"}
            assert _same(from_json(harmless), _samples(FORMAT)[name])
            list(_objects(telling))[index]["vnet"] = "of the future"
            with pytest.raises(Unreadable, match='does not know the member "vnet"'):
                from_json(telling)


def _run(place: Place, request: Request) -> Operation:
    with place.program() as program:
        return program.wait_for(program.begin(request).id)


def test_every_step_of_every_operation_has_a_stored_name(tmp_path: Path) -> None:
    asked: dict[str, Callable[[Place], Request]] = {
        "attach": lambda place: place.attachment,
        "chain": lambda place: place.chain,
        "change": lambda place: place.change(),
        "move": lambda place: place.move(),
        "roles": lambda place: place.roles(),
        "detach": lambda place: place.detachment(),
        "detach with roles": lambda place: place.detachment_with_roles(),
    }
    steps: set[str] = set()
    for name, request in asked.items():
        place = Place(tmp_path / name)
        done = _run(place, request(place))
        assert isinstance(done.end, Succeeded)
        steps |= {event.step for event in done.events if isinstance(event, Progress | Waited) and event.step}
    assert steps == set(STEPS)


def test_a_typed_object_id_is_still_recognized_when_it_is_read_from_the_journal() -> None:
    kind = _stored(1)["role change"]["grants"][0]["principal"] | {"kind": "an object id that was typed"}
    found = from_json(kind)
    assert isinstance(found, Principal)
    assert found.is_typed
