"""Where the words of a filter are found in the rows of a table: in visible cells, or elsewhere."""

from itertools import islice
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from tui.domain.filters import Term, folded
from tui.ui.text import cut_mark, line
from tui.ui.widgets.columns import Cell, Column, Columns
from tui.ui.widgets.table_rows import Row, Rows

R = TypeVar("R")

FOUND = "found in"
"""The name of the column that says where a row has what its visible cells do not show."""

_MOST_CELLS, _EXAMINED = 24, 60
_LEAD = 6


def found_column() -> Column[Any]:
    """The column that says where a match is; it is empty, because its cells depend on the filter."""
    return Column(FOUND.upper(), lambda _: Cell(""), 1, most=_MOST_CELLS, if_filled=True, is_words=True)


class Matches(Generic[R]):
    """What a filter finds in the rows of a table.

    Args:
        columns: The columns, `found_column` among them.
        rows: The rows, with their filter.

    Attributes:
        number: The number of the column that says where a match is.
    """

    def __init__(self, columns: Columns[R], rows: Rows[R]) -> None:
        self._columns = columns
        self._rows = rows
        self.number = columns.number_of(FOUND)

    def cells_needed(self) -> int:
        """The width of the column that says where a match is; 0 if the first rows show all of theirs."""
        if not self._rows.filter.wanted:
            return 0
        most = max((cell_len(self._reason(row)) for row in islice(self._rows.shown, _EXAMINED)), default=0)
        return max(most, len(FOUND)) if most else 0

    def cell(self, row: Row[R]) -> Cell:
        """The cell that says where a row has what its visible cells do not show."""
        return Cell(self._reason(row), "dim")

    def words(self, number: int) -> list[str]:
        """The folded words that are found in a column."""
        name = self._columns[number].name
        terms = self._rows.filter.wanted
        return [term.text for term in terms if term.column in ("", name) or number == self.number]

    def _reason(self, row: Row[R]) -> str:
        unseen = [term for term in self._rows.filter.wanted if term.text and not self._is_visible(row, term)]
        places = (next(self._rows.filter.places(row.item, term), None) for term in unseen)
        found = [_around(term, *place) for term, place in zip(unseen, places, strict=True) if place is not None]
        return line(" · ".join(dict.fromkeys(found)))

    def _is_visible(self, row: Row[R], term: Term) -> bool:
        return any(
            term.text in folded(self._columns.shown(number, row.cells[number].text, cells))
            for number, cells in self._columns.layout
            if number != self.number and term.column in ("", self._columns[number].name)
        )


def _around(term: Term, name: str, value: str) -> str:
    """A place where a word was found; the beginning of a long value is cut so that the word is visible."""
    if cell_len(f"{name} {value}") <= _MOST_CELLS:
        return f"{name} {value}"
    at = max(0, folded(value).find(term.text) - _LEAD)
    return f"{name} {cut_mark() + value[at:] if at else value}"
