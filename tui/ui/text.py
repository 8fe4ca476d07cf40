"""Makes all text for the screen: cleaned, without secrets, with the user's own keys, never markup.

Text from outside may have any length, and every key must answer within a second, so shown text is cut with a note of
how much is missing. Copied text is made for the width `WHOLE`, and is neither cut nor wrapped.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content

from tui.domain.phrases import plural
from tui.domain.redaction import fit_to_show
from tui.domain.states import ProvisioningState, Tone
from tui.domain.text import beginning, clean, clean_lines
from tui.ui.keys import with_keys

Part: TypeAlias = object | tuple[object, str]
"""A part of a text: a value, a value with its style, or styled text."""

Parts: TypeAlias = list[Part]

WHOLE = 1_000_000
"""The width in cells of copied text."""

_LEAST_ROOM, _LEAST_CUT = 8, 5
_LINE_LETTERS = 4_000
_VALUE_LINES, _VALUE_LETTERS = 100, 8_000
_PAGE_LINES, _PAGE_LETTERS = 2_000, 60_000
_GLYPHS = {Tone.GOOD: "●", Tone.BUSY: "◌", Tone.WARNING: "!", Tone.BAD: "✖", Tone.NEUTRAL: "–"}
_ASCII_GLYPHS = {Tone.GOOD: "*", Tone.BUSY: "~", Tone.WARNING: "!", Tone.BAD: "x", Tone.NEUTRAL: "-"}
_STYLES = {
    Tone.GOOD: "$success",
    Tone.BUSY: "$accent",
    Tone.WARNING: "$warning",
    Tone.BAD: "$error",
    Tone.NEUTRAL: "$dim",
}
_ASCII_FORMS = str.maketrans(
    {"●": "*", "◌": "~", "✖": "x", "–": "-", "·": "|", "×": "x", "…": "~", "›": ">", "▌": ">"}
    | {"←": "<", "→": ">", "↑": "up", "↓": "down", "▲": "^", "▼": "v"}
)


class _Charset:
    """Whether only ASCII may be shown; set once, at the start."""

    ascii_only = False


class _Secrets:
    """The known secrets; set once, at the start."""

    known: tuple[str, ...] = ()


def use_ascii(ascii_only: bool) -> None:
    """Show ASCII instead of other glyphs, for terminals or locales that lack them."""
    _Charset.ascii_only = ascii_only


def hide(secrets: tuple[str, ...]) -> None:
    """Never show these secrets; the longest come first."""
    _Secrets.known = secrets


def is_ascii_only() -> bool:
    """Whether nothing beyond ASCII may be shown."""
    return _Charset.ascii_only


def line(value: object) -> str:
    """Any value as one safe line."""
    text = value if isinstance(value, str) else str(value)
    text = with_keys(clean(text if len(text) <= _LINE_LETTERS else text[:_LINE_LETTERS] + "…"))
    return _shown(text)


def lines(value: object) -> str:
    """Any value as safe text whose line breaks are kept."""
    if type(value) is _SafeText:
        return value
    return _SafeText(_shown(with_keys(clean_lines(value if isinstance(value, str) else str(value)))))


class _SafeText(str):
    """Text that was made here, and is not cleaned a second time."""

    __slots__ = ()


def _shown(text: str) -> str:
    text = fit_to_show(text, _Secrets.known)
    return text.translate(_ASCII_FORMS) if _Charset.ascii_only else text


def part_of(value: object, *, page: bool = False, copy_key: str = "") -> str:
    """As much of a text as a screen should show, as safe text whose line breaks are kept.

    Args:
        value: Any value.
        page: Whether it fills a page that scrolls, and is not one value of many.
        copy_key: The key that copies all of it; empty if there is none.

    Returns:
        Safe text; if it was cut, with a note of how much is missing.
    """
    if type(value) is _SafeText:
        return value
    text = value if isinstance(value, str) else str(value)
    most = (_PAGE_LINES, _PAGE_LETTERS) if page else (_VALUE_LINES, _VALUE_LETTERS)
    text, more = beginning(text, *most)
    if not more:
        return lines(text)
    return _SafeText(f"{lines(text)}\n{lines(f'… {more}; {copy_key} copies all' if copy_key else f'… {more}')}")


def content(*parts: Part) -> Content:
    """Styled text for a widget; nothing is parsed as markup."""
    return Content.assemble(
        *(
            (part_of(part[0], page=True), str(part[1]))
            if isinstance(part, tuple)
            else part
            if isinstance(part, Content)
            else part_of(part, page=True)
            for part in parts
        )
    )


def glyph(tone: Tone) -> str:
    """The sign of a tone; always used with a word."""
    return (_ASCII_GLYPHS if _Charset.ascii_only else _GLYPHS)[tone]


def style(tone: Tone) -> str:
    """The style of a tone."""
    return _STYLES[tone]


def state(value: ProvisioningState) -> str:
    """A provisioning state as glyph and word."""
    return f"{glyph(value.tone)} {line(value)}"


def dash() -> str:
    """The sign for an empty value."""
    return line("–")


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Cut or pad safe text, on one line, to `width` terminal cells."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + cut_mark() if width > 0 else ""
    return " " * (width - length) + text if right else text + " " * (width - length)


def shorten(text: str, width: int) -> str:
    """Cut safe text, on one line, in the middle, because names and ids differ at their ends."""
    if cell_len(text) <= width or width < _LEAST_CUT:
        return fit(text, width).rstrip() if cell_len(text) > width else text
    head, tail = ends_of(text, width)
    return head + cut_mark() + tail


def ends_of(text: str, width: int) -> tuple[str, str]:
    """The beginning and the end that stay when safe text is cut in the middle.

    Args:
        text: Safe text, on one line.
        width: Cells for both and for the mark between them.
    """
    head = head_of(text, (width - 1) // 3)
    return head, tail_of(text, width - 1 - cell_len(head))


def cut_mark() -> str:
    """The mark for cut text; one cell wide."""
    return "~" if _Charset.ascii_only else "…"


def head_of(text: str, cells: int) -> str:
    """As much of the beginning of safe text as fits into `cells`."""
    if cell_len(text) <= cells:
        return text
    head = set_cell_size(text, max(0, cells))
    # A character of two cells that is cut in half becomes a blank.
    return head if text.startswith(head) else head[:-1]


def tail_of(text: str, cells: int) -> str:
    """As much of the end of safe text as fits into `cells`."""
    if cells <= 0:
        return ""
    begin = len(text)
    while begin and (cells := cells - cell_len(text[begin - 1])) >= 0:
        begin -= 1
    # A combining mark without its letter would be drawn over the character before it.
    while begin < len(text) and cell_len(text[begin]) == 0:
        begin += 1
    return text[begin:]


def fold(text: str, width: int, indent: int = 0, *, copy_key: str = "") -> str:
    """Wrap text between any two characters, for ids.

    Args:
        text: Text whose own line breaks are kept.
        width: Cells of a line; `WHOLE` for copied text.
        indent: Spaces before every line but the first.
        copy_key: The key that copies all of it, if it may be too long to show.

    Returns:
        Safe text.
    """
    if width >= WHOLE:
        return _indented(lines(text).split("\n"), indent)
    broken: list[str] = []
    for whole in part_of(text, page=True, copy_key=copy_key).split("\n"):
        broken += chop_cells(whole, max(_LEAST_ROOM, width - indent)) or [""]
    return _indented(broken, indent)


def _indented(broken: Iterable[str], indent: int) -> str:
    return _SafeText(("\n" + " " * indent).join(broken))


def fold_code(text: str, width: int, *, copy_key: str = "") -> str:
    """Wrap code between any two characters, and its comments between words.

    Args:
        text: Code whose comments begin with `#`, on lines of their own.
        width: Cells of a line; `WHOLE` for copied text.
        copy_key: The key that copies all of it, if it may be too long to show.

    Returns:
        Safe text.
    """
    if width >= WHOLE:
        return lines(text)
    broken: list[str] = []
    for whole in part_of(text, page=True, copy_key=copy_key).split("\n"):
        code = whole.lstrip(" ")
        if not code.startswith("# "):
            broken += chop_cells(whole, max(_LEAST_ROOM, width)) or [""]
            continue
        mark = " " * (len(whole) - len(code)) + "# "
        broken += [mark + part for part in wrap(code[2:], width - len(mark)).split("\n")]
    return _SafeText("\n".join(broken))


def wrap(text: str, width: int, indent: int = 0, *, copy_key: str = "") -> str:
    """Wrap text between words, for sentences.

    Args:
        text: Text whose own line breaks are kept; a word longer than a line is broken as by `fold`.
        width: Cells of a line; `WHOLE` for copied text.
        indent: Spaces before every line but the first.
        copy_key: The key that copies all of it, if it may be too long to show.

    Returns:
        Safe text.
    """
    if width >= WHOLE:
        return _indented(lines(text).split("\n"), indent)
    broken = Content(part_of(text, copy_key=copy_key)).wrap(max(_LEAST_ROOM, width - indent))
    return _indented((part.plain for part in broken), indent)


def clock(at: datetime) -> str:
    """A time as `HH:MM:SS`, in UTC."""
    return at.strftime("%H:%M:%S")


def dated(at: datetime, now: datetime) -> str:
    """A time as `HH:MM:SS`, or with its date if that is not today, in UTC."""
    return at.strftime("%H:%M:%S" if at.date() == now.date() else "%Y-%m-%d %H:%M")


def absolute(at: datetime) -> str:
    """A full date and time, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(span: timedelta) -> str:
    """A span as `00:42`, or `1:02:03` from an hour on."""
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, roughly: `just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        return "just now"
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            number = seconds // size
            return f"{plural(number, unit) if unit == 'day' else f'{number} {unit}'} ago"
    return "just now"
