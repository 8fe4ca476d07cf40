"""The types of the values of settings, each with its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tui.domain.phrases import suggestion
from tui.domain.resource_id import is_guid, why_no_segment
from tui.domain.text import is_shown
from tui.domain.unusable import Fault, UnusableError, quoted

T = TypeVar("T")

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
OFF = "off"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """The type of a setting's value.

    Attributes:
        text: What it must be, after "is not": for example, "true or false".
        check: Makes the value from what a TOML file contains; raises `UnusableError`, with the position of each
            fault.
        convert: Converts a word of the command line or the environment to what a TOML file would contain; raises
            ValueError. None if a word cannot express it, such as a table.
        is_flag: Whether it is true or false, so that its flag takes no value.
    """

    text: str
    check: Callable[[object], T]
    convert: Callable[[str], object] | None
    is_flag: bool = False

    def read(self, word: str) -> T:
        """The value of a word from the command line or the environment.

        Raises:
            UnusableError: If the word is not a valid value.
        """
        if self.convert is None:
            raise TypeError("a word cannot express this")
        try:
            value = self.convert(word)
        except ValueError:
            raise UnusableError(Fault(f"{quoted(word)} is not {self.text}")) from None
        return self.check(value)


def _refuse(value: object, words: str) -> UnusableError:
    return UnusableError(Fault(f"{quoted(value)} is not {words}"))


def flag() -> Kind[bool]:
    """True or false."""
    words = "true or false"

    def convert(word: str) -> object:
        if word.lower() not in _YES + _NO:
            raise ValueError
        return word.lower() in _YES

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise _refuse(value, words)
        return value

    return Kind(words, check, convert, is_flag=True)


def text(words: str = "text", fits: Callable[[str], bool] = lambda _: True) -> Kind[str]:
    """Text on one line; `words` says what it must be, and `fits` checks it."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not is_shown(value) or not fits(value):
            raise _refuse(value, words)
        return value

    return Kind(words, check, str)


def name() -> Kind[str]:
    """A name that can be part of a resource id, or empty."""
    base = text()

    def check(value: object) -> str:
        word = base.check(value)
        if word and why_no_segment(word):
            raise UnusableError(Fault(why_no_segment(word).rstrip(".")))
        return word

    return Kind(base.text, check, str)


def guid() -> Kind[str]:
    """A GUID, or empty."""
    return text("a GUID, such as 00000000-0000-0000-0000-000000000000", lambda word: not word or is_guid(word))


def choice(*words: str) -> Kind[str]:
    """One of some words."""
    return text(f"one of {', '.join(words)}", words.__contains__)


def words(*known: str) -> Kind[tuple[str, ...]]:
    """Some of several words, each once, in any order; in a word of the command line they are separated by commas."""
    text_of_it = f"a list of some of {', '.join(known)}"

    def check(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise _refuse(value, text_of_it)
        faults = []
        for number, word in enumerate(value):
            path = (str(number),)
            if word not in known:
                near = suggestion(word, known) if isinstance(word, str) else ""
                faults.append(Fault(f"{quoted(word)} is not one of {', '.join(known)}.{near}", path))
            elif word in value[:number]:
                faults.append(Fault(f"{quoted(word)} is there twice", path))
        if faults:
            raise UnusableError(*faults)
        return tuple(value)

    return Kind(text_of_it, check, lambda word: [part.strip().lower() for part in word.split(",")])


def _digits(word: str) -> int:
    """A whole number; Python alone would also accept `1_0` and the digits of every script."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", word):
        raise ValueError
    return int(word)


def whole(least: int, most: int) -> Kind[int]:
    """A whole number within limits."""
    words = f"a number from {least} to {most}, without a fraction"

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _refuse(value, words)
        return value

    return Kind(words, check, _digits)


def whole_or_off(least: int, most: int) -> Kind[int | str]:
    """A whole number within limits, or the word "off"."""
    inner = whole(least, most)
    words = f'"off" or {inner.text}'

    def check(value: object) -> int | str:
        if value == OFF or value is False:
            return OFF
        try:
            return inner.check(value)
        except UnusableError:
            raise _refuse(value, words) from None

    def convert(word: str) -> object:
        return OFF if word.lower() == OFF else _digits(word)

    return Kind(words, check, convert)


def number(least: float, most: float) -> Kind[float]:
    """A number within limits."""
    words = f"a number from {least:g} to {most:g}"

    def check(value: object) -> float:
        # Compared before it is converted, because a whole number may be too large for that; NaN fails it too.
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise _refuse(value, words)
        return float(value)

    def convert(word: str) -> object:
        value = float(word)
        if not least <= value <= most:
            raise ValueError
        return value

    return Kind(words, check, convert)


def table(words: str, check: Callable[[dict[str, Any]], T]) -> Kind[T]:
    """A table, only in a file; `check` makes its value and raises `UnusableError`, with the path of each fault."""

    def check_table(value: object) -> T:
        if not isinstance(value, dict):
            raise _refuse(value, words)
        return check(value)

    return Kind(words, check_table, None)
