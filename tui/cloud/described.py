"""Whether an answer describes the requested resource: a body is only trusted about that one.

Azure repeats a resource's id, name and type in every description (recorded). If they name another resource, or
contradict each other, the rest is not used. Ids are compared without letter case, as Azure does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import DecodeError

from tui.cloud import reading
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.domain.text import clean

_MOST_SHOWN = 80
_POOL_NAME = re.compile(r"[a-z][a-z0-9]{0,14}", re.IGNORECASE | re.ASCII)
"""Valid names of a Spark pool (documentation); any other text does not mean another pool."""


class AnotherResource(DecodeError):
    """An answer describes something other than what was requested."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was requested.

    Attributes:
        text: In a few words: `etl-prod`, `a compute of aml-prod`.
        fits: Whether an id matches it.
    """

    text: str
    fits: Callable[[ResourceId], bool]


def one(resource: ResourceId) -> Asked:
    """One resource, by its id."""
    return Asked(resource.name, lambda found: found == resource)


def within(holder: ResourceId, kind: str) -> Asked:
    """The resources of one type directly inside another; `kind` is the last part of the type, such as `computes`."""
    words = f"one of the {kind} of {holder.name}"
    return Asked(words, lambda found: found.is_in(holder) and found.segments[-1][0].lower() == kind.lower())


def of_type(subscription: str, type_: str) -> Asked:
    """The resources of one type in a subscription."""
    words = f"a resource of type {type_} in subscription {subscription}"
    return Asked(
        words,
        lambda found: found.subscription.lower() == subscription.lower() and found.type.lower() == type_.lower(),
    )


def check(raw: Any, asked: Asked) -> None:
    """Check that an answer is about what was requested.

    Raises:
        AnotherResource: If it is about something else, or contradicts itself.
    """
    reason = why_not_trusted(raw, asked)
    if reason:
        raise AnotherResource(reason)


def why_not_trusted(raw: Any, asked: Asked) -> str:
    """Why a description does not describe what was requested, as a sentence; empty if it does."""
    if not isinstance(raw, Mapping):
        return "Azure's description of it is not a JSON object."
    stored = raw.get("id")
    if stored is None or stored == "":
        return "Azure's description of it has no resource id."
    if not isinstance(stored, str):
        return "The resource id in Azure's description is not text."
    try:
        identifier = ResourceId.parse(stored)
    except InvalidResourceId as error:
        return f"It has no resource id that can be read. {error}"
    if not asked.fits(identifier):
        return f"Azure's answer describes {_shown(str(identifier))}, which is not {asked.text}."
    return why_contradictory(raw, identifier)


def why_contradictory(raw: Mapping[str, Any], identifier: ResourceId) -> str:
    """Why a description contradicts its own id, as a sentence; empty if it does not."""
    name, type_ = raw.get("name"), raw.get("type")
    contradicts = "Azure's description contradicts itself: its id is that of"
    if name not in (None, "") and not _is_name_of(name, identifier):
        return f"{contradicts} {identifier.name}, its name is {_value(name)}."
    if type_ not in (None, "") and (not isinstance(type_, str) or type_.lower() != identifier.type.lower()):
        return f"{contradicts} a {identifier.type}, its type is {_value(type_)}."
    return _why_echo_contradicts(raw)


def _is_name_of(name: Any, identifier: ResourceId) -> bool:
    """Whether a name is a resource's own, or its own after those of its parents, separated by slashes."""
    if not isinstance(name, str):
        return False
    names = [part.lower() for part in name.split("/")]
    return [own.lower() for _, own in identifier.segments][-len(names) :] == names


def _why_echo_contradicts(raw: Mapping[str, Any]) -> str:
    """An attached compute repeats its Spark pool's name beside the pool's id (specification)."""
    pool = reading.resource_id(raw, "properties", "resourceId")
    echoed = reading.text(raw, "properties", "properties", "poolName")
    if pool is None or not _POOL_NAME.fullmatch(echoed) or echoed.lower() == pool.name.lower():
        return ""
    return f"Azure's description contradicts itself: it names the Spark pools {pool.name} and {_shown(echoed)}."


def _value(value: Any) -> str:
    return f'"{_shown(value)}"' if isinstance(value, str) else "not text"


def _shown(text: str) -> str:
    line = clean(text)
    return line if len(line) <= _MOST_SHOWN else f"…{line[1 - _MOST_SHOWN :]}"
