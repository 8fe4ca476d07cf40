"""The members of a Spark pool's document, and those that another tool does not know."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tui.domain.exports.omissions import replaced
from tui.domain.exports.steps import PoolRequest
from tui.domain.pool_creation import PoolCreation

Path = tuple[str, ...]

_FILE = frozenset({"filename", "content"})
SPECIFIED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("sparkVersion", "nodeCount", "nodeSize", "nodeSizeFamily", "cacheSize"),
            *("isAutotuneEnabled", "isComputeIsolationEnabled", "sessionLevelPackagesEnabled"),
            *("sparkEventsFolder", "defaultSparkLogFolder"),
        ),
        frozenset[str](),
    ),
    "autoScale": frozenset({"enabled", "minNodeCount", "maxNodeCount"}),
    "autoPause": frozenset({"enabled", "delayInMinutes"}),
    "dynamicExecutorAllocation": frozenset({"enabled", "minExecutors", "maxExecutors"}),
    "libraryRequirements": _FILE,
    "sparkConfigProperties": _FILE | {"configurationType"},
    "customLibraries": frozenset({"name", "path", "containerName", "type"}),
}
"""The members of `properties` that a client may write, each with its own members (specification, 2021-06-01)."""

CONFIGURATION_TYPE = ("properties", "sparkConfigProperties", "configurationType")
FILE = "File"
"""Its value where a request leaves it out (recorded)."""


def members(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Every member that has a value, at most three names deep; the items of a list share their paths."""
    for name, value in document.items():
        if name == "properties" and isinstance(value, Mapping):
            for member, inner in value.items():
                for path, found in _inner(member, inner):
                    yield ("properties", *path), found
        elif name == "tags" and isinstance(value, Mapping):
            yield from (((name, key), tag) for key, tag in value.items() if _has_value(tag))
        elif _has_value(value):
            yield (name,), value


def _inner(member: str, value: Any) -> Iterator[tuple[Path, Any]]:
    items = [value] if isinstance(value, Mapping) else value
    if SPECIFIED.get(member) and isinstance(items, list) and all(isinstance(one, Mapping) for one in items):
        yield from (((member, key), inner) for one in items for key, inner in one.items() if _has_value(inner))
    elif _has_value(value):
        yield (member,), value


def _has_value(value: Any) -> bool:
    return value is not None and value not in ({}, [])


def is_specified(path: Path) -> bool:
    """Whether the specification has a member; a tag is one."""
    match path:
        case ("location",) | ("tags", _):
            return True
        case ("properties", name):
            return name in SPECIFIED
        case ("properties", name, inner):
            return inner in SPECIFIED[name]
        case _:
            return False


def unspecified(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The members that the specification does not have, such as those of a later version."""
    return joined(path for path, _ in members(document) if not is_specified(path))


def joined(paths: Iterable[Path]) -> tuple[str, ...]:
    """Paths as text, each once."""
    return tuple(dict.fromkeys(".".join(path) for path in paths))


def unread(request: PoolRequest) -> tuple[str, ...]:
    """What was not read or what Azure did not report, and a text must give, one sentence each."""
    if request.document().get("location"):
        return ()
    is_new = isinstance(request, PoolCreation)
    why = "The region has not been read yet" if is_new else "Azure did not report its region"
    return (f"{why}: fill in the region of the Synapse workspace.",)


def replaced_characters(request: PoolRequest) -> tuple[str, ...]:
    """The sentence about lone surrogates, for languages that cannot write them; empty if there are none."""
    return replaced((request.id.name, request.id.parent.name, *_texts(request.document())))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
