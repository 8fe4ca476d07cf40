"""Computes as rows: their columns and sort orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.domain.compute import SYNAPSE_SPARK, Compute
from tui.domain.compute_texts import pool_name, type_name
from tui.domain.operation import Verb
from tui.domain.ordering import by_name
from tui.domain.states import Tone
from tui.ui.text import dash, glyph, state
from tui.ui.widgets.columns import Cell, Column, toned

if TYPE_CHECKING:
    from tui.domain.operation import Operation
    from tui.domain.readiness import Readiness


@dataclass(frozen=True, slots=True)
class ComputeRow:
    """A compute and the operation that runs on it.

    Attributes:
        compute: What Azure shows, or a stand-in while it is being attached.
        operation: The operation on it that has not ended.
        elapsed: The operation's time so far, as text.
        readiness: None while it is not checked yet or about to change.
    """

    compute: Compute
    operation: Operation | None = None
    elapsed: str = ""
    readiness: Readiness | None = None


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
    return toned(state(row.compute.state), row.compute.state.tone)


def _or_dash(text: str) -> Cell:
    return Cell(text) if text else Cell(dash(), "dim")


def _identity(row: ComputeRow) -> Cell:
    summary = row.compute.identity.summary
    return Cell(summary, "dim" if summary == "none" else "")


def readiness_cell(readiness: Readiness) -> Cell:
    """A readiness as glyph and word."""
    return toned(f"{glyph(readiness.verdict.tone)} {readiness.summary}", readiness.verdict.tone)


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
    return _or_dash(pool_name(row.compute))


COLUMNS: tuple[Column[ComputeRow], ...] = (
    Column("NAME", lambda row: Cell(row.compute.name), 0, most=32),
    Column("TYPE", lambda row: Cell(type_name(row.compute), "" if row.compute.is_spark_pool else "dim"), 6, most=18),
    Column("STATE", _state, 1, most=18, least=14, is_words=True),
    Column("SPARK", lambda row: _or_dash(row.compute.settings.version if row.compute.settings else ""), 3, most=8),
    Column("NODES", lambda row: _or_dash(row.compute.nodes), 5, right=True, most=9),
    Column("SIZE", lambda row: _or_dash(row.compute.size), 7, most=20, is_list=True),
    Column("IDENTITY", _identity, 4, most=16, is_words=True),
    Column("READY", _ready, 2, most=20, least=18, is_words=True),
    Column("POOL", _pool, 8, most=34),
)

_Order = Callable[[ComputeRow], Any]
SORTS: tuple[tuple[str, _Order], ...] = (
    ("name", lambda row: by_name(row.compute.name)),
    ("type", lambda row: (by_name(type_name(row.compute)), by_name(row.compute.name))),
    ("state", lambda row: (str(row.compute.state).lower(), by_name(row.compute.name))),
    ("Spark version", lambda row: (_version(row.compute), by_name(row.compute.name))),
    ("readiness", lambda row: (_severity(row), by_name(row.compute.name))),
    ("identity", lambda row: (by_name(row.compute.identity.summary), by_name(row.compute.name))),
)


def _severity(row: ComputeRow) -> tuple[bool, int]:
    return (row.readiness is None, row.readiness.verdict.rank if row.readiness is not None else 0)


def _version(compute: Compute) -> tuple[int, ...]:
    words = compute.settings.version.split(".") if compute.settings else []
    return tuple(int(word) for word in words if word.isdecimal())


def spark_first(order: _Order) -> _Order:
    """An order that puts attached Spark pools before all other computes."""
    return lambda row: (not row.compute.is_spark_pool, order(row))


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
