"""The rows of the operations screen."""

from dataclasses import dataclass
from datetime import datetime

from tui.domain.operation import Failed, Operation, Succeeded, Unwatched
from tui.domain.operation_unread import UnreadOperation
from tui.domain.states import Tone
from tui.ui.text import dated, duration, glyph
from tui.ui.widgets.columns import Cell, Column, toned


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        name: The compute that it concerns.
        what: What it does, in a word.
        status: Its state, in a word or two.
        tone: The tone of its state.
        holder: The workspace.
        elapsed: How long it runs or ran; empty if that is unknown.
        began: When it began; empty while it is queued.
    """

    one: Operation | UnreadOperation
    name: str
    what: str
    status: str
    tone: Tone
    holder: str
    elapsed: str
    began: str

    @classmethod
    def of(cls, one: Operation, now: datetime) -> "Row":
        """The row of an operation."""
        # An interrupted operation has no end, so its elapsed time would mean nothing.
        elapsed = "" if one.is_left else duration(one.elapsed(now))
        began = dated(one.events[0].at, now) if one.events else ""
        about = one.compute or one.target
        return cls(one, about.name, one.verb.value, one.status, _tone(one), about.holder, elapsed, began)

    @classmethod
    def of_unread(cls, one: UnreadOperation, now: datetime) -> "Row":
        """The row of an operation that cannot be read."""
        began = dated(one.began, now) if one.began else ""
        tone = Tone.NEUTRAL if one.has_ended else Tone.WARNING
        return cls(one, one.name, one.verb, "unreadable", tone, one.holder, "", began)


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


COLUMNS: tuple[Column[Row], ...] = (
    Column("COMPUTE", lambda row: Cell(row.name), 0, most=32),
    Column("WHAT", lambda row: Cell(row.what), 1, most=16, is_words=True),
    Column("STATE", lambda row: toned(f"{glyph(row.tone)} {row.status}", row.tone), 2, most=28, is_words=True),
    Column("TIME", lambda row: Cell(row.elapsed), 3, right=True, is_words=True),
    Column("BEGAN", lambda row: Cell(row.began, "dim"), 4, is_words=True),
    Column("WORKSPACE", lambda row: Cell(row.holder, "dim"), 5),
)
