"""The overview of a compute as a page: the verdict first, what it runs on and as, and its ids last."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

from textual.content import Content

from tui.domain.compute import Compute, ProvisioningError
from tui.domain.compute_texts import pool_name
from tui.domain.identity import Identity
from tui.ui.screens.scale_facts import scale_facts
from tui.ui.text import WHOLE, Part, Parts, absolute, ago, content, dash, fit, line, shorten, wrap

_LABEL_CELLS = 26
_MAX_TAG_CHARACTERS = 20_000
"""The most characters of tags shown; Azure allows few, but a bad answer may have many."""

Fact = tuple[str, str]
"""A label and a value, which may be empty."""


def overview_content(compute: Compute, verdict: Parts, width: int, now: datetime, copy_key: str) -> Content:
    """All fields of a compute.

    Args:
        compute: The compute.
        verdict: What is shown first.
        width: The cells of a line.
        now: The current time.
        copy_key: The key that copies the whole page, in which nothing is shortened.
    """
    parts: Parts = [*verdict, "\n"] if verdict else []
    if compute.unreadable:
        parts += [(f"{compute.unreadable}\nThe JSON page shows what Azure sent.\n\n", "$warning")]
    for error in compute.errors:
        parts += _error_lines(error, 0, width, copy_key)
    parts += _lines(_facts(compute), width, copy_key)
    parts += _tag_lines(compute, width, copy_key)
    parts += _lines(_more_facts(compute, now), width, copy_key)
    parts.append("\n")
    for label, value in _ids(compute):
        parts += [_label(label), (shorten(line(value), width - _LABEL_CELLS), "$dim"), "\n"]
    return content(*parts)


def _lines(facts: Iterable[Fact], width: int, copy_key: str) -> Parts:
    parts: Parts = []
    for label, value in facts:
        shown: Part = wrap(value, width, _LABEL_CELLS, copy_key=copy_key) if value else (dash(), "$dim")
        parts += [_label(label), shown, "\n"]
    return parts


def _label(text: str) -> Part:
    return fit(line(text), _LABEL_CELLS), "$dim"


def _facts(compute: Compute) -> Iterator[Fact]:
    """What a compute runs on, and as whom."""
    if compute.is_spark_pool:
        yield "Spark pool", pool_name(compute)
        yield "Spark version", compute.settings.version if compute.settings else ""
        yield from scale_facts(compute.settings) if compute.settings else ()
    else:
        yield "Type", compute.type
        yield "Nodes", compute.nodes
        yield "Node size", compute.size
    yield "Managed identity", _identity(compute.identity)


def _more_facts(compute: Compute, now: datetime) -> Iterator[Fact]:
    yield "Description", compute.description
    yield "Provisioning state", str(compute.state)
    yield "Location", compute.location
    yield "Resource group", compute.id.resource_group if compute.id else ""
    yield "Created", _moment(compute.created, now)
    yield "Modified", _moment(compute.modified, now)


def _identity(identity: Identity) -> str:
    """Azure's word for the kind of an identity, and the names of the user-assigned ones, in their order."""
    names = ", ".join(assigned.name for assigned in identity.user_assigned)
    return f"{identity.kind.value}: {names}" if names else identity.kind.value


def _ids(compute: Compute) -> Iterator[Fact]:
    """The ids that are known, for copying."""
    identity = compute.identity
    found = [
        ("Id", str(compute.id or "")),
        ("Resource id (Spark pool)", str(compute.attached_to or "") if compute.is_spark_pool else ""),
        ("Principal id", identity.principal_id or ""),
        ("Tenant id", identity.tenant_id or ""),
    ]
    for assigned in identity.user_assigned:
        found += [
            (f"{assigned.name}", str(assigned.id)),
            ("  principal id", assigned.principal_id or ""),
            ("  client id", assigned.client_id or ""),
        ]
    return ((label, value) for label, value in found if value)


def _tag_lines(compute: Compute, width: int, copy_key: str) -> Parts:
    if not compute.tags:
        return [_label("Tags"), (dash(), "$dim"), "\n"]
    parts: Parts = []
    room = sys.maxsize if width >= WHOLE else _MAX_TAG_CHARACTERS
    for number, (key, value) in enumerate(compute.tags.items()):
        label = _label("" if number else "Tags")
        if room <= 0:
            return [*parts, label, f"… {len(compute.tags) - number:,} more tags; {copy_key} copies all\n"]
        shown = wrap(f"{key}={value}", width, _LABEL_CELLS, copy_key=copy_key)
        room -= len(shown)
        parts += [label, shown, "\n"]
    return parts


def _error_lines(error: ProvisioningError, depth: int, width: int, copy_key: str) -> Parts:
    indent = 2 * depth
    words = wrap(f"{error.code}: {error.message}", width, indent, copy_key=copy_key)
    parts: Parts = [" " * indent, (words, "$error"), "\n"]
    for inner in error.details:
        parts += _error_lines(inner, depth + 1, width, copy_key)
    if depth == 0:
        parts.append("\n")
    return parts


def _moment(moment: datetime | None, now: datetime) -> str:
    return f"{ago(moment, now)} ({absolute(moment)})" if moment else ""
