"""A table of resources that is fast with thousands of rows and on slow lines.

Textual's DataTable blocks the loop for about a second while 5,000 rows are added; this one renders only visible lines.
A line has as few changes of style as possible, because each costs about 25 bytes on the line.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import islice
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

from tui.domain.filters import Fields, Filter
from tui.ui.containment import Contained
from tui.ui.fitting import fit_lines
from tui.ui.keys import bindings
from tui.ui.text import fit, line
from tui.ui.widgets.columns import GAP, Column, Columns
from tui.ui.widgets.table_lines import heading, highlighted, merged
from tui.ui.widgets.table_matches import FOUND, Matches, found_column
from tui.ui.widgets.table_rows import Rows

R = TypeVar("R")

_MARGIN = 3
_MARK = "*"


class ResourceTable(Contained, ScrollView, Generic[R], can_focus=True):
    """Rows of resources under a cursor.

    Args:
        columns: The columns, from left to right; the first is the name.
        key: The key of a row, by which the cursor stays on it through a refresh.
        order: The sort key of a row; None keeps the order of arrival.
        fields: What the filter can search beside the cells.
        group: The sort key of groups of rows, which come before every order.
        kind: What an item counts as in `kinds`.
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
        "table--match",
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
        & > .table--match { color: $accent; text-style: underline; }
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
        fields: Fields[R] | None = None,
        *,
        group: Callable[[R], Any] = lambda _: 0,
        kind: Callable[[R], Hashable] = lambda _: None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._columns = Columns((*columns, found_column()))
        self._rows = Rows(self._columns, key, order, group, fields or Fields(), kind)
        self._matches = Matches(self._columns, self._rows)
        self._wanted_sort: tuple[str, bool] | None = None
        self._sort: tuple[str, bool] | None = None
        self._names_repeat = False
        self._cursor = 0
        self._held: str | None = None
        self._placeholder = ""
        self._stale = False
        self._marks: set[str] = set()

    # Items

    @property
    def items(self) -> list[R]:
        """All items, filtered out or not, in the order of arrival."""
        return self._rows.items

    @property
    def total(self) -> int:
        """How many rows there are, filtered out or not."""
        return len(self._rows)

    @property
    def kinds(self) -> Counter[Hashable]:
        """How many items there are of each kind, filtered out or not."""
        return self._rows.kinds

    @property
    def shown(self) -> int:
        """How many rows pass the filter."""
        return len(self._rows.shown)

    @property
    def shown_keys(self) -> tuple[str, ...]:
        """The keys of the rows that pass the filter, sorted."""
        return tuple(row.key for row in self._rows.shown)

    @property
    def current(self) -> R | None:
        """The item under the cursor."""
        return self._rows.shown[self._cursor].item if self._rows.shown else None

    @property
    def position(self) -> int | None:
        """The place of the cursor, from 1, in a list that does not fit; None if all rows are visible."""
        return self._cursor + 1 if self.shown > self._page + 1 else None

    @property
    def in_sight(self) -> list[R]:
        """The items of the visible rows."""
        top = self.scroll_offset.y
        return [row.item for row in islice(self._rows.shown, top, top + self.size.height)]

    def put(self, items: Iterable[R]) -> None:
        """Add items, or replace those with the same key."""
        number = len(self._rows)
        self._changed(lambda: self._rows.put(items))
        if len(self._rows) != number:
            self._note_names()

    def replace(self, items: Iterable[R]) -> None:
        """Replace all items."""
        self._changed(lambda: self._rows.replace(items))
        self._note_names()

    def drop(self, keys: Iterable[str]) -> None:
        """Remove the items with these keys."""
        self._marks.difference_update(keys := tuple(keys))
        self._changed(lambda: self._rows.drop(keys))
        self._note_names()

    def get(self, key: str) -> R | None:
        """The item with a key."""
        row = self._rows.get(key)
        return row.item if row else None

    def filter(self, typed: str) -> Filter[R]:
        """Show only rows that match a filter (`tui.domain.filters`), which is returned."""
        self._changed(lambda: self._rows.narrow(typed), is_narrowed=True)
        return self._rows.filter

    def keep(self, only: Callable[[R], bool] | None) -> None:
        """Show only rows whose items pass a test; None for all."""
        self._changed(lambda: self._rows.keep(only), is_narrowed=True)

    @property
    def visible_columns(self) -> tuple[str, ...]:
        """The names of the visible columns, from left to right."""
        return tuple(name for name in self._columns.visible if name != FOUND)

    @property
    def sorted_by(self) -> tuple[str, bool] | None:
        """The name of the column that the rows are sorted by, and whether the order is reversed."""
        return self._sort

    def sort(self, name: str | None, *, is_reversed: bool = False) -> None:
        """Sort by a column, while it is visible; None for the table's own order."""
        self._wanted_sort = None if name is None else (name, is_reversed)
        self._apply_sort()

    def reorder(self, order: Callable[[R], Any] | None) -> None:
        """Give the table another order of its own; None for the order of arrival."""
        self._changed(lambda: self._rows.reorder(order))

    def _apply_sort(self) -> None:
        """Sort by the wanted column, or by the first one while that is hidden: nobody understands such an order."""
        sort = self._wanted_sort
        if sort is not None and self._columns.layout and sort[0] not in self._columns.visible:
            sort = self._columns[0].name, False
        if sort != self._sort:
            self._sort = sort
            value = None if sort is None else self._columns[self._columns.number_of(sort[0])].value
            self._changed(lambda: self._rows.sort(value, is_reversed=sort is not None and sort[1]))

    def select(self, key: str) -> None:
        """Put the cursor on the row with a key, if it is shown."""
        index = self._rows.index_of(key)
        if index is not None:
            self._move(index)

    def say(self, placeholder: str) -> None:
        """Set what is shown while there are no rows."""
        self._placeholder = placeholder
        if not self._rows.shown:
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
        return [row.item for row in self._rows.ordered(self._marks)]

    @property
    def hidden_marks(self) -> list[R]:
        """The items that are marked and filtered out, in the order of the table."""
        return [row.item for row in self._rows.ordered(self._marks) if self._rows.index_of(row.key) is None]

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor, and move to the row below."""
        if self._rows.shown:
            self._marks ^= {self._rows.shown[self._cursor].key}
            self._repaint(self._cursor)
            self._move(self._cursor + 1)

    def unmark(self, keys: Iterable[str] | None = None) -> None:
        """Unmark the rows with these keys, or all rows."""
        gone = self._marks & set(keys) if keys is not None else set(self._marks)
        self._marks -= gone
        for key in gone:
            self._repaint(self._rows.index_of(key))

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
        self._move(self.shown - 1)

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _move(self, index: int) -> None:
        index = max(0, min(index, self.shown - 1))
        if self._rows.shown:
            self._held = self._rows.shown[index].key
        if index == self._cursor:
            return
        previous, self._cursor = self._cursor, index
        self._repaint(previous)
        self._repaint(index)
        self._reveal()
        self.post_message(self.Highlighted(self))

    def _repaint(self, index: int | None) -> None:
        """Repaint a row, if it is visible."""
        y = -1 if index is None else index + 1 - self.scroll_offset.y
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _reveal(self) -> None:
        top = self.scroll_offset.y
        bottom = top + self._page - 1
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor > bottom:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False, immediate=True)

    # Arranging

    def _changed(self, change: Callable[[], set[str] | None], *, is_narrowed: bool = False) -> None:
        """Change the rows, and repaint what looks different.

        The cursor stays on its row; if that is gone, on the row that took its place.

        Args:
            change: Changes the rows; returns the keys of those that look different, or None for all.
            is_narrowed: Whether the filter changes, so that the cursor moves to the first match.
        """
        before, layout, current = self._rows.shown, self._columns.layout, self.current
        if self._held is not None and before:
            self._held = before[self._cursor].key
        changed = change()
        rows = self._rows.shown
        if rows is not before or self._held is None:
            beside = 0 if is_narrowed else min(self._cursor, max(0, len(rows) - 1))
            here = self._rows.index_of(self._held) if self._held is not None else 0
            self._cursor = beside if here is None else here
            if is_narrowed and rows:
                self._held = rows[self._cursor].key
            self._set_length(len(rows))
        self._lay_out()
        if self.is_attached and rows is not before:
            self._reveal()
        if changed is not None and layout == self._columns.layout:
            for key in changed:
                self._repaint(self._rows.index_of(key))
        else:
            self._repaint_rows(max(len(before), len(rows)) if before and rows else self.size.height)
            self.post_message(self.Seen())
        if self.current is not current:
            self.post_message(self.Highlighted(self))

    def _set_length(self, rows: int) -> None:
        """Set the height of all rows; the screen gets a new layout only if the scroll bar appears or disappears."""
        size, room = Size(1, rows + 1), self.scrollable_content_region.height
        if not self.is_attached or (self.virtual_size.height > room) != (size.height > room):
            self.virtual_size = size
            return
        self.set_reactive(ResourceTable.virtual_size, size)
        if size.height > room:
            self.vertical_scrollbar.window_virtual_size = size.height
            self.scroll_to(y=min(self.scroll_offset.y, self.max_scroll_y), animate=False, immediate=True)

    def _repaint_rows(self, number: int) -> None:
        """Repaint the heading and some rows, and not what stays blank below them."""
        self.refresh(Region(0, 0, self.size.width, min(number + 1, self.size.height)))

    def _note_names(self) -> None:
        self._names_repeat = self._rows.names_repeat
        self._lay_out()

    def _lay_out(self) -> None:
        """Fit the columns, with one for matches that the others do not show."""
        self._columns.reserve(self._matches.number, 0)
        self._fit_columns()
        if self._columns.reserve(self._matches.number, self._matches.cells_needed()):
            self._fit_columns()
        self._apply_sort()

    def _fit_columns(self) -> None:
        self._columns.fit(self.scrollable_content_region.width - _MARGIN - 1, names_repeat=self._names_repeat)

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
        self._repaint(self._cursor)

    def on_blur(self) -> None:
        """Draw the cursor as not focused."""
        self._repaint(self._cursor)

    # Rendering

    def render_line(self, y: int) -> Strip:
        """One line: the heading, a row, or the placeholder."""
        width = self.size.width
        base = self.rich_style
        if y == 0:
            return self._heading(width, base) if self._rows.shown else Strip.blank(width, base)
        index = y - 1 + self.scroll_offset.y
        if index < self.shown:
            if self._held is None:
                # Once visible, the row under the cursor is the one that keys act on, so the cursor stays on it.
                self._held = self._rows.shown[self._cursor].key
            return self._row_strip(index, width, base)
        if not self._rows.shown and self._placeholder and width > _MARGIN + 1:
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
        text = " " * _MARGIN + heading(self._columns, self._sort)
        return Strip([Segment(text, base + self._style("header"))]).adjust_cell_length(width, base)

    def _row_strip(self, index: int, width: int, base: Style) -> Strip:
        row = self._rows.shown[index]
        here = index == self._cursor
        cursor = base + self._style("cursor" if self.has_focus else "cursor-blurred")
        bar, mark = line("▌") if here else " ", _MARK if row.key in self._marks else " "
        margin = cursor if here else base + self._style("marked") if row.key in self._marks else base
        parts = [(f"{mark}{bar} ", margin)]
        for number, cells in self._columns.layout:
            cell = self._matches.cell(row) if number == self._matches.number else row.cells[number]
            tone = "dim" if self._stale else cell.tone
            style = cursor if here else base + self._style(tone) if tone else base
            match = style + (Style(underline=True) if here else self._style("match"))
            text = self._columns.shown(number, cell.text, cells) + " " * GAP
            parts += highlighted(text, self._matches.words(number), style, match)
        used = sum(cell_len(text) for text, _ in parts)
        parts.append((" " * (width - used), cursor if here else base))
        return Strip(merged(parts)).crop(0, width)
