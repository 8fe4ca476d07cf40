"""Strings in the languages of other tools, so that no name, however odd, means anything there but itself."""

import re
import shlex
from functools import lru_cache

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_BREAKS = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_DOUBLE_QUOTED = str.maketrans({'"': '\\"', **_BREAKS})
_SINGLE_QUOTED = str.maketrans({"'": "\\'", **_BREAKS})
_NOT_PLAIN = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def yaml(value: str) -> str:
    """A YAML scalar: plain where that cannot be misread, else double-quoted."""
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return '"' + _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}") + '"'


def python(value: str) -> str:
    """A Python string; characters that do not print are escaped."""
    return repr(value)


def shell(value: str) -> str:
    """A word of a POSIX shell."""
    return shlex.quote(value)


def bicep(value: str) -> str:
    r"""A Bicep string; `${` would begin an expression.

    Source: Bicep's documentation of data types: escapes are `\\ \' \n \r \t \u{…} \$`.
    """
    text = _each_escaped(value.translate(_SINGLE_QUOTED), "\\u{{{:x}}}", "\\u{{{:x}}}")
    return "'" + text.replace("${", "\\${") + "'"


def terraform(value: str) -> str:
    r"""A Terraform string; `${` and `%{` would begin a template.

    Source: Terraform's documentation of strings: escapes are `\n \r \t \" \\ \uNNNN \UNNNNNNNN $${ %%{`.
    """
    text = _each_escaped(value.translate(_DOUBLE_QUOTED), "\\u{:04x}", "\\U{:08x}")
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'


def symbol(name: str, joint: str) -> str:
    """A name that may stand where a language wants an identifier.

    Args:
        name: Any name.
        joint: What stands for characters that an identifier cannot have.
    """
    words = re.sub(r"[^A-Za-z0-9]+", joint, name).strip(joint)
    return words if re.match(r"[A-Za-z]", words) else f"spark{joint}{words}".rstrip(joint)


def comment(text: str) -> str:
    """A text for a one-line comment: nothing in it can end the line."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


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
