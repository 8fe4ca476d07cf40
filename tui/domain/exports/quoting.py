"""Strings in the languages of other tools, so that no name, however odd, means anything there but itself."""

import re
import shlex
from functools import lru_cache
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_SYMBOL = 60
_LONGEST_NAME = 80
_LONGEST_KEY = 1000
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_BREAKS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_DOUBLE_QUOTED = str.maketrans({'"': '\\"', "\\": "\\\\", **_BREAKS})
# Some readers of Bicep take the quote behind two backslashes for an escaped one, and a dollar behind a backslash for
# the begin of an expression: both characters are written by their numbers.
_SINGLE_QUOTED = str.maketrans({"'": "\\'", "\\": "\\u{5c}", **_BREAKS})
_NOT_PLAIN = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def yaml(value: str) -> str:
    """A YAML scalar: plain where that cannot be misread, else double-quoted."""
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return '"' + _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}") + '"'


def yaml_entry(key: str, value: str, blanks: str) -> list[str]:
    """The lines of an entry of a mapping: a key of more than 1,024 characters must be marked as one.

    Args:
        key: The key.
        value: The value.
        blanks: What stands in front of each line.
    """
    quoted = yaml(key)
    if len(quoted) < _LONGEST_KEY:
        return [f"{blanks}{quoted}: {yaml(value)}"]
    return [f"{blanks}? {quoted}", f"{blanks}: {yaml(value)}"]


def python(value: str) -> str:
    """A Python string; characters that do not print are escaped."""
    return repr(value)


def is_text(value: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair, which JSON allows, cannot."""
    return _SURROGATE.search(value) is None


def shell(value: str) -> str:
    """A word of a POSIX shell.

    Characters that do not print are escaped for `printf`, so that they cannot change what a terminal shows. A word
    cannot hold NUL or a lone surrogate: U+FFFD stands for them.
    """
    if value.isprintable():
        return shlex.quote(value)
    value = _SURROGATE.sub("\ufffd", value.replace("\x00", "\ufffd"))
    text = value.rstrip("\n")
    escaped = "".join(one if one.isprintable() and one not in "\\%'" else _octal(one) for one in text)
    if escaped.startswith("-"):
        # `printf` would take it for an option.
        escaped = f"{_octal('-')}{escaped[1:]}"
    # A command substitution drops the line breaks at its end.
    ending = shlex.quote("\n" * (len(value) - len(text))) if text != value else ""
    return f"\"$(printf '{escaped}')\"{ending}"


def bicep(value: str) -> str:
    r"""A Bicep string; `${` would begin an expression.

    Source: Bicep's documentation of data types: escapes are `\\ \' \n \r \t \u{…} \$`. Neither Bicep nor
    Terraform has a lone surrogate: U+FFFD stands for it.
    """
    value = _SURROGATE.sub("\ufffd", value)
    text = _each_escaped(value.translate(_SINGLE_QUOTED), "\\u{{{:x}}}", "\\u{{{:x}}}")
    return "'" + text.replace("${", "\\u{24}{") + "'"


def terraform(value: str) -> str:
    r"""A Terraform string; `${` and `%{` would begin a template.

    Source: Terraform's documentation of strings: escapes are `\n \r \t \" \\ \uNNNN \UNNNNNNNN $${ %%{`.
    """
    value = _SURROGATE.sub("\ufffd", value)
    text = _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}")
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'


def url_segment(text: str) -> str:
    """One segment of the path of a URL; what a `.http` file would replace is percent-encoded too."""
    return quote(text, safe=":@$&'()*+,;=~!", errors="replace")


def address(url: str) -> str:
    """An address that the settings or the cloud gave, without anything that could end its line or be replaced."""
    return quote(url, safe="/:@$&'()*+,;=~!?#[]%`", errors="replace")


def symbol(name: str, joint: str) -> str:
    """A name that may stand where a language wants an identifier.

    Args:
        name: Any name.
        joint: What stands for characters that an identifier cannot have.
    """
    words = re.sub(r"[^A-Za-z0-9]+", joint, name).strip(joint)[:_LONGEST_SYMBOL].rstrip(joint)
    return words if re.match(r"[A-Za-z]", words) else f"spark{joint}{words}".rstrip(joint)


def unique(wish: str, joint: str, taken: set[str]) -> str:
    """A symbol that is not taken yet, in any letter case; it is taken from then on.

    Args:
        wish: The symbol that is wanted.
        joint: What stands before a number behind it.
        taken: The symbols that are taken, in lower case.
    """
    name, number = wish, 2
    while name.lower() in taken:
        name, number = f"{wish}{joint}{number}", number + 1
    taken.add(name.lower())
    return name


def comment(text: str) -> str:
    """A text for a one-line comment: nothing in it can end the line."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def named(name: str) -> str:
    """A name for a one-line comment, cut where it is long."""
    text = comment(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def _each_escaped(value: str, short: str, long: str) -> str:
    """A text whose characters that do not print are escaped; of long texts most need nothing."""
    if value.isprintable():
        return value
    return _NOT_ASCII.sub(lambda found: _escaped(found[0], short, long), value)


@lru_cache(maxsize=4096)
def _escaped(character: str, short: str, long: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return (short if code < 0x10000 else long).format(code)
