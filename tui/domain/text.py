"""The one function through which every string from outside passes before it may be shown."""

import re

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
    if text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None):
        # Of what is replaced below only some invisible characters are printable in Unicode's sense, so nearly
        # every string is done here.
        return text
    return _CONTROL.sub(REPLACEMENT, _INVISIBLE.sub("", _LINE_BREAK.sub(" ", text).replace("\t", " ")))


def clean_lines(text: str) -> str:
    r"""Like `clean`, for text whose line breaks are to be kept.

    Args:
        text: Any string.

    Returns:
        The string with `\n` as its only control character; tabs become four spaces.
    """
    unified = _LINE_BREAK.sub("\n", text).replace("\t", "    ")
    return _CONTROL_BUT_NEWLINE.sub(REPLACEMENT, _INVISIBLE.sub("", unified))


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
