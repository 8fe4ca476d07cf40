"""The rows of the operations screen."""

from dataclasses import dataclass
from datetime import datetime

from tui.domain.operation import Failed, Operation, Succeeded, Unwatched, Verb
from tui.domain.states import Tone
from tui.domain.unreadable_operation import UnreadableOperation
from tui.ui.text import dated, duration, glyph
from tui.ui.widgets.columns import Cell, Column, toned


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        name: What it concerns: a compute, a Spark pool, an identity, or the resource that Azure roles are on.
        what: What it does, in a word.
        status: Its state, in a word or two.
        tone: The tone of its state.
        holder: The workspace; the resource group where there is none.
        elapsed: How long it runs or ran; empty if that is unknown.
        began: When it began; empty while it is queued.
    """

    operation: Operation | UnreadableOperation
    name: str
    what: str
    status: str
    tone: Tone
    holder: str
    elapsed: str
    began: str

    @classmethod
    def of(cls, operation: Operation, now: datetime) -> "Row":
        """The row of an operation."""
        # An interrupted operation has no end, so its elapsed time would mean nothing.
        elapsed = "" if operation.is_interrupted else duration(operation.elapsed(now))
        began = dated(operation.events[0].at, now) if operation.events else ""
        # One fix can grant Azure roles on several resources, so the compute would not tell them apart.
        about = operation.target if operation.verb is Verb.AZURE_ROLES else operation.compute or operation.target
        return cls(
            operation,
            about.name,
            operation.verb.value,
            operation.status,
            _tone(operation),
            about.holder,
            elapsed,
            began,
        )

    @classmethod
    def of_unreadable(cls, operation: UnreadableOperation, now: datetime) -> "Row":
        """The row of an operation that cannot be read."""
        began = dated(operation.began, now) if operation.began else ""
        tone = Tone.NEUTRAL if operation.has_ended else Tone.WARNING
        return cls(operation, operation.name, operation.verb, "unreadable", tone, operation.holder, "", began)


def _tone(operation: Operation) -> Tone:
    match operation.end:
        case Succeeded():
            return Tone.GOOD
        case Failed():
            return Tone.BAD
        case Unwatched():
            return Tone.NEUTRAL
        case _ if operation.is_interrupted:
            return Tone.WARNING
        case _:
            return Tone.BUSY


COLUMNS: tuple[Column[Row], ...] = (
    Column("NAME", lambda row: Cell(row.name), 0, most=32),
    Column("WHAT", lambda row: Cell(row.what), 1, most=16, is_words=True),
    Column("STATE", lambda row: toned(f"{glyph(row.tone)} {row.status}", row.tone), 2, most=28, is_words=True),
    Column("TIME", lambda row: Cell(row.elapsed), 3, right=True, is_words=True),
    Column("BEGAN", lambda row: Cell(row.began, "dim"), 4, is_words=True),
    Column("IN", lambda row: Cell(row.holder, "dim"), 5),
)
