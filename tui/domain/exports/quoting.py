"""Quoting of strings for other tools, so that no name can be read as syntax."""

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
# Some readers of Bicep take the quote after two backslashes as escaped, and a dollar after a backslash as the start of
# an expression, so both characters are written by number.
_SINGLE_QUOTED = str.maketrans({"'": "\\'", "\\": "\\u{5c}", **_BREAKS})
_NOT_PLAIN = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def yaml(value: str) -> str:
    """A YAML scalar: plain where that is unambiguous, else double-quoted."""
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return '"' + _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}") + '"'


def yaml_entry(key: str, value: str, blanks: str) -> list[str]:
    """The lines of a mapping entry, indented by `blanks`; a key of more than 1,024 characters needs a mark."""
    quoted = yaml(key)
    if len(quoted) < _LONGEST_KEY:
        return [f"{blanks}{quoted}: {yaml(value)}"]
    return [f"{blanks}? {quoted}", f"{blanks}: {yaml(value)}"]


def python(value: str) -> str:
    """A Python string; unprintable characters are escaped."""
    return repr(value)


def is_text(value: str) -> bool:
    """Whether it can be written as UTF-8: a lone surrogate, which JSON allows, cannot."""
    return _SURROGATE.search(value) is None


def shell(value: str) -> str:
    """A word of a POSIX shell.

    Unprintable characters are escaped for `printf`, so that they cannot change what a terminal shows. A word cannot
    hold NUL or a lone surrogate: U+FFFD replaces them.
    """
    if value.isprintable():
        return shlex.quote(value)
    value = _SURROGATE.sub("\ufffd", value.replace("\x00", "\ufffd"))
    text = value.rstrip("\n")
    escaped = "".join(one if one.isprintable() and one not in "\\%'" else _octal(one) for one in text)
    if escaped.startswith("-"):
        # `printf` would take it for an option.
        escaped = f"{_octal('-')}{escaped[1:]}"
    # A command substitution drops trailing line breaks.
    ending = shlex.quote("\n" * (len(value) - len(text))) if text != value else ""
    return f"\"$(printf '{escaped}')\"{ending}"


def bicep(value: str) -> str:
    r"""A Bicep string; `${` would start an expression.

    Source: Bicep's documentation of data types: escapes are `\\ \' \n \r \t \u{…} \$`. Neither Bicep nor Terraform has
    a lone surrogate: U+FFFD replaces it.
    """
    value = _SURROGATE.sub("\ufffd", value)
    text = _each_escaped(value.translate(_SINGLE_QUOTED), "\\u{{{:x}}}", "\\u{{{:x}}}")
    return "'" + text.replace("${", "\\u{24}{") + "'"


def terraform(value: str) -> str:
    r"""A Terraform string; `${` and `%{` would start a template.

    Source: Terraform's documentation of strings: escapes are `\n \r \t \" \\ \uNNNN \UNNNNNNNN $${ %%{`.
    """
    value = _SURROGATE.sub("\ufffd", value)
    text = _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}")
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'


def url_segment(text: str) -> str:
    """One segment of the path of a URL; what a `.http` file would replace is percent-encoded too."""
    return quote(text, safe=":@$&'()*+,;=~!", errors="replace")


def address(url: str) -> str:
    """An address from the settings or the cloud, without anything that could end its line or be replaced."""
    return quote(url, safe="/:@$&'()*+,;=~!?#[]%`", errors="replace")


def symbol(name: str, joint: str) -> str:
    """A name as an identifier, with `joint` for characters that an identifier cannot have."""
    words = re.sub(r"[^A-Za-z0-9]+", joint, name).strip(joint)[:_LONGEST_SYMBOL].rstrip(joint)
    return words if re.match(r"[A-Za-z]", words) else f"spark{joint}{words}".rstrip(joint)


def unique(wish: str, joint: str, taken: set[str]) -> str:
    """An unused identifier in any letter case, which is added to `taken` (in lower case).

    `joint` separates a number from the rest.
    """
    name, number = wish, 2
    while name.lower() in taken:
        name, number = f"{wish}{joint}{number}", number + 1
    taken.add(name.lower())
    return name


def comment(text: str) -> str:
    """Text for a one-line comment, without line breaks."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def named(name: str) -> str:
    """A name for a one-line comment, cut if it is long."""
    text = comment(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def _each_escaped(value: str, short: str, long: str) -> str:
    """Text with its unprintable characters escaped, quickly for the usual text that has none."""
    if value.isprintable():
        return value
    return _NOT_ASCII.sub(lambda match: _escaped(match[0], short, long), value)


@lru_cache(maxsize=4096)
def _escaped(character: str, short: str, long: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return (short if code < 0x10000 else long).format(code)
