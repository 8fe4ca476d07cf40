"""The columns of a table: their cells, and their widths if there is not room for all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from tui.domain.mentions import Mention
from tui.domain.ordering import by_name
from tui.domain.states import Tone
from tui.domain.workspaces import Subscription
from tui.ui.text import dash, fit, line
from tui.ui.widgets.cuts import Cuts

R = TypeVar("R")

GAP = 2
"""Cells between two columns."""

_LEAST_CELLS, _LEAST_NAME = 10, 16


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows.

    Attributes:
        text: Any text; it is cleaned before it is shown.
        tone: Empty, or one of `dim`, `good`, `busy`, `warning`, `bad`.
    """

    text: str
    tone: str = ""


def toned(text: str, tone: Tone) -> Cell:
    """A cell in the style of a tone."""
    return Cell(text, "dim" if tone is Tone.NEUTRAL else tone.value)


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column.

    Attributes:
        title: Its heading.
        cell: Makes the cell of a row.
        priority: Columns with the highest number are dropped first if they do not fit; 0 is never dropped.
        right: Whether it is aligned right.
        most: Its maximum width in cells.
        least: Its initial width in cells, so that nothing moves as cells are filled; 0 for the heading's.
        if_filled: Whether it is omitted while all its cells are empty.
        short: Makes a shorter cell if there is no room for the whole one; None to cut that.
        is_words: Whether its cells are words, cut at the end, and not names, cut where they are the same.
        is_list: Whether its cells are lists, cut at the end if they then still differ.
        order: What rows are sorted by in it, None for rows that come last; None to sort by its cells' texts.
    """

    title: str
    cell: Callable[[R], Cell]
    priority: int
    right: bool = False
    most: int = 40
    least: int = 0
    if_filled: bool = False
    short: Callable[[R], Cell] | None = None
    is_words: bool = False
    is_list: bool = False
    order: Callable[[R], Any] | None = None

    @property
    def name(self) -> str:
        """Its name in filters and settings."""
        return self.title.lower()

    def value(self, item: R) -> Any:
        """What an item is sorted by in it; None for nothing."""
        if self.order is not None:
            return self.order(item)
        text = self.cell(item).text
        return None if text in ("", dash()) else by_name(text)


class Columns(Generic[R]):
    """The columns of one table, which grow with their cells.

    Args:
        columns: From left to right; the first is the name.

    Attributes:
        layout: The visible columns, each as its number and its width; the short form of a column has the next number.
    """

    def __init__(self, columns: Sequence[Column[R]]) -> None:
        flat: list[Column[R]] = []
        self._short: dict[int, int] = {}
        for column in columns:
            flat.append(column)
            if column.short is not None:
                self._short[len(flat) - 1] = len(flat)
                flat.append(replace(column, cell=column.short))
        self._columns = tuple(flat)
        self._wanted: list[int] = []
        self._names: list[dict[str, None]] = []
        self._shared: dict[Cell, Cell] = {}
        self._cuts: dict[int, tuple[Cuts, int]] = {}
        self.layout: tuple[tuple[int, int], ...] = ()
        self.reset()

    def __getitem__(self, number: int) -> Column[R]:
        """A column by its number."""
        return self._columns[number]

    @property
    def visible(self) -> tuple[str, ...]:
        """The names of the visible columns, from left to right."""
        return tuple(self._columns[number].name for number, _ in self.layout)

    def number_of(self, name: str) -> int:
        """The number of the column with a name."""
        return next(number for number, column in enumerate(self._columns) if column.name == name)

    def reserve(self, number: int, cells: int) -> bool:
        """Set the width that a column needs, whatever its cells contain; 0 to omit it.

        Returns:
            Whether that is a change.
        """
        before, self._wanted[number] = self._wanted[number], cells
        return before != cells

    def reset(self) -> None:
        """Forget all rows."""
        self._wanted = [
            0 if column.if_filled else max(cell_len(column.title), column.least) for column in self._columns
        ]
        self._names = [{} for _ in self._columns]
        self._shared.clear()
        self._cuts.clear()

    def cells(self, item: R) -> tuple[Cell, ...]:
        """The cells of an item; the columns grow with them."""
        name, *others = (Cell(line(cell.text), cell.tone) for cell in (column.cell(item) for column in self._columns))
        # Thousands of rows share the same few cells, except for their names.
        cells = (name, *(self._shared.setdefault(cell, cell) for cell in others))
        for number, cell in enumerate(cells):
            if cell.text:
                title = cell_len(self._columns[number].title)
                self._wanted[number] = max(self._wanted[number], title, cell_len(cell.text))
                if not self._columns[number].is_words:
                    self._names[number][cell.text] = None
        return cells

    def shown(self, number: int, text: str, width: int) -> str:
        """The text of a cell, fitted to its column.

        Args:
            number: The column's number.
            text: Safe text from `cells`.
            width: The column's width from `layout`.
        """
        column = self._columns[number]
        if column.is_words or cell_len(text) <= width:
            return fit(text, width, right=column.right)
        cuts, known = self._cuts.get(number, (Cuts(width, head_only=column.is_list), 0))
        names = self._names[number]
        if known < len(names):
            cuts.add(name for name in islice(names, known, None) if cell_len(name) > width)
            self._cuts[number] = cuts, len(names)
        return cuts[text]

    def fit(self, available: int, *, names_repeat: bool = False) -> None:
        """Set the widths of the columns; shorten, cut or drop the least important until the rest fits.

        Args:
            available: The cells for all columns; with none, nothing happens.
            names_repeat: Whether rows share names, so that another column must tell them apart.
        """
        if available <= 0:
            return
        shorts = self._short.values()
        chosen = [number for number, wanted in enumerate(self._wanted) if wanted and number not in shorts]
        widths = [min(wanted, column.most) for wanted, column in zip(self._wanted, self._columns, strict=True)]
        dropped: list[int] = []
        while _total(widths[n] for n in chosen) > available:
            dropped.append(max(chosen, key=lambda n: self._columns[n].priority))
            if self._columns[dropped[-1]].priority == 0:
                dropped.pop()
                break
            chosen.remove(dropped[-1])
        if names_repeat and dropped:
            missing = GAP + min(widths[dropped[-1]], _LEAST_CELLS) - (available - _total(widths[n] for n in chosen))
            if 0 < missing <= widths[chosen[0]] - _LEAST_NAME:
                widths[chosen[0]] -= missing
        for number in reversed(dropped):
            short = self._short.get(number)
            self._make_room(chosen, widths, available - GAP - widths[number if short is None else short])
            left = available - GAP - _total(widths[n] for n in chosen)
            if short is not None and widths[short] <= left < widths[number]:
                chosen.append(short)
            elif left >= min(widths[number], _LEAST_CELLS):
                widths[number] = min(widths[number], left)
                chosen.append(number)
        chosen.sort()
        widths[chosen[0]] = min(widths[chosen[0]], available - _total((0, *(widths[n] for n in chosen[1:]))))
        layout = tuple((n, widths[n]) for n in chosen)
        if layout != self.layout:
            self.layout = layout
            self._cuts.clear()

    def _make_room(self, chosen: list[int], widths: Sequence[int], available: int) -> None:
        """Shorten columns, the least important first, if that makes room for another one."""
        shorter = list(chosen)
        for number in sorted(chosen, key=lambda n: -self._columns[n].priority):
            if _total(widths[n] for n in shorter) <= available:
                break
            if number in self._short:
                shorter[shorter.index(number)] = self._short[number]
        if _total(widths[n] for n in shorter) <= available:
            chosen[:] = shorter


def _total(widths: Iterable[int]) -> int:
    """The width of columns side by side, with gaps."""
    each = tuple(widths)
    return sum(each) + GAP * (len(each) - 1)


NO_SUBSCRIPTION = f"sign in with an account that has one: {Mention.SIGN_IN}"
"""What to do if the list of subscriptions is empty."""

SUBSCRIPTION_COLUMNS: tuple[Column[Subscription], ...] = (
    Column("SUBSCRIPTION", lambda row: Cell(row.name, "" if row.usable else "dim"), 0, most=48),
    Column("STATE", lambda row: Cell(row.state, "dim" if row.usable else "warning"), 0, most=12),
    Column("ID", lambda row: Cell(row.id, "dim"), 1, most=36),
)
