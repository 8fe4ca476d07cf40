"""The one place where text for the screen is made: cleaned, with the person's own keys, and never read as markup."""

import json
from datetime import datetime, timedelta

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content

from tui.domain.states import ProvisioningState, Tone
from tui.domain.text import clean, clean_lines
from tui.ui.keys import with_keys

_LEAST_ROOM = 8
_GLYPHS = {Tone.GOOD: "●", Tone.BUSY: "◌", Tone.WARNING: "!", Tone.BAD: "✖", Tone.NEUTRAL: "–"}
_ASCII_GLYPHS = {Tone.GOOD: "*", Tone.BUSY: "~", Tone.WARNING: "!", Tone.BAD: "x", Tone.NEUTRAL: "-"}
_ASCII_TWINS = str.maketrans(
    {"●": "*", "◌": "~", "✖": "x", "–": "-", "·": "|", "×": "x", "…": "~", "›": ">", "▌": ">"}
    | {"←": "<", "→": ">", "↑": "up", "↓": "down"}
)


class _Charset:
    """Whether the terminal can show more than ASCII; decided once, when the program starts."""

    ascii_only = False


def use_ascii(ascii_only: bool) -> None:
    """Show ASCII twins of all glyphs, for terminals or locales that lack them."""
    _Charset.ascii_only = ascii_only


def is_ascii_only() -> bool:
    """Whether nothing beyond ASCII may be shown."""
    return _Charset.ascii_only


def line(value: object) -> str:
    """Any value as one safe line."""
    text = with_keys(clean(str(value)))
    return text.translate(_ASCII_TWINS) if _Charset.ascii_only else text


def lines(value: object) -> str:
    """Any value as safe text whose line breaks are kept."""
    text = with_keys(clean_lines(str(value)))
    return text.translate(_ASCII_TWINS) if _Charset.ascii_only else text


def content(*parts: object | tuple[object, str]) -> Content:
    """Styled text for a widget.

    Args:
        parts: Values, or pairs of a value and a style; none is ever read as markup.
    """
    return Content.assemble(
        *((lines(part[0]), str(part[1])) if isinstance(part, tuple) else lines(part) for part in parts)
    )


def glyph(tone: Tone) -> str:
    """The sign of a tone, which always stands beside a word."""
    return (_ASCII_GLYPHS if _Charset.ascii_only else _GLYPHS)[tone]


def state(value: ProvisioningState) -> str:
    """A provisioning state as glyph and word."""
    return f"{glyph(value.tone)} {line(value)}"


def dash() -> str:
    """What stands where there is nothing to say."""
    return line("–")


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Cut or pad safe text to a number of terminal cells.

    Args:
        text: Safe text, on one line.
        width: Cells.
        right: Whether to align it right.
    """
    length = cell_len(text)
    if length > width:
        mark = "~" if _Charset.ascii_only else "…"
        return set_cell_size(text, width - 1) + mark if width > 0 else ""
    return " " * (width - length) + text if right else text + " " * (width - length)


def shorten(text: str, width: int) -> str:
    """Cut safe text in its middle, where ids say the least."""
    if cell_len(text) <= width or width < 5:
        return fit(text, width).rstrip() if cell_len(text) > width else text
    mark = "~" if _Charset.ascii_only else "…"
    head = (width - 1) // 3
    return set_cell_size(text, head) + mark + text[-(width - 1 - head) :]


def fold(text: str, width: int, indent: int = 0) -> str:
    """Break text into lines of a number of cells, between any two characters, as ids need it.

    Args:
        text: Text whose own line breaks are kept.
        width: Cells of a line.
        indent: Blanks before every line but the first.

    Returns:
        Safe text.
    """
    broken: list[str] = []
    for whole in lines(text).split("\n"):
        broken += chop_cells(whole, max(_LEAST_ROOM, width - indent)) or [""]
    return ("\n" + " " * indent).join(broken)


def fold_code(text: str, width: int) -> str:
    """Break code into lines of a number of cells, its comments between words.

    Args:
        text: Code whose comments begin with `#`, in lines of their own.
        width: Cells of a line.

    Returns:
        Safe text.
    """
    broken: list[str] = []
    for whole in lines(text).split("\n"):
        code = whole.lstrip(" ")
        if not code.startswith("# "):
            broken.append(fold(whole, width))
            continue
        mark = " " * (len(whole) - len(code)) + "# "
        broken += [mark + part for part in wrap(code[2:], width - len(mark)).split("\n")]
    return "\n".join(broken)


def json_word(value: object) -> str:
    """A value of a document: text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def wrap(text: str, width: int, indent: int = 0) -> str:
    """Break text into lines of a number of cells, between words, as sentences need it.

    Args:
        text: Text whose own line breaks are kept; a word longer than a line is broken as by `fold`.
        width: Cells of a line.
        indent: Blanks before every line but the first.

    Returns:
        Safe text.
    """
    broken = Content(lines(text)).wrap(max(_LEAST_ROOM, width - indent))
    return ("\n" + " " * indent).join(part.plain for part in broken)


def clock(at: datetime) -> str:
    """A moment as time of day, in UTC."""
    return at.strftime("%H:%M:%S")


def dated(at: datetime, now: datetime) -> str:
    """A moment as time of day, with its date where that is not today's, in UTC."""
    return at.strftime("%H:%M:%S" if at.date() == now.date() else "%Y-%m-%d %H:%M")


def absolute(at: datetime) -> str:
    """A moment in full."""
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
            plural = "s" if unit == "day" and number != 1 else ""
            return f"{number} {unit}{plural} ago"
    return "just now"


def plural(number: int, word: str) -> str:
    """A number with its word: `1 compute`, `2 computes`."""
    if number == 1:
        return f"1 {word}"
    return f"{number} {word[:-1]}ies" if word.endswith("ty") else f"{number} {word}s"
