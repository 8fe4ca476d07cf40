"""The rows of a table: which of them are shown, and in which order."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from operator import attrgetter, is_
from typing import Any, Generic, TypeVar

from tui.domain.filters import Fields, Filter, folded_lines
from tui.ui.widgets.columns import Cell, Columns

R = TypeVar("R")


@dataclass(slots=True)
class Row(Generic[R]):
    """One row; it stays the same object while its item changes.

    Attributes:
        text: What words of the filter search, folded.
        rank: Its place by the table's own order.
        group: The group of rows in which it is sorted.
        value: What it is sorted by; None for nothing.
        kind: What it counts as.
    """

    key: str
    item: R
    cells: tuple[Cell, ...]
    text: str
    rank: Any
    group: Any
    value: Any
    kind: Hashable


class Rows(Generic[R]):
    """The rows of a table, filtered and sorted.

    A change of one row costs nothing for the others, unless it moves the row.

    Args:
        columns: The table's columns, which grow with the rows.
        key: The key of an item.
        order: The sort key of an item in the table's own order; None for the order of arrival.
        group: The sort key of the group that an item belongs to, which comes before every order.
        fields: What the filter can search, beside the cells.
        kind: What an item counts as.

    Attributes:
        shown: The rows that pass the filter, sorted.
        filter: The filter.
        kinds: How many rows there are of each kind, shown or not.
    """

    def __init__(
        self,
        columns: Columns[R],
        key: Callable[[R], str],
        order: Callable[[R], Any] | None,
        group: Callable[[R], Any],
        fields: Fields[R],
        kind: Callable[[R], Hashable],
    ) -> None:
        self._columns = columns
        self._key = key
        self._order = order
        self._group = group
        self._fields = fields
        self._kind = kind
        self._sort: Callable[[R], Any] | None = None
        self._is_reversed = False
        self._only: Callable[[R], bool] | None = None
        self._by_key: dict[str, Row[R]] = {}
        self._sorted: list[Row[R]] | None = []
        self._index: dict[str, int] | None = {}
        self.shown: list[Row[R]] = []
        self.filter: Filter[R] = fields.parse("")
        self.kinds: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._by_key)

    @property
    def items(self) -> list[R]:
        """All items, in the order of arrival."""
        return [row.item for row in self._by_key.values()]

    @property
    def names_repeat(self) -> bool:
        """Whether two rows have the same name."""
        return len({row.cells[0].text for row in self._by_key.values()}) < len(self._by_key)

    def get(self, key: str) -> Row[R] | None:
        """The row with a key, shown or not."""
        return self._by_key.get(key)

    def index_of(self, key: str) -> int | None:
        """The place of a row among the shown ones; None if it is not shown."""
        if self._index is None:
            self._index = {row.key: number for number, row in enumerate(self.shown)}
        return self._index.get(key)

    def ordered(self, keys: Collection[str]) -> list[Row[R]]:
        """The rows with these keys, sorted."""
        return [row for row in self._all if row.key in keys] if keys else []

    # Each change returns the keys of the rows that look different, or None if others are shown or the order is new.

    def put(self, items: Iterable[R]) -> set[str] | None:
        """Add items, or replace those with the same key."""
        changed: set[str] = set()
        is_moved = False
        for item in items:
            key, cells = self._key(item), self._columns.cells(item)
            rank = self._order(item) if self._order is not None else None
            group, value = self._group(item), self._sort(item) if self._sort is not None else None
            text = folded_lines((*(cell.text for cell in cells), self._fields.text(item)))
            kind = self._kind(item)
            self.kinds[kind] += 1
            row = self._by_key.get(key)
            if row is None:
                row = self._by_key[key] = Row(key, item, cells, text, rank, group, value, kind)
                self._sorted, is_moved = None, True
                continue
            self.kinds[row.kind] -= 1
            if row.cells != cells:
                changed.add(key)
            was_shown = self._passes(row)
            if (row.rank, row.group, row.value) != (rank, group, value):
                self._sorted, is_moved = None, True
            row.item, row.cells, row.text, row.kind = item, cells, text, kind
            row.rank, row.group, row.value = rank, group, value
            is_moved |= self._passes(row) != was_shown
        return changed if not is_moved or not self._arrange() else None

    def replace(self, items: Iterable[R]) -> set[str] | None:
        """Replace all items."""
        before, shown = self._by_key, [row.key for row in self.shown]
        self._columns.reset()
        self._by_key, self._sorted = {}, None
        self.kinds.clear()
        self.put(items)
        self._arrange()
        if shown != [row.key for row in self.shown]:
            return None
        return {row.key for row in self.shown if before[row.key].cells != row.cells}

    def drop(self, keys: Iterable[str]) -> set[str] | None:
        """Remove the items with these keys."""
        dropped = [row for row in (self._by_key.pop(key, None) for key in keys) if row is not None]
        if not dropped:
            return set()
        self.kinds.subtract(row.kind for row in dropped)
        self._sorted = None
        self._arrange()
        return None

    def narrow(self, typed: str) -> None:
        """Show only rows that match a filter (`tui.domain.filters`)."""
        self.filter = self._fields.parse(typed)
        self._arrange()

    def keep(self, only: Callable[[R], bool] | None) -> None:
        """Show only rows whose items pass a test; None for all."""
        self._only = only
        self._arrange()

    def sort(self, sort: Callable[[R], Any] | None, *, is_reversed: bool = False) -> None:
        """Sort by a value, then by the table's own order; None for its own order alone."""
        self._sort, self._is_reversed = sort, is_reversed
        for row in self._by_key.values():
            row.value = sort(row.item) if sort is not None else None
        self._sorted = None
        self._arrange()

    def reorder(self, order: Callable[[R], Any] | None) -> None:
        """Give the table another order of its own."""
        self._order = order
        for row in self._by_key.values():
            row.rank = order(row.item) if order is not None else None
        self._sorted = None
        self._arrange()

    def _passes(self, row: Row[R]) -> bool:
        return bool(self._passing([row]))

    def _passing(self, rows: list[Row[R]]) -> list[Row[R]]:
        """Those of some rows that are shown."""
        only = self._only
        return self.filter.passing(rows if only is None else [row for row in rows if only(row.item)])

    @property
    def _all(self) -> list[Row[R]]:
        if self._sorted is None:
            rows = list(self._by_key.values())
            if self._order is not None:
                rows.sort(key=attrgetter("rank"))
            if self._sort is not None:
                # Rows without a value come last in both directions.
                valued = [row for row in rows if row.value is not None]
                valued.sort(key=attrgetter("value"), reverse=self._is_reversed)
                rows = [*valued, *(row for row in rows if row.value is None)]
            rows.sort(key=attrgetter("group"))
            self._sorted = rows
        return self._sorted

    def _arrange(self) -> bool:
        """Put the shown rows in order.

        Returns:
            Whether they are other rows, or in another order.
        """
        shown = self._passing(self._all)
        if len(shown) == len(self.shown) and all(map(is_, shown, self.shown)):
            return False
        self.shown, self._index = shown, None
        return True
