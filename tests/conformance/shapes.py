"""The shapes of JSON documents and how two responses differ: members, nulls, letter case, kinds of value."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Shape = Mapping[str, frozenset[str]]
"""Each member's path and its kinds of value; `[]` is any item of an array."""

SAID = frozenset(
    {
        *("type", "provisioningState", "computeType", "status", "code", "kind", "percentComplete", "tier"),
        *("isAttachedCompute", "createdByType", "principalType", "authorizationSource", "allocationState"),
        *("osType", "vmPriority"),
    }
)
"""Members whose value is Azure's own word, compared as it is."""

BY_ID = frozenset({"userAssignedIdentities"})
"""Members whose own members are named by ARM ids, compared by the form of the id."""

NAMED_BY_PEOPLE = frozenset({"tags"})

_FORMS = (
    ("guid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("guid without dashes", r"[0-9a-f]{32}"),
    ("time with offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d"),
    ("time with Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
    ("duration", r"P(T?\d+[YMWDHS])+"),
    ("address", r"\d+(\.\d+){3}"),
)

_IDS = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b", re.IGNORECASE)
"""What differs between two messages besides their quoted parts."""

_MATTERING = ("azure-asyncoperation", "location", "retry-after", "x-ms-continuation")
_ABOUT_BYTES = frozenset({"content-encoding", "transfer-encoding", "vary", "content-length"})
_ABOUT_HOSTS = frozenset(
    {"server", "x-ms-request-charge", "x-ms-arm-service-request-id", "request-id", "x-ms-ags-diagnostic"}
)
_WORDS = ("x-ms-failure-cause", "x-ms-response-type", "content-type", "cache-control")
_SIGNED = frozenset({"t", "c", "s", "h"})
"""Parameters that poll URLs have had since 2025, after the recordings here were made (recorded elsewhere)."""


def shape(document: Any) -> Shape:
    """Return the shape of a parsed JSON document."""
    found: dict[str, set[str]] = {}
    for path, kind in _members(document, "", ""):
        found.setdefault(path, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def differences(
    ours: Any, recorded: Any, alike: Sequence[Any] = (), before: Sequence[Any] = (), later: Sequence[Any] = ()
) -> list[str]:
    """Return the differences between our document and a recorded one, one sentence each.

    Args:
        ours: What the sandbox returned.
        recorded: What Azure returned.
        alike: What Azure returned for other resources in the same state, at other times and api-versions: a member may
            be missing or have another kind of value if it does so in one of these.
        before: What Azure returned for resources of this kind in any state, until this recording was made.
        later: The same, after it was made: members that Azure has added since then are allowed.
    """
    mine, theirs, others = shape(ours), shape(recorded), [shape(document) for document in alike]
    old, new = [shape(document) for document in before], [shape(document) for document in later]
    found = []
    for path in sorted(mine.keys() | theirs.keys()):
        had, wanted = mine.get(path), theirs.get(path)
        if had == wanted or any(_allows(other, path, had) for other in others):
            continue
        if had is None:
            missing_parent = path.rpartition(".")[0]
            if missing_parent in mine or not missing_parent:
                found.append(f"{path or 'the body'} is missing: Azure has {_said(wanted)}")
        elif wanted is None:
            if any(_allows(other, path, had) for other in new) and not any(path in other for other in old):
                continue
            found.append(f"{path} is {_said(had)}: Azure has no such member")
        elif not had <= wanted:
            found.append(f"{path or 'the body'} is {_said(had)}: Azure has {_said(wanted)}")
    return found


def header_differences(ours: Mapping[str, str], recorded: Mapping[str, str], source: str) -> list[str]:
    """Return the differences between our response's headers and the recorded ones, one sentence each.

    Args:
        ours: The sandbox's headers.
        recorded: Azure's, names in lower case.
        source: Where the recording was published: one recorder deletes ``Retry-After``, so its absence says nothing.
    """
    mine = {name.lower(): value for name, value in ours.items()}
    found = []
    mattering = [name for name in _MATTERING if name != "retry-after" or "azure-cli" not in source]
    for name in mattering:
        if (name in mine) != (name in recorded):
            found.append(f"header {name} is {'present' if name in mine else 'absent'}: Azure's is not")
        elif name in mine and not _same_form(mine[name], recorded[name]):
            found.append(f"header {name} is {_form_of_url(mine[name])}: Azure has {_form_of_url(recorded[name])}")
    if (mine.get("content-length") == "0") != (recorded.get("content-length") == "0"):
        found.append(
            f"header content-length is {mine.get('content-length')}: Azure has {recorded.get('content-length')}"
        )
    others = recorded.keys() - set(mattering) - _ABOUT_BYTES - _ABOUT_HOSTS
    found += [f"header {name} is missing" for name in sorted(others) if name not in mine and _is_ours_to_send(name)]
    found += [
        f"header {name} is {mine[name]!r}: Azure has {recorded[name]!r}"
        for name in _WORDS
        if name in mine and name in recorded and mine[name] != recorded[name]
    ]
    return found


def _members(value: Any, path: str, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            yield path, "an object"
            for key, inner in value.items():
                if name in NAMED_BY_PEOPLE:
                    yield f"{path}.*", _kind(inner, key)
                else:
                    yield from _members(inner, f"{path}.{arm_form(key) if name in BY_ID else key}", key)
        case list():
            yield path, "an array"
            for item in value:
                yield from _members(item, f"{path}[]", name)
        case str() if name == "message" and (inner := _object_in(value)) is not None:
            yield path, "an object as text"
            yield from ((place, kind) for place, kind in _members(inner, path, "") if place != path)
        case _:
            yield path, _kind(value, name)


def _object_in(text: str) -> Any:
    """Return the JSON object that a text is, as one service writes its errors, or None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _kind(value: Any, name: str) -> str:
    if value is None:
        return "null"
    if name in SAID:
        return f'"{value}"'
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if name == "message":
        return f'"{_IDS.sub("…", "…".join(str(value).split(chr(39))[0::2]))}"'
    return _form(str(value))


def _form(text: str) -> str:
    if text.lower().startswith("/subscriptions/"):
        return arm_form(text)
    for name, pattern in _FORMS:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return name
    scheme = re.match(r"[a-z]+://", text)
    return scheme[0] if scheme else "text"


def arm_form(arm_id: str) -> str:
    """Return an ARM id without its names; the other parts keep their letter case."""
    parts = arm_id.split("/")
    return "/".join(
        part if index % 2 or parts[index - 1].lower() == "providers" else "*" for index, part in enumerate(parts)
    )


def _allows(other: Shape, path: str, had: frozenset[str] | None) -> bool:
    """Return whether the other document has the member in the same form as ours."""
    if had is not None:
        return path in other and had <= other[path]
    parent = path.rpartition(".")[0]
    return path not in other and (not parent or parent in other)


def _said(kinds: frozenset[str] | None) -> str:
    return " or ".join(sorted(kinds or ()))


def _same_form(mine: str, recorded: str) -> bool:
    my_path, my_parameters = _form_of_url(mine)
    path, parameters = _form_of_url(recorded)
    return my_path == path and parameters <= my_parameters <= parameters | _SIGNED


def _form_of_url(url: str) -> tuple[str, frozenset[str]]:
    parts = urlsplit(url)
    parameters = frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{parts.netloc}{arm_form(parts.path)}", parameters


def _is_ours_to_send(name: str) -> bool:
    return name.startswith("x-") or name in ("date", "content-type", "cache-control", "www-authenticate")
