"""The one function through which every string from outside passes before it may be shown."""

import re

_INVISIBLE = re.compile(
    "["
    "\u00ad\u061c\u180e"  # soft hyphen, Arabic letter mark, Mongolian vowel separator
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero-width characters and bidirectional controls
    "\U000e0000-\U000e007f"  # tag characters, invisible twins of ASCII
    "]"
)
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
    if text.isprintable():
        # Nothing that is replaced below is printable in Unicode's sense, so nearly every string is done here.
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
