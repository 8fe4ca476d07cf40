"""The natural order of names in lists: `run-9` before `run-10`, in any letter case."""

import re
import unicodedata

_DIGITS = re.compile(r"\d+")
_MOST_DIGITS = 0x10FFFF


def by_name(name: str) -> tuple[str, str]:
    """A sort key for a name.

    Digits may be those of any script. Only equal texts have equal keys.
    """
    return _DIGITS.sub(_counted, name.casefold()), name


def _counted(match: re.Match[str]) -> str:
    """A number as text that sorts by its value: its length comes first."""
    digits = match[0] if match[0].isascii() else "".join(str(unicodedata.decimal(one)) for one in match[0])
    digits = digits.lstrip("0")
    return f"0{chr(min(len(digits), _MOST_DIGITS))}{digits}"
