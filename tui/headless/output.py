"""The output of a verb: one document, printed as a table, as JSON, as lines of JSON or with tabs."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tui.domain.resource_id import ResourceId
from tui.domain.text import clean
from tui.printing import as_json, explain, say, say_cells, say_json, say_json_lines
from tui.verbs import JSON, JSON_LINES, TSV

Item = Mapping[str, Any]

_GAP = 2
_LEAST_CELLS, _LEAST_WRAPPED = 6, 24
"""A column is not made narrower than this, so that it can be recognized, or read."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a verb has found.

    Attributes:
        schema: The name of its document and the version, such as `sparkpool.list/1`.
        items: Its items, each with all fields.
        headings: The headings of its table.
        rows: The cells of its table, a row for each line of it.
        workspace: The Azure ML workspace; None if it does not concern one.
        as_of: When the oldest part of it was read; None if nothing was read.
        more: More members of its document.
        is_single: Whether it has exactly one item, whose fields are then members of the document itself.
        wraps: Whether the last column of its table has sentences or ids, which are wrapped and not cut.
        empty: What to say in place of an empty table, as a sentence.
        unread: Why more items cannot be read, one sentence each.
        notes: What else to know, one sentence each.
    """

    schema: str
    items: Sequence[Item]
    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    workspace: ResourceId | None = None
    as_of: datetime | None = None
    more: Mapping[str, Any] | None = None
    is_single: bool = False
    wraps: bool = False
    empty: str = ""
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self, fields: Sequence[str]) -> Mapping[str, Any]:
        """The whole document, with only some fields of its items; empty for all."""
        head = {"schema": self.schema, "workspace": workspace_document(self.workspace), "as_of": stamp(self.as_of)}
        items = [_chosen(item, fields) for item in self.items]
        if self.is_single:
            return {**head, **items[0]}
        return {**head, **(self.more or {}), "unread": list(self.unread), "items": items}


def print_result(result: Result, output: str, fields: Sequence[str]) -> None:
    """Print a result in a format, with only some fields of its items; empty for all.

    Raises:
        OSError: If standard output cannot be written.
    """
    items = [_chosen(item, fields) for item in result.items]
    if output == JSON:
        say_json(result.document(fields))
    elif output == JSON_LINES:
        say_json_lines(items)
    elif output == TSV:
        say_cells(tuple(item.values()) for item in items)
    else:
        rows = [_texts(item) for item in items] if fields else result.rows
        headings = tuple(name.upper() for name in fields) if fields else result.headings
        if rows:
            say(*table(headings, rows, _width(), wraps=result.wraps and not fields))
        elif result.empty:
            explain(result.empty)
    explain(*result.notes)


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, *, wraps: bool = False
) -> list[str]:
    """The lines of a table.

    To fit, columns are made narrower except the first, which has the names; then the last ones are left out.

    Args:
        headings: Its headings.
        rows: Its cells.
        width: The most cells of the terminal that a line may take; None for as many as it needs.
        wraps: Whether the last column is wrapped, instead of any column being cut.
    """
    cleaned = [[clean(cell) for cell in row] for row in (headings, *rows)]
    widths = _widths([max(map(cells, column)) for column in zip(*cleaned, strict=True)], width, wraps=wraps)
    lines = []
    for row in cleaned:
        *first, last = row[: len(widths)]
        parts = _wrapped(last, widths[-1]) if wraps else [last]
        for number, part in enumerate(parts):
            shown = [*(first if number == 0 else [""] * len(first)), part]
            fitted = [_fitted(cell, room) for cell, room in zip(shown, widths, strict=True)]
            lines.append((" " * _GAP).join([*fitted[:-1], part if wraps else fitted[-1]]).rstrip())
    return lines


def _widths(needed: list[int], width: int | None, *, wraps: bool) -> list[int]:
    """The widths of the columns that are shown, from those that they need."""
    widths = list(needed)

    def excess() -> int:
        return 0 if width is None else sum(widths) + _GAP * (len(widths) - 1) - width

    if wraps:
        widths[-1] -= max(0, min(excess(), widths[-1] - _LEAST_WRAPPED))
    last = len(widths) - wraps
    while excess() > 0 and max(widths[1:last], default=0) > _LEAST_CELLS:
        widths[1 + widths[1:last].index(max(widths[1:last]))] -= 1
    if wraps:
        return widths
    while excess() > 0 and len(widths) > 1:
        widths.pop()
    widths[0] -= max(0, min(excess(), widths[0] - _LEAST_CELLS))
    return widths


def cells(text: str) -> int:
    """How many cells of a terminal a clean text takes."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def stamp(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 writes it, in UTC; None for none."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def workspace_document(workspace: ResourceId | None) -> Mapping[str, str] | None:
    """A workspace as a member of a document."""
    if workspace is None:
        return None
    return {
        "name": workspace.name,
        "resource_group": workspace.resource_group,
        "subscription": workspace.subscription,
        "id": str(workspace),
    }


def _chosen(item: Item, fields: Sequence[str]) -> Item:
    return {name: item[name] for name in fields} if fields else item


def _texts(item: Item) -> list[str]:
    return [_text(value) for value in item.values()]


def _text(value: Any) -> str:
    """A value in one cell: text as it is, nothing for null, and JSON for everything else."""
    if value is None:
        return ""
    return value if isinstance(value, str) else as_json(value)


def _cells_of(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _fitted(text: str, room: int) -> str:
    """A text in exactly `room` cells; what does not fit is cut, with a sign."""
    if cells(text) <= room:
        return text + " " * (room - cells(text))
    sign = _sign()
    kept, used = "", 0
    for letter in text:
        used += _cells_of(letter)
        if used > room - len(sign):
            break
        kept += letter
    return f"{kept}{sign}" + " " * (room - len(sign) - cells(kept))


def _wrapped(text: str, room: int) -> list[str]:
    """A text in lines of at most `room` cells; a longer word, such as an id, stays whole, so that it can be copied."""
    first, *words = text.split(" ")
    lines = [first]
    for word in words:
        joined = f"{lines[-1]} {word}"
        lines[-1:] = [joined] if cells(joined) <= room else [lines[-1], word]
    return lines


def _sign() -> str:
    """What stands for the rest of a text: an ellipsis, if the stream can write one."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    return "…" if encoding == "utf8" else "~"


def _width() -> int | None:
    """The width of the terminal; None without one, so that nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
