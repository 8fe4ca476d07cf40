"""The lines of a table as parts with styles."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.segment import Segment
from rich.style import Style

from tui.domain.filters import spans_of
from tui.ui.text import fit, line
from tui.ui.widgets.columns import GAP, Columns

Part = tuple[str, Style]


def heading(columns: Columns[Any], sort: tuple[str, bool] | None) -> str:
    """The titles of the visible columns; the sorted one has a sign for its direction.

    Args:
        columns: The columns.
        sort: The name of the sorted column, and whether its order is reversed.
    """
    text = ""
    for number, cells in columns.layout:
        column = columns[number]
        title, gap = fit(line(column.title), cells, right=column.right), GAP
        if sort is not None and sort[0] == column.name:
            # The sign is behind the title: in the gap, if the title fills its column.
            title, gap = f"{title.rstrip()}{line('▼' if sort[1] else '▲')}".ljust(cells + 1), GAP - 1
        text += title + " " * gap
    return text


def highlighted(text: str, words: Iterable[str], style: Style, match: Style) -> Iterator[Part]:
    """The parts of a text, with its matches in another style.

    Args:
        text: Safe text.
        words: The folded words to find.
        style: The style of the text.
        match: The style of the matches.
    """
    end = 0
    for first, last in spans_of(text, words):
        yield text[end:first], style
        yield text[first:last], match
        end = last
    yield text[end:], style


def merged(parts: Iterable[Part]) -> list[Segment]:
    """Segments of parts; neighbours with the same style become one."""
    joined: list[Part] = []
    for text, style in parts:
        if joined and joined[-1][1] == style:
            joined[-1] = joined[-1][0] + text, style
        elif text:
            joined.append((text, style))
    return [Segment(text, style) for text, style in joined]
