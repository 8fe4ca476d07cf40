"""Makes text from outside safe to show; every such string passes through here."""

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
"""Invisible characters: Unicode's default-ignorable ones, format controls, and the blank Braille pattern.

Showing and reading use the same list, so that no text is shown without them and kept with them.
"""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_NEWLINE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n?|[\n\u2028\u2029\x85]")

REPLACEMENT = "\ufffd"

MOST_MARKS = 10
"""The most characters without width in a row; terminals draw them all into one cell."""

_MAYBE_MARKS = re.compile(f"[^\x00-\u02ff\u3041-\u3096\u30a0-\u312f\u3190-\ua63f\uac00-\ud7a3]{{{MOST_MARKS + 1},}}")
_WIDTHLESS = ("Mn", "Me", "Mc", "Cf", "Cn")
_WIDTHLESS_LETTERS = re.compile("[\u1160-\u11ff\u3164\ud7b0-\ud7ff\uffa0\U0001f3fb-\U0001f3ff]")


def clean(text: str) -> str:
    """Make a string from outside safe for one terminal line.

    Escape sequences, other control characters and lone surrogates become U+FFFD, so that the reader sees that something
    was there; invisible and bidirectional controls are dropped; line breaks and tabs become spaces.
    """
    if not text.isprintable() or (not text.isascii() and _INVISIBLE.search(text) is not None):
        # Few characters that are replaced here count as printable in Unicode, so most strings return at once.
        text = _CONTROL.sub(REPLACEMENT, _INVISIBLE.sub("", _LINE_BREAK.sub(" ", text).replace("\t", " ")))
    return text if text.isascii() else _MAYBE_MARKS.sub(_with_few_marks, text)


def clean_lines(text: str) -> str:
    r"""Like `clean`, but keeps line breaks as `\n`; tabs become four spaces."""
    unified = _LINE_BREAK.sub("\n", text).replace("\t", "    ")
    text = _CONTROL_BUT_NEWLINE.sub(REPLACEMENT, _INVISIBLE.sub("", unified))
    return text if text.isascii() else _MAYBE_MARKS.sub(_with_few_marks, text)


def without_invisible(text: str) -> str:
    """A text without invisible characters, for reading ids, names and addresses."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def is_shown(text: str) -> bool:
    """Whether a screen shows every character of a text as it is."""
    return text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None)


def described(character: str) -> str:
    """A character in words that a sentence can show, such as `a blank` or `"é"`."""
    words = {"_": "an underscore", " ": "a blank", ".": "a dot", "/": "a slash", "\t": "a tab"}
    if character in words:
        return words[character]
    return f'"{character}"' if is_shown(character) else f"the character U+{ord(character):04X}"


def lines_of(text: str) -> list[str]:
    """The lines of a text, with any line ending."""
    return _LINE_BREAK.split(text)


def masked(text: str) -> str:
    """Like `clean`, but of the same length, for a field in which a cursor counts characters."""
    if text.isascii() and text.isprintable():
        return text
    return _MAYBE_MARKS.sub(_with_masked_marks, _CONTROL.sub(REPLACEMENT, _INVISIBLE.sub(REPLACEMENT, text)))


def text_lines(text: str) -> list[str]:
    """The lines of a text; a line break at the end does not start another line."""
    lines = _LINE_BREAK.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def cut(text: str, letters: int) -> str:
    """The first `letters` characters of a text, with a note of how many more there are."""
    return text if len(text) <= letters else f"{text[:letters]} … {len(text) - letters:,} more letters"


def beginning(text: str, lines: int, letters: int) -> tuple[str, str]:
    """The beginning of a text within limits, and what is missing, such as `129,000 more lines` (empty for nothing)."""
    begun, missing = text[:letters], 0
    end = 0
    for number, match in enumerate(_LINE_BREAK.finditer(begun), start=1):
        if number == lines:
            end = match.start()
            break
    if end:
        begun = begun[:end]
    if len(begun) == len(text):
        return text, ""
    rest = text[len(begun) :]
    missing = rest.count("\n") + rest.count("\r") - rest.count("\r\n") + rest.count("\u2028") + rest.count("\u2029")
    missing -= rest.endswith(("\n", "\r", "\u2028", "\u2029"))
    if end and not missing:
        # Only the final line break is missing.
        return text, ""
    if not missing:
        return begun, f"{len(rest):,} more letters"
    return begun, f"{missing:,} more lines" if missing > 1 else "1 more line"


def _with_few_marks(match: re.Match[str]) -> str:
    """A run of characters without width, limited to what one cell should hold."""
    counted = _marks(match[0])
    return "".join(letter if run <= MOST_MARKS else REPLACEMENT for letter, run in counted if run <= MOST_MARKS + 1)


def _with_masked_marks(match: re.Match[str]) -> str:
    """The same, with the number of characters unchanged."""
    return "".join(letter if run <= MOST_MARKS else REPLACEMENT for letter, run in _marks(match[0]))


def _marks(text: str) -> Iterator[tuple[str, int]]:
    """Each character, with the number of consecutive characters without width up to it."""
    run = 0
    for letter in text:
        is_mark = unicodedata.category(letter) in _WIDTHLESS or _WIDTHLESS_LETTERS.match(letter) is not None
        run = run + 1 if is_mark else 0
        yield letter, run
