"""The one function through which every string from outside passes before it may be shown."""

import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u180b-\u180f"  # soft hyphen, joiners and separators without a width
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero-width characters and bidirectional controls
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # fillers, and letters without a shape
    "\ufe00-\ufe0f\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # variation selectors and format controls
    "\U000e0000-\U000e0fff"  # tag characters, invisible twins of ASCII, and more variation selectors
    "]"
)
"""What no terminal shows: Unicode's default-ignorable characters, format controls, and the blank Braille pattern.

The one list for showing and for reading, so that nothing is shown without them and kept with them.
"""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_NEWLINE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n?|[\n\u2028\u2029\x85]")

REPLACEMENT = "\ufffd"

MOST_MARKS = 10
"""Characters without a width of their own that may follow each other: terminals draw them all into one cell."""

_MAYBE_MARKS = re.compile(f"[^\x00-\u02ff\u3041-\u3096\u30a0-\u312f\u3190-\ua63f\uac00-\ud7a3]{{{MOST_MARKS + 1},}}")
_WIDTHLESS = ("Mn", "Me", "Mc", "Cf", "Cn")
_WIDTHLESS_LETTERS = re.compile("[\u1160-\u11ff\u3164\ud7b0-\ud7ff\uffa0\U0001f3fb-\U0001f3ff]")


def clean(text: str) -> str:
    """Make a string from outside safe to put on one terminal line.

    Escape sequences, other control characters and lone surrogates become U+FFFD, so that the reader
    sees that something was there; invisible and bidirectional controls are dropped; line breaks and
    tabs become spaces.

    Args:
        text: Any string, in particular one that Azure sent or a user pasted.

    Returns:
        The string on one line, without anything that a terminal would obey.
    """
    if not text.isprintable() or (not text.isascii() and _INVISIBLE.search(text) is not None):
        # Of what is replaced here only some invisible characters are printable in Unicode's sense, so nearly every
        # string is spared this.
        text = _CONTROL.sub(REPLACEMENT, _INVISIBLE.sub("", _LINE_BREAK.sub(" ", text).replace("\t", " ")))
    return text if text.isascii() else _MAYBE_MARKS.sub(_with_few_marks, text)


def clean_lines(text: str) -> str:
    r"""Like `clean`, for text whose line breaks are to be kept.

    Args:
        text: Any string.

    Returns:
        The string with `\n` as its only control character; tabs become four spaces.
    """
    unified = _LINE_BREAK.sub("\n", text).replace("\t", "    ")
    text = _CONTROL_BUT_NEWLINE.sub(REPLACEMENT, _INVISIBLE.sub("", unified))
    return text if text.isascii() else _MAYBE_MARKS.sub(_with_few_marks, text)


def without_invisible(text: str) -> str:
    """A text without the characters that no screen shows, for reading ids, names and addresses.

    Args:
        text: What was typed, pasted or read from a file.
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def is_shown(text: str) -> bool:
    """Whether every character of a text is one that a screen shows as it is."""
    return text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None)


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever ends them."""
    return _LINE_BREAK.split(text)


def masked(text: str) -> str:
    """Like `clean`, but letter for letter, for a field in which a cursor counts them.

    Args:
        text: Any string.

    Returns:
        A string of the same length, in which U+FFFD stands for every character that cannot be shown.
    """
    if text.isascii() and text.isprintable():
        return text
    return _MAYBE_MARKS.sub(_with_masked_marks, _CONTROL.sub(REPLACEMENT, _INVISIBLE.sub(REPLACEMENT, text)))


def text_lines(text: str) -> list[str]:
    """The lines of a text, by whatever its breaks are; a break at its end ends the last line."""
    lines = _LINE_BREAK.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def cut(text: str, letters: int) -> str:
    """A text of at most some letters, with a note of how many more there are.

    Args:
        text: Any string.
        letters: The most that are kept.
    """
    return text if len(text) <= letters else f"{text[:letters]} … {len(text) - letters:,} more letters"


def beginning(text: str, lines: int, letters: int) -> tuple[str, str]:
    """The part of a text that there is room for, and how much more there is.

    Args:
        text: Any string.
        lines: The most lines that are kept.
        letters: The most letters that are kept.

    Returns:
        The text, or its beginning; and what is missing, as `129,000 more lines`, empty where nothing is.
    """
    begun, left = text[:letters], 0
    end = 0
    for number, found in enumerate(_LINE_BREAK.finditer(begun), start=1):
        if number == lines:
            end = found.start()
            break
    if end:
        begun = begun[:end]
    if len(begun) == len(text):
        return text, ""
    rest = text[len(begun) :]
    left = rest.count("\n") + rest.count("\r") - rest.count("\r\n") + rest.count("\u2028") + rest.count("\u2029")
    left -= rest.endswith(("\n", "\r", "\u2028", "\u2029"))
    if end and not left:
        # Only the break at the end of the last line is missing.
        return text, ""
    if not left:
        return begun, f"{len(rest):,} more letters"
    return begun, f"{left:,} more lines" if left > 1 else "1 more line"


def _with_few_marks(found: re.Match[str]) -> str:
    """What may be a run of characters without width, with no more of them than a cell should hold."""
    counted = _marks(found[0])
    return "".join(letter if run <= MOST_MARKS else REPLACEMENT for letter, run in counted if run <= MOST_MARKS + 1)


def _with_masked_marks(found: re.Match[str]) -> str:
    """The same, with as many characters as there were."""
    return "".join(letter if run <= MOST_MARKS else REPLACEMENT for letter, run in _marks(found[0]))


def _marks(text: str) -> Iterator[tuple[str, int]]:
    """Each character, and how many without width have followed each other up to it."""
    run = 0
    for letter in text:
        is_mark = unicodedata.category(letter) in _WIDTHLESS or _WIDTHLESS_LETTERS.match(letter) is not None
        run = run + 1 if is_mark else 0
        yield letter, run
