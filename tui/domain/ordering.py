"""The order of names in every list: as people count, `run-9` before `run-10`, in any letter case."""

import re
import unicodedata

_DIGITS = re.compile(r"\d+")
_MOST_DIGITS = 0x10FFFF


def by_name(name: str) -> tuple[str, str]:
    """The place of a name among others, for `sort` and `sorted`.

    Args:
        name: Any text, from Azure or a user; its digits may be those of any script, and of any number.

    Returns:
        A value that compares with that of every other text; only that of the same text is equal.
    """
    return _DIGITS.sub(_counted, name.casefold()), name


def _counted(found: re.Match[str]) -> str:
    """A number as text that compares as the number does: the length goes first, where a digit stood."""
    digits = found[0] if found[0].isascii() else "".join(str(unicodedata.decimal(one)) for one in found[0])
    digits = digits.lstrip("0")
    return f"0{chr(min(len(digits), _MOST_DIGITS))}{digits}"
