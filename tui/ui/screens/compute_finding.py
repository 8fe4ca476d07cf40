"""Finding computes in the list: the filter, problems only, and the order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.ui.keys import key_name
from tui.ui.screens.compute_rows import ComputeRow, is_problem

if TYPE_CHECKING:
    from tui.ui.widgets.filter_bar import FilterBar
    from tui.ui.widgets.table import ResourceTable

FILTER_HINT = "words, !word, column:value, tag:key=value"
_READY = "ready"


class ComputeFinding:
    """What the list shows of the computes, and in which order.

    Args:
        table: Returns the list; only valid after it is mounted.
        bar: Returns the filter; likewise.
        changed: Called after every change.

    Attributes:
        only_problems: Whether only problems and warnings are shown.
    """

    def __init__(
        self,
        table: Callable[[], ResourceTable[ComputeRow]],
        bar: Callable[[], FilterBar],
        changed: Callable[[], None],
    ) -> None:
        self._table = table
        self._bar = bar
        self._changed = changed
        self._faults: tuple[str, ...] = ()
        self.only_problems = False

    @property
    def is_on(self) -> bool:
        """Whether there is something to clear."""
        return self._bar().is_open or self.only_problems

    @property
    def fault(self) -> str:
        """Why a part of the filter does nothing, in a sentence or two; empty if all of it works."""
        return " ".join(self._faults)

    @property
    def needs_all(self) -> bool:
        """Whether the readiness of computes that are out of sight matters too."""
        sort = self._table().sorted_by
        return self.only_problems or (sort is not None and sort[0] == _READY)

    @property
    def why_nothing(self) -> str:
        """Why no rows are shown although there are computes; empty if nothing hides them."""
        typed = self._bar().value.strip()
        if typed:
            where = " among the problems" if self.only_problems else ""
            return f'Nothing matches "{typed}"{where}. {key_name("computes.clear")} clears the filter.'
        if self.only_problems:
            return f"No problems found. {key_name('computes.problems')} shows all computes."
        return ""

    def filter(self, typed: str) -> None:
        """Filter by a text as it is typed."""
        self._faults = self._table().filter(typed).faults
        self._changed()

    def show_problems(self, only: bool) -> None:
        """Show problems and warnings only, or everything."""
        self.only_problems = only
        self._table().keep(is_problem if only else None)
        self._changed()

    def clear(self) -> None:
        """Clear the filter; without one, show all rows again."""
        if self._bar().is_open:
            self._bar().close()
        elif self.only_problems:
            self.show_problems(False)

    def sort_by_next(self) -> None:
        """Sort by the next visible column."""
        table = self._table()
        names, sort = table.visible_columns, table.sorted_by
        at = names.index(sort[0]) + 1 if sort is not None and sort[0] in names else 0
        if names:
            self._sort(names[at % len(names)], is_reversed=False)

    def reverse(self) -> None:
        """Sort in the other direction."""
        sort = self._table().sorted_by
        if sort is not None:
            self._sort(sort[0], is_reversed=not sort[1])

    def sort_by_readiness(self) -> None:
        """Sort by readiness, problems first; in the other direction if it is sorted by that already."""
        if self._table().sorted_by == (_READY, False):
            self.reverse()
        else:
            self._sort(_READY, is_reversed=False)

    def _sort(self, name: str, *, is_reversed: bool) -> None:
        self._table().sort(name, is_reversed=is_reversed)
        self._changed()
