"""Fits sentences into a few lines: the beginning says what happened, and the end which key helps."""

import re

from rich.cells import cell_len
from textual.content import Content

from tui.ui.text import cut_mark, ends_of, head_of, shorten

_SEPARATOR = " › "
_LEAST_WORD, _LEAST_PART = 24, 5
_READ = 8
"""How much of a text is read, in multiples of the room for it."""


def fit_lines(said: Content, width: int, most: int) -> list[Content]:
    """Break styled text into at most `most` lines, and cut it in the middle if needed, long words first.

    Args:
        said: Safe text.
        width: Cells of a line.
        most: The number of lines.
    """
    kept = _READ * width * most // 2
    if len(said) > 2 * kept:
        said = Content.assemble(said[:kept], cut_mark(), said[-kept:])
    broken = _broken(said, width)
    while len(broken) > most:
        longest = max(re.finditer(r"\S+", said.plain), key=lambda word: word.end() - word.start())
        if cell_len(longest[0]) <= _LEAST_WORD:
            head = (most + 1) // 2
            return [*broken[: head - 1], _with_cut_mark(broken[head - 1], width), *broken[len(broken) - most + head :]]
        cut = max(_LEAST_WORD, min(cell_len(longest[0]) // 2, width))
        # The place is computed from the ends, because the word may contain the cut mark itself.
        begin, end = ends_of(longest[0], cut)
        said = Content.assemble(said[: longest.start() + len(begin)], cut_mark(), said[longest.end() - len(end) :])
        broken = _broken(said, width)
    return broken


def _broken(said: Content, width: int) -> list[Content]:
    return [part.rstrip() for part in said.wrap(width)]


def _with_cut_mark(last: Content, width: int) -> Content:
    """The line after which lines are missing, with a mark."""
    return Content.assemble(last[: len(head_of(last.plain, width - 2))], " ", cut_mark())


def fit_place(place: str, width: int) -> str:
    """Fit a path of names into `width` cells by cutting names in the middle, the longest first.

    Args:
        place: Safe text, with ` › ` between the names.
        width: Cells.
    """
    parts = place.split(_SEPARATOR)
    between = cell_len(_SEPARATOR) * (len(parts) - 1)
    for most in range(max(map(cell_len, parts)), _LEAST_PART - 1, -1):
        if sum(min(most, cell_len(part)) for part in parts) + between <= width:
            return _SEPARATOR.join(shorten(part, most) for part in parts)
    return shorten(place, width)
