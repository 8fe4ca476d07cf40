"""The rows of the operations screen."""

from dataclasses import dataclass
from datetime import datetime

from tui.domain.operation import Failed, Operation, Succeeded, Unwatched
from tui.domain.states import Tone
from tui.ui.text import dated, duration, glyph
from tui.ui.widgets.columns import Cell, Column


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        operation: The operation.
        elapsed: For how long it runs or ran, in words; empty where that says nothing.
        began: When it began, in words; empty while it is queued.
    """

    operation: Operation
    elapsed: str
    began: str

    @classmethod
    def of(cls, operation: Operation, now: datetime) -> "Row":
        """The row of an operation at a moment."""
        began = operation.events[0].at if operation.events else None
        # An operation that nobody watches has no end yet, and the time since says nothing of it.
        elapsed = "" if operation.is_left else duration(operation.elapsed(now))
        return cls(operation, elapsed, dated(began, now) if began else "")


def _tone(operation: Operation) -> Tone:
    match operation.end:
        case Succeeded():
            return Tone.GOOD
        case Failed():
            return Tone.BAD
        case Unwatched():
            return Tone.NEUTRAL
        case _ if operation.is_left:
            return Tone.WARNING
        case _:
            return Tone.BUSY


_STYLES = {
    Tone.GOOD: "good",
    Tone.BAD: "bad",
    Tone.NEUTRAL: "dim",
    Tone.BUSY: "busy",
    Tone.WARNING: "warning",
}

COLUMNS: tuple[Column[Row], ...] = (
    Column("COMPUTE", lambda row: Cell(row.operation.target.name), 0, most=32),
    Column("WHAT", lambda row: Cell(row.operation.verb.value), 1),
    Column(
        "STATE",
        lambda row: Cell(f"{glyph(_tone(row.operation))} {row.operation.status}", _STYLES[_tone(row.operation)]),
        2,
        most=28,
    ),
    Column("TIME", lambda row: Cell(row.elapsed), 3, right=True),
    Column("BEGAN", lambda row: Cell(row.began, "dim"), 4),
    Column("WORKSPACE", lambda row: Cell(row.operation.target.holder, "dim"), 5),
)
