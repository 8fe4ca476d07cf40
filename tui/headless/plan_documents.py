"""A plan as a document: what it is made from, what it says, and digests of all that it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tui.domain.preflight import UNDETERMINED
from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId
from tui.exit_status import ExitStatus
from tui.headless.failures import Failed, Failure
from tui.headless.output import stamp
from tui.headless.planned import Inputs, Planned
from tui.headless.sending import plan_lines
from tui.operations.journal_codec import to_json
from tui.verbs import FLAGS, PLANNED, SENDING, VERBS

SCHEMA = "sparkpool.plan/1"
_DIGITS = 16
"""Of each digest; they show accidental differences, and are no protection."""

_RANDOM = {"Grant": "id", "AzureGrant": "id"}
"""Members that are random in each plan, by the form that they are in."""

_NAMED = 3
_DOCUMENT = "compute.raw."

Members = Mapping[str, str]
"""Digests of values, by their paths."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan that was read from a document.

    Attributes:
        inputs: What it was made from.
        cloud: The name of its Azure cloud.
        workspace: The Azure ML workspace.
        version: The version of the program that made it.
        made_on: When it was made, as written.
        lines: What it says.
        findings: What stood against it.
        requests: What it depends on, for each of its requests.
    """

    inputs: Inputs
    cloud: str
    workspace: ResourceId
    version: str
    made_on: str
    lines: tuple[str, ...]
    findings: tuple[str, ...]
    requests: tuple[Members, ...]


def program_version() -> str:
    """The version of the program; empty if it is not installed."""
    try:
        return version("sparkpool")
    except PackageNotFoundError:
        return ""


def document_of(inputs: Inputs, planned: Planned, cloud: str, workspace: ResourceId, now: datetime) -> dict[str, Any]:
    """A plan as data: `schemas/plan.json`."""
    return {
        "schema": SCHEMA,
        "version": program_version(),
        "made_on": stamp(now),
        "cloud": cloud,
        "workspace": str(workspace),
        "verb": inputs.verb,
        "words": list(inputs.words),
        "options": dict(inputs.options),
        "spec": inputs.spec.decode() if inputs.spec is not None else None,
        "changes": not planned.changes_nothing,
        "lines": list(plan_lines(planned.plan)),
        "findings": _sentences(planned),
        "requests": [dict(members) for members in _requests(planned)],
    }


def read_document(data: bytes, place: str) -> Saved:
    """Read a plan.

    Raises:
        Failed: If it is not one that this version can read.
    """
    try:
        return _saved(json.loads(data), place)
    except (ValueError, LookupError, TypeError, RecursionError, InvalidResourceId) as error:
        why = f"It lacks {error}." if isinstance(error, LookupError) else f"{error}"
        raise Failed(
            Failure(
                "unusable",
                f"{place} is not a plan of sparkpool.",
                ExitStatus.UNUSABLE,
                cause=f"{why[:1].upper()}{why[1:]}",
                advice="Nothing was sent. sparkpool plan VERB ... -o FILE makes one.",
            )
        ) from None


def _saved(document: Mapping[str, Any], place: str) -> Saved:
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']}, not {SCHEMA}")
    return Saved(
        _inputs(document, place),
        _text(document, "cloud"),
        ResourceId.parse(_text(document, "workspace"), ML_WORKSPACE_TYPE),
        _text(document, "version"),
        _text(document, "made_on"),
        _texts(document, "lines"),
        _texts(document, "findings"),
        tuple(_members(one) for one in document["requests"]),
    )


def differences(saved: Saved, planned: Planned) -> tuple[str, ...]:
    """What a plan depends on that is different now, one sentence each; empty if it is exactly the same."""
    found: list[str] = []
    fresh = _requests(planned)
    names = [step.name for step in planned.plan.steps]
    for number, members in enumerate(fresh):
        before = saved.requests[number] if number < len(saved.requests) else {}
        changed = [path for path in {**before, **members} if before.get(path) != members.get(path)]
        if changed:
            found.append(f"{names[number]}: {', '.join(_named(changed))}.")
    if planned.plan.problem and not planned.changes_nothing:
        found.append(planned.plan.problem)
    if len(saved.requests) > len(fresh):
        found.append(f"It had {len(saved.requests)} requests, and now has {len(fresh)}.")
    lines = tuple(plan_lines(planned.plan))
    if not found:
        found += [f"New: {line.strip()}" for line in lines if line not in saved.lines]
        found += [f"No longer: {line.strip()}" for line in saved.lines if line not in lines]
    found += [f"New: {one}" for one in _sentences(planned) if one not in saved.findings]
    return tuple(found)


def _sentences(planned: Planned) -> list[str]:
    """What is known to stand against a plan."""
    return [one.sentence for one in planned.findings if one.status != UNDETERMINED]


def _requests(planned: Planned) -> tuple[Members, ...]:
    return tuple(dict(_digests(to_json(step.request), "")) for step in planned.plan.steps)


def _digests(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The digest of each value in a JSON document, by its path; of a resource id without letter case, as ARM does."""
    if isinstance(value, Mapping) and value.keys() == {"is", "value"}:
        yield from _digests(value["value"], path)
    elif isinstance(value, Mapping) and value:
        random = _RANDOM.get(str(value.get("is")))
        for name, member in value.items():
            if name != random:
                yield from _digests(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, member in enumerate(value):
            yield from _digests(member, f"{path}[{number}]")
    else:
        yield path, hashlib.sha256(json.dumps(value).encode()).hexdigest()[:_DIGITS]


def _named(paths: Sequence[str]) -> list[str]:
    """A few paths: those of Azure's document, where it is different."""
    raw = [path.removeprefix(_DOCUMENT) for path in paths if path.startswith(_DOCUMENT)]
    words = raw or paths
    more = len(words) - _NAMED
    return [*words[:_NAMED], *([f"and {more} more"] if more > 0 else [])]


def _inputs(document: Mapping[str, Any], place: str) -> Inputs:
    verb, words, options = _text(document, "verb"), _texts(document, "words"), document["options"]
    if not isinstance(options, dict):
        raise TypeError("options is not a set of flags")
    if verb not in PLANNED:
        raise ValueError(f"it is a plan of {verb}, which has none")
    asked = VERBS[verb].words
    least, most = (asked.least, asked.most) if asked is not None else (0, 0)
    if len(words) < least or (most is not None and len(words) > most):
        raise ValueError(f"{verb} has {len(words)} words")
    for name, value in options.items():
        if name not in VERBS[verb].flags or name in SENDING or not _fits(name, value):
            raise ValueError(f"{verb} has no such option as {name}")
    spec = document["spec"]
    if spec is not None and not VERBS[verb].needs_file:
        raise ValueError(f"{verb} has no spec file")
    if spec is not None:
        spec = _text(document, "spec").encode()
    elif VERBS[verb].needs_file and (VERBS[verb].instead_of_file not in options or not words):
        raise ValueError(f"{verb} lacks its spec file")
    return Inputs(verb, words, options, spec, place)


def _fits(name: str, value: object) -> bool:
    """Whether a value is one that the command line gives a flag."""
    flag = FLAGS[name]
    if flag.is_repeated:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not flag.metavar:
        return value is True
    return isinstance(value, str) and (not flag.choices or value in flag.choices)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a text")
    return value


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document[name]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"{name} is not a list of texts")
    return tuple(value)


def _members(value: object) -> Members:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise TypeError("a request is not a set of digests")
    return value
