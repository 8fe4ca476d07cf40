"""A table of resources that is fast with thousands of rows and on slow lines.

Textual's DataTable blocks the loop for about a second while 5,000 rows are added, and repaints two whole rows (990
bytes) for each move of the cursor; this one renders only visible lines, and repaints only names when the cursor moves.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.ui.containment import Contained
from tui.ui.fitting import fit_lines
from tui.ui.keys import bindings
from tui.ui.text import fit, line
from tui.ui.widgets.columns import GAP, Cell, Column, Columns

R = TypeVar("R")

_MARGIN = 3
_MARK = "*"


@dataclass(slots=True)
class _Row(Generic[R]):
    key: str
    item: R
    cells: tuple[Cell, ...]
    search: str
    rank: Any


class ResourceTable(Contained, ScrollView, Generic[R], can_focus=True):
    """Rows of resources under a cursor.

    Args:
        columns: The columns, from left to right; the first is the name.
        key: The key of a row, by which the cursor stays on it through a refresh.
        order: The sort key of a row; None keeps the order of arrival.
        more: Further text of a row that the filter searches.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--marked",
        "table--dim",
        "table--good",
        "table--busy",
        "table--warning",
        "table--bad",
    }
    DEFAULT_CSS = """
    ResourceTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .table--header { color: $dim; text-style: bold; }
        & > .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
        & > .table--cursor-blurred { background: $panel; text-style: bold; }
        & > .table--marked { color: $accent; text-style: bold; }
        & > .table--dim { color: $dim; }
        & > .table--good { color: $success; }
        & > .table--busy { color: $accent; }
        & > .table--warning { color: $warning; }
        & > .table--bad { color: $error; }
    }
    """
    BINDINGS = bindings("table")

    class Highlighted(Message):
        """The cursor is on another row, or on none."""

        def __init__(self, table: "ResourceTable[Any]") -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> "ResourceTable[Any]":
            """The table, for selecting its messages."""
            return self.table

    class Seen(Message):
        """Other rows are visible now."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        key: Callable[[R], str],
        order: Callable[[R], Any] | None = None,
        more: Callable[[R], str] = lambda _: "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._columns = Columns(columns)
        self._key = key
        self._order = order
        self._more = more
        self._rows: dict[str, _Row[R]] = {}
        self._shown: list[_Row[R]] = []
        self._index: dict[str, int] = {}
        self._needle = ""
        self._cursor = 0
        self._held: str | None = None
        self._placeholder = ""
        self._stale = False
        self._marks: set[str] = set()

    # Items

    @property
    def items(self) -> list[R]:
        """All items, filtered out or not, in the order of arrival."""
        return [row.item for row in self._rows.values()]

    @property
    def shown(self) -> int:
        """How many rows pass the filter."""
        return len(self._shown)

    @property
    def current(self) -> R | None:
        """The item under the cursor."""
        return self._shown[self._cursor].item if self._shown else None

    @property
    def in_sight(self) -> list[R]:
        """The items of the visible rows."""
        top = self.scroll_offset.y
        return [row.item for row in self._shown[top : top + self.size.height]]

    def put(self, items: Iterable[R]) -> None:
        """Add items, or replace those with the same key."""
        changed = set()
        for item in items:
            row = self._row(item)
            known = self._rows.get(row.key)
            if known is None or known.cells != row.cells:
                changed.add(row.key)
            self._rows[row.key] = row
        self._arrange(changed)

    def replace(self, items: Iterable[R]) -> None:
        """Replace all items."""
        self._columns.reset()
        rows = {row.key: row for row in map(self._row, items)}
        known, self._rows = self._rows, rows
        self._arrange({key for key, row in rows.items() if key not in known or known[key].cells != row.cells})

    def drop(self, keys: Iterable[str]) -> None:
        """Remove the items with these keys."""
        self._marks.difference_update(keys := tuple(keys))
        dropped = [self._rows.pop(key, None) for key in keys]
        if any(dropped):
            self._arrange()

    def get(self, key: str) -> R | None:
        """The item with a key."""
        row = self._rows.get(key)
        return row.item if row else None

    def filter(self, needle: str) -> None:
        """Show only rows that contain every word of a text, ignoring case."""
        self._needle = needle.lower()
        self._arrange(is_narrowed=True)

    def sort(self, order: Callable[[R], Any] | None) -> None:
        """Sort by another order."""
        self._order = order
        for row in self._rows.values():
            row.rank = order(row.item) if order else None
        self._arrange()

    def select(self, key: str) -> None:
        """Put the cursor on the row with a key, if it is shown."""
        if key in self._index:
            self._move(self._index[key])

    def say(self, placeholder: str) -> None:
        """Set what is shown while there are no rows."""
        self._placeholder = placeholder
        if not self._shown:
            self.refresh()

    def fade(self, stale: bool) -> None:
        """Show all rows dim, because they may be out of date."""
        if stale != self._stale:
            self._stale = stale
            self.refresh()

    # Marks

    @property
    def marked(self) -> list[R]:
        """The items that are marked, filtered out or not, in the order of the table."""
        rows = [self._rows[key] for key in sorted(self._marks) if key in self._rows]
        if self._order is not None:
            rows.sort(key=attrgetter("rank"))
        return [row.item for row in rows]

    @property
    def hidden_marks(self) -> list[R]:
        """The items that are marked and filtered out, in the order of the table."""
        return [item for item in self.marked if self._key(item) not in self._index]

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor, and move to the row below."""
        if self._shown:
            self._marks ^= {self._shown[self._cursor].key}
            self._repaint_name(self._cursor)
            self._move(self._cursor + 1)

    def unmark(self, keys: Iterable[str] | None = None) -> None:
        """Unmark the rows with these keys, or all rows."""
        gone = self._marks & set(keys) if keys is not None else set(self._marks)
        self._marks -= gone
        for key in gone:
            if key in self._index:
                self._repaint_name(self._index[key])

    # The cursor

    def action_cursor_up(self) -> None:
        """Move to the row above."""
        self._move(self._cursor - 1)

    def action_cursor_down(self) -> None:
        """Move to the row below."""
        self._move(self._cursor + 1)

    def action_page_up(self) -> None:
        """Move up by a screenful."""
        self._move(self._cursor - self._page)

    def action_page_down(self) -> None:
        """Move down by a screenful."""
        self._move(self._cursor + self._page)

    def action_first(self) -> None:
        """Move to the first row."""
        self._move(0)

    def action_last(self) -> None:
        """Move to the last row."""
        self._move(len(self._shown) - 1)

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _move(self, index: int) -> None:
        index = max(0, min(index, len(self._shown) - 1))
        if self._shown:
            self._held = self._shown[index].key
        if index == self._cursor:
            return
        previous, self._cursor = self._cursor, index
        self._repaint_name(previous)
        self._repaint_name(index)
        self._reveal()
        self.post_message(self.Highlighted(self))

    def _repaint(self, index: int, width: int | None = None) -> None:
        """Repaint a row, or only its first cells, if it is visible."""
        y = index + 1 - self.scroll_offset.y
        if index >= 0 and 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width if width is None else width, 1))

    def _repaint_name(self, index: int) -> None:
        self._repaint(index, _MARGIN + self._columns.name_cells)

    def _reveal(self) -> None:
        top = self.scroll_offset.y
        bottom = top + self._page - 1
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor > bottom:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False, immediate=True)

    # Arranging

    def _row(self, item: R) -> _Row[R]:
        """The row of an item; its columns grow with it."""
        cells = self._columns.cells(item)
        search = " ".join((*(cell.text for cell in cells), self._more(item))).lower()
        return _Row(self._key(item), item, cells, search, self._order(item) if self._order else None)

    def _arrange(self, changed: Collection[str] | None = None, *, is_narrowed: bool = False) -> None:
        """Filter and sort the rows, and repaint what changes.

        The cursor stays on its row; if that is gone, on the row that took its place.

        Args:
            changed: The keys of the rows whose own cells changed; None for all.
            is_narrowed: Whether the filter changed, so that the cursor moves to the first match.
        """
        before, layout, current = self._shown, self._columns.layout, self.current
        words = self._needle.split()
        if self._held is not None and before:
            self._held = before[self._cursor].key
        rows = [row for row in self._rows.values() if all(word in row.search for word in words)]
        if self._order is not None:
            rows.sort(key=attrgetter("rank"))
        self._shown = rows
        self._index = {row.key: number for number, row in enumerate(rows)}
        beside = 0 if is_narrowed else min(self._cursor, max(0, len(rows) - 1))
        self._cursor = self._index.get(self._held, beside) if self._held is not None else 0
        if is_narrowed and rows:
            self._held = rows[self._cursor].key
        self.virtual_size = Size(1, len(rows) + 1)
        self._lay_out()
        if self.is_attached:
            self._reveal()
        if changed is not None and layout == self._columns.layout and _keys(before) == _keys(rows):
            for key in changed:
                self._repaint(self._index.get(key, -1))
        else:
            self.refresh()
            self.post_message(self.Seen())
        if self.current is not current:
            self.post_message(self.Highlighted(self))

    def _lay_out(self) -> None:
        names = {row.cells[0].text for row in self._rows.values()}
        width = self.scrollable_content_region.width - _MARGIN - 1
        self._columns.fit(width, names_repeat=len(names) < len(self._rows))

    def on_resize(self, event: Resize) -> None:
        """Fit the columns to the new width, and report the visible rows."""
        self._lay_out()
        self._reveal()
        self.refresh()
        self.post_message(self.Seen())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and report the visible rows."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Seen())

    def on_focus(self) -> None:
        """Draw the cursor as focused."""
        self._repaint_name(self._cursor)

    def on_blur(self) -> None:
        """Draw the cursor as not focused."""
        self._repaint_name(self._cursor)

    # Rendering

    def render_line(self, y: int) -> Strip:
        """One line: the heading, a row, or the placeholder."""
        width = self.size.width
        base = self.rich_style
        if y == 0:
            return self._heading(width, base) if self._shown else Strip.blank(width, base)
        index = y - 1 + self.scroll_offset.y
        if index < len(self._shown):
            if self._held is None:
                # Once visible, the row under the cursor is the one that keys act on, so the cursor stays on it.
                self._held = self._shown[self._cursor].key
            return self._row_strip(index, width, base)
        if not self._shown and self._placeholder and width > _MARGIN + 1:
            said = fit_lines(Content(line(self._placeholder)), width - _MARGIN - 1, max(1, self.size.height - 1))
            if y <= len(said):
                bar = f" {line('▌') if self.has_focus and y == 1 else ' '} "
                text = fit(said[y - 1].plain, width - _MARGIN)
                segments = [Segment(bar, base + self._style("marked")), Segment(text, base + self._style("dim"))]
                return Strip(segments, _MARGIN + cell_len(text))
        return Strip.blank(width, base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"table--{name}", partial=True)

    def _heading(self, width: int, base: Style) -> Strip:
        style = base + self._style("header")
        parts = [
            fit(line(self._columns[number].title), cells, right=self._columns[number].right)
            for number, cells in self._columns.layout
        ]
        text = " " * _MARGIN + (" " * GAP).join(parts)
        return Strip([Segment(text, style)]).adjust_cell_length(width, base)

    def _row_strip(self, index: int, width: int, base: Style) -> Strip:
        row = self._shown[index]
        here = index == self._cursor
        cursor = self._style("cursor" if self.has_focus else "cursor-blurred") if here else None
        bar, mark = line("▌") if here else " ", _MARK if row.key in self._marks else " "
        accent = here or row.key in self._marks
        segments = [Segment(f"{mark}{bar} ", base + self._style("marked") if accent else base)]
        for position, (number, cells) in enumerate(self._columns.layout):
            cell = row.cells[number]
            style = base
            if self._stale:
                style = base + self._style("dim")
            elif cell.tone:
                style = base + self._style(cell.tone)
            if position == 0 and cursor is not None:
                style = base + cursor
            if position:
                segments.append(Segment(" " * GAP, base))
            segments.append(Segment(self._columns.shown(number, cell.text, cells), style))
        return Strip(segments).adjust_cell_length(width, base)


def _keys(rows: Iterable[_Row[Any]]) -> list[str]:
    return [row.key for row in rows]
