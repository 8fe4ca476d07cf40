"""Reads from text how long to wait, in any unit."""

import re

from tui.domain.phrases import form_of, plural

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60,
}  # fmt: skip
_HOUR = 3600
_UNITS = {"ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_UNITS |= {"h": 3600, "hr": 3600, "hour": 3600, "d": 86_400, "day": 86_400}

_AMOUNT = (
    r"['\"`]?(?P<number>\d{1,9}(?:[.,]\d{1,9})?|an?|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|"
    r"thirty|sixty)['\"`]?\s*"
    r"(?P<unit>milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b"
)
_ONE = re.compile(_AMOUNT, re.I)
_CLOCK = re.compile(
    r"['\"`]?(?:(?P<days>\d{1,3})\.)?(?P<hours>\d{1,3}):(?P<minutes>\d{2}):(?P<seconds>\d{2})(?:\.\d+)?\b"
)
_ASKED = re.compile(
    r"\b(?:re-?try|re-?tried|retrying|try|tried|again|wait|available|resets?|resume)\b[^.;:!?]{0,60}?"
    r"\b(?:after|in|within|for|at least|every)\s+(?:about\s+|approximately\s+|at least\s+)?",
    re.I,
)
_WAIT = re.compile(r"\bwait(?:ing)?\s+(?:for\s+|about\s+|at least\s+|another\s+){0,2}", re.I)
_BARE = re.compile(r"\bretry[- ]?after['\"]?\s*[:=]\s*['\"]?(\d{1,9})\b", re.I)
_JOINED = re.compile(r"\s*(?:,|and)?\s*", re.I)


def seconds_in(text: str) -> float | None:
    """How many seconds a text asks to wait; None where it does not.

    Recorded: "Retry again after 20 seconds", "Please try again after '6' seconds", "The call can be retried in 12
    seconds". Documented: "Retry after 5 minutes".
    """
    for pattern in (_ASKED, _WAIT):
        for asked in pattern.finditer(text):
            seconds = _amount_at(text, asked.end())
            if seconds is not None:
                return seconds
    bare = _BARE.search(text)
    return float(bare[1]) if bare else None


def clock_seconds(text: str) -> float | None:
    """The seconds of `HH:MM:SS`, optionally with days before it; None for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    return _clock(match) if match else None


def words_of(seconds: float) -> str:
    """Seconds in words, also in hours where useful: `3600 seconds (1 hour)`."""
    whole = plural(round(seconds), "second")
    if seconds < _HOUR:
        return whole
    hours = f"{seconds / _HOUR:.1f}".removesuffix(".0")
    return f"{whole} ({hours} {form_of('hour', 1 if hours == '1' else 2)})"


def _amount_at(text: str, start: int) -> float | None:
    clock = _CLOCK.match(text, start)
    if clock:
        return _clock(clock)
    total: float | None = None
    while match := _ONE.match(text, start):
        number = match["number"].lower().replace(",", ".")
        amount = _NUMBERS.get(number)
        unit = match["unit"].lower()
        size = _UNITS.get(unit) or _UNITS[unit.removesuffix("s")]
        total = (total or 0.0) + (float(number) if amount is None else amount) * size
        joined = _JOINED.match(text, match.end())
        start = joined.end() if joined else match.end()
    return total


def _clock(match: re.Match[str]) -> float:
    days, hours, minutes, seconds = (int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds"))
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
