"""The one renderer of the manual: Markdown to lines of styled text, for the screens and for plain output.

It reads what the pages use: headings, paragraphs, lists, tables, code blocks, and in a line code, bold text and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

HEADING, STRONG, CODE = "heading", "strong", "code"
"""The styles of spans; ordinary text has an empty one."""

_INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<label>[^]]+)\]\((?P<target>[^)]+)\)")
_ITEM = re.compile(r"(?P<mark>- |\d+\. )(?P<text>.*)")
_CELLS = re.compile(r"(?<!\\)\|")
_UNBROKEN_CELLS = 40
_GAP = "  "
_LEAST_COLUMN = 8


class Span(NamedTuple):
    """A piece of a line.

    Attributes:
        text: Its text.
        style: One of `HEADING`, `STRONG` and `CODE`, or empty.
    """

    text: str
    style: str = ""


Line = tuple[Span, ...]
_Word = list[Span]


def render(markdown: str, width: int) -> list[Line]:
    """Render a page.

    Args:
        markdown: The page, in characters that are one cell wide.
        width: The most characters of a line; lines of code blocks may be longer.

    Returns:
        The lines. Code keeps its backticks, because in plain text nothing else would set a key apart from a word.
    """
    rendered: list[Line] = []
    for block in _blocks(markdown.rstrip("\n").split("\n")):
        if rendered:
            rendered.append(())
        rendered += _rendered(block, width)
    return rendered


def plain(lines: Iterable[Line]) -> str:
    """Rendered lines as plain text."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Runs of lines between blank lines; a code block is one, with its blank lines."""
    block: list[str] = []
    is_code = False
    for line in lines:
        is_code ^= line.startswith("```")
        if line or is_code:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _rendered(block: list[str], width: int) -> list[Line]:
    first = block[0]
    if first.startswith("```"):
        return [(Span(f"    {line}", CODE),) if line else () for line in block[1:-1]]
    if first.startswith("#"):
        return [(Span(first.lstrip("# "), HEADING),)]
    if first.startswith("|"):
        return _table([_cells(line) for line in block], width)
    if _ITEM.match(first):
        return [line for item in _items(block) for line in _item(item, width)]
    return _wrapped(" ".join(block), width)


def _items(block: list[str]) -> list[str]:
    items: list[str] = []
    for line in block:
        if _ITEM.match(line):
            items.append(line)
        else:
            items[-1] += f" {line.strip()}"
    return items


def _item(item: str, width: int) -> list[Line]:
    found = _ITEM.match(item)
    mark, text = (found["mark"], found["text"]) if found else ("", item)
    lines = _wrapped(text, width - len(mark))
    return [(Span(mark if number == 0 else " " * len(mark)), *line) for number, line in enumerate(lines)]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace(r"\|", "|") for cell in _CELLS.split(line.strip().strip("|"))]


def _table(rows: list[list[str]], width: int) -> list[Line]:
    """A table whose columns share the width; the second of its rows is Markdown's own."""
    head, body = rows[0], rows[2:]
    widths = _column_widths([head, *body], width - len(_GAP) * (len(head) - 1))
    lines = _row(head, widths, HEADING)
    lines.append((Span(_GAP.join("-" * cells for cells in widths)),))
    for row in body:
        lines += _row(row, widths)
    return lines


def _row(row: list[str], widths: list[int], style: str = "") -> list[Line]:
    columns = [_wrapped(text, cells, style) for text, cells in zip(row, widths, strict=True)]
    lines: list[Line] = []
    for number in range(max(map(len, columns))):
        spans: list[Span] = []
        for column, cells in zip(columns, widths, strict=True):
            line = column[number] if number < len(column) else ()
            missing = cells - _length(line)
            spans += [*line, Span(" " * missing + _GAP)]
        while spans and spans[-1].text.isspace():
            spans.pop()
        lines.append(tuple(spans))
    return lines


def _column_widths(rows: list[list[str]], room: int) -> list[int]:
    """As wide as their texts, or narrower from the widest on until they fit."""
    texts = [["".join(span.text for span in _spans(cell)) for cell in column] for column in zip(*rows, strict=True)]
    widths = [max(map(len, column)) for column in texts]
    words = [max((len(word) for text in column for word in text.split()), default=0) for column in texts]
    while sum(widths) > room:
        # A word is broken only where there is no other way.
        wide = [number for number, cells in enumerate(widths) if cells > words[number]]
        wide = wide or [number for number, cells in enumerate(widths) if cells > _LEAST_COLUMN]
        if not wide:
            break
        widths[max(wide, key=lambda number: widths[number])] -= 1
    return widths


def _spans(text: str, style: str = "") -> list[Span]:
    """The pieces of a text; the address of a link to another page is left out, because its label is the topic."""
    spans: list[Span] = []
    end = 0
    for found in _INLINE.finditer(text):
        spans.append(Span(text[end : found.start()], style))
        if found["code"]:
            spans.append(Span(found[0], CODE))
        elif found["strong"]:
            spans.append(Span(found["strong"], STRONG))
        elif "://" in found["target"]:
            spans.append(Span(f"{found['label']} ({found['target']})", style))
        else:
            spans.append(Span(found["label"], STRONG))
        end = found.end()
    return [span for span in (*spans, Span(text[end:], style)) if span.text]


def _words(spans: Iterable[Span]) -> list[_Word]:
    """The parts of a text between which a line may end; short code is never broken."""
    words: list[_Word] = [[]]
    for span in spans:
        parts = [span.text] if span.style == CODE and len(span.text) <= _UNBROKEN_CELLS else span.text.split(" ")
        for number, part in enumerate(parts):
            if number:
                words.append([])
            if part:
                words[-1].append(Span(part, span.style))
    return [word for word in words if word]


def _wrapped(text: str, width: int, style: str = "") -> list[Line]:
    lines: list[Line] = []
    line: list[Span] = []
    used = 0
    parts = [part for word in _words(_spans(text, style)) for part in _parts(word, width)]
    for word in parts:
        length = _length(word)
        if line and used + 1 + length > width:
            lines.append(tuple(line))
            line, used = [], 0
        if line:
            is_one_piece = line[-1].style == word[0].style
            line.append(Span(" ", line[-1].style if is_one_piece else ""))
            used += 1
        line += word
        used += length
    return [*lines, tuple(line)]


def _parts(word: _Word, width: int) -> list[_Word]:
    """A word, in pieces where it is longer than a line."""
    if _length(word) <= width:
        return [word]
    return [
        [Span(span.text[start : start + width], span.style)]
        for span in word
        for start in range(0, len(span.text), max(1, width))
    ]


def _length(spans: Iterable[Span]) -> int:
    return sum(len(span.text) for span in spans)
