"""Computes as rows, and their columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.domain.checks import Verdict
from tui.domain.compute import SYNAPSE_SPARK, Compute
from tui.domain.compute_texts import pool_name, type_name
from tui.domain.constants import LIST_COLUMNS
from tui.domain.operation import Verb
from tui.domain.ordering import by_name
from tui.domain.states import Tone
from tui.ui.text import dash, glyph, state
from tui.ui.widgets.columns import Cell, Column, toned

if TYPE_CHECKING:
    from datetime import datetime

    from tui.domain.operation import Operation
    from tui.domain.readiness import Readiness
    from tui.domain.resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class ComputeRow:
    """A compute and the operation that runs on it.

    Attributes:
        compute: What Azure shows, or a stand-in while it is being attached.
        operation: The operation on it that has not ended.
        elapsed: The operation's time so far, as text.
        readiness: None while it is not checked yet or about to change.
        others: The names of other computes that are attached to the same Spark pool.
    """

    compute: Compute
    operation: Operation | None = None
    elapsed: str = ""
    readiness: Readiness | None = None
    others: tuple[str, ...] = ()


UNCHECKED = "unchecked"
"""The kind of an attached pool whose readiness is not known."""


def kind_of(row: ComputeRow) -> Hashable:
    """What a row counts as: the verdict about an attached pool, `UNCHECKED`, or an empty text for other computes."""
    if not row.compute.is_spark_pool:
        return ""
    return UNCHECKED if row.readiness is None else row.readiness.verdict


def is_checked(kind: Hashable) -> bool:
    """Whether a kind is one of attached pools, whose readiness is checked."""
    return kind != ""


def is_problem(row: ComputeRow) -> bool:
    """Whether there is something to do about a compute: a problem or a warning."""
    if row.readiness is not None and row.readiness.verdict in (Verdict.PROBLEM, Verdict.WARNING):
        return True
    return bool(row.compute.unreadable) or row.compute.state.tone is Tone.BAD


def share_pools(rows: Iterable[ComputeRow]) -> list[ComputeRow]:
    """The rows that do not show correctly yet which other computes are attached to the same Spark pool, corrected."""
    by_pool: defaultdict[ResourceId, list[ComputeRow]] = defaultdict(list)
    changed = []
    for row in rows:
        if row.compute.is_spark_pool and row.compute.attached_to is not None:
            by_pool[row.compute.attached_to].append(row)
        elif row.others:
            changed.append(replace(row, others=()))
    for sharing in by_pool.values():
        if len(sharing) > 1 or sharing[0].others:
            names = sorted((row.compute.name for row in sharing), key=by_name)
            for row in sharing:
                others = tuple(name for name in names if name != row.compute.name)
                if row.others != others:
                    changed.append(replace(row, others=others))
    return changed


def _state(row: ComputeRow) -> Cell:
    if row.operation is not None and row.operation.is_interrupted:
        return Cell(f"{glyph(Tone.WARNING)} interrupted", "warning")
    if row.operation is not None and row.operation.is_watched_elsewhere:
        word = "changing" if row.operation.verb.is_of_roles else ONGOING[row.operation.verb]
        return Cell(f"{glyph(Tone.BUSY)} {word}", "busy")
    if row.operation is not None:
        return Cell(f"{glyph(Tone.BUSY)} {row.operation.verb.value} {row.elapsed}", "busy")
    if row.compute.unreadable:
        return Cell(f"{glyph(Tone.WARNING)} unreadable", "warning")
    tone = row.compute.state.tone
    return Cell(state(row.compute.state), "dim" if tone is Tone.GOOD else toned("", tone).tone)


def _or_dash(text: str) -> Cell:
    return Cell(text) if text else Cell(dash(), "dim")


def _identity(row: ComputeRow) -> Cell:
    summary = row.compute.identity.summary
    return Cell(summary, "dim" if summary == "none" else "")


def readiness_cell(readiness: Readiness) -> Cell:
    """A readiness as glyph and word, with a colour only if there is something to do."""
    tone = readiness.verdict.tone
    words = f"{glyph(tone)} {readiness.summary}"
    return Cell(words) if tone is Tone.GOOD else toned(words, tone)


ONGOING = {
    Verb.ATTACH: "attaching",
    Verb.UPDATE: "updating",
    Verb.DETACH: "detaching",
    Verb.ROLES: "changing roles",
    Verb.CREATE_POOL: "creating",
    Verb.CHANGE_POOL: "changing",
    Verb.CREATE_IDENTITY: "creating",
    Verb.AZURE_ROLES: "granting roles",
}


def _ready(row: ComputeRow) -> Cell:
    if row.operation is not None and row.operation.is_watched_elsewhere:
        return Cell("by another sparkpool", "warning")
    if row.operation is not None:
        # A compute that is being created cannot be checked yet.
        verb = row.operation.verb
        return Cell(f"{verb.noun} interrupted" if row.operation.is_interrupted else ONGOING[verb], "dim")
    if row.readiness is not None:
        return readiness_cell(row.readiness)
    return Cell("…" if row.compute.is_spark_pool and row.compute.raw else dash(), "dim")


def _pool(row: ComputeRow) -> Cell:
    name = pool_name(row.compute)
    return _or_dash(f"{name} ×{len(row.others) + 1}" if name and row.others else name)


def _nodes_order(row: ComputeRow) -> tuple[int, ...] | None:
    return _numbers(row.compute.nodes)


def _numbers(text: str) -> tuple[int, ...] | None:
    """The whole numbers in a text, which may be anything that Azure sends, for sorting; None without any."""
    return tuple(map(int, re.findall(r"[0-9]{1,9}", text))) or None


def _severity(row: ComputeRow) -> int | None:
    return row.readiness.verdict.rank if row.readiness is not None else None


def _version(row: ComputeRow) -> tuple[int, ...] | None:
    return _numbers(row.compute.settings.version if row.compute.settings else "")


def _spark(row: ComputeRow) -> Cell:
    return _or_dash(row.compute.settings.version if row.compute.settings else "")


def _type(row: ComputeRow) -> Cell:
    return Cell(type_name(row.compute), "" if row.compute.is_spark_pool else "dim")


def _moment(at: datetime | None) -> Cell:
    return _or_dash(f"{at:%Y-%m-%d %H:%M}" if at is not None else "")


def _tags(row: ComputeRow) -> Cell:
    return _or_dash(", ".join(f"{key}={value}" for key, value in row.compute.tags.items()))


_COLUMNS: tuple[Column[ComputeRow], ...] = (
    Column("NAME", lambda row: Cell(row.compute.name), 0, most=32, order=lambda row: by_name(row.compute.name)),
    Column("READY", _ready, 2, most=20, least=18, is_words=True, order=_severity),
    Column("POOL", _pool, 5, most=34),
    Column("TYPE", _type, 7, most=18, order=lambda row: by_name(type_name(row.compute))),
    Column("STATE", _state, 2, most=18, least=14, is_words=True, order=lambda row: str(row.compute.state).lower()),
    Column("SPARK", _spark, 3, most=8, order=_version),
    Column("NODES", lambda row: _or_dash(row.compute.nodes), 6, right=True, most=9, order=_nodes_order),
    Column("SIZE", lambda row: _or_dash(row.compute.size), 8, most=20, is_list=True),
    Column("IDENTITY", _identity, 4, most=16, is_words=True),
    Column("TAGS", _tags, 9, most=40, is_list=True),
    Column("DESCRIPTION", lambda row: _or_dash(row.compute.description), 9, most=40, is_list=True),
    Column("LOCATION", lambda row: _or_dash(row.compute.location), 9, most=20),
    Column("CREATED", lambda row: _moment(row.compute.created), 9, most=16, order=lambda row: row.compute.created),
    Column("MODIFIED", lambda row: _moment(row.compute.modified), 9, most=16, order=lambda row: row.compute.modified),
)


def columns_named(names: Sequence[str]) -> tuple[Column[ComputeRow], ...]:
    """The columns with these names, after the compute's name.

    If they are not the default ones, they are dropped from the end if they do not fit.
    """
    by_title = {column.name: column for column in _COLUMNS}
    chosen = [by_title[name] for name in dict.fromkeys(("name", *names))]
    if tuple(names) == LIST_COLUMNS:
        return tuple(chosen)
    return tuple(replace(column, priority=number) for number, column in enumerate(chosen))


def placeholder(operation: Operation) -> Compute:
    """A stand-in for a compute that is not in the list yet, made from its operation."""
    from tui.domain.attachment import Attachment
    from tui.domain.edit import ComputeEdit
    from tui.domain.identity import Identity, UserAssignedIdentity
    from tui.domain.plan import Detachment

    request = operation.request
    if isinstance(request, ComputeEdit | Detachment):
        return request.compute
    made = Compute(name=operation.target.name, id=operation.target, type=SYNAPSE_SPARK, is_attached=True)
    if not isinstance(request, Attachment):
        return made
    assigned = tuple(UserAssignedIdentity(one) for one in request.identity.user_assigned)
    return replace(
        made,
        attached_to=request.pool,
        identity=Identity(request.identity.kind, user_assigned=assigned),
        description=request.description,
        tags=request.tags,
    )
