"""Numbers and dates from outside, within limits: nothing in an answer can raise here or be unlimited."""

import re
from datetime import UTC, datetime, timedelta, timezone

MOST_SECONDS = 1e11
"""About three thousand years, the largest duration."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_DATES = (
    # The three forms of RFC 9110, and a zone as in mail.
    re.compile(
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<day>\d\d?)[ -](?P<month>[a-z]{{3}})[ -](?P<year>\d{{4}}|\d\d)\s+{_TIME}"
        r"(?:\s+(?:gmt|utc|z|(?P<sign>[+-])(?P<east>\d\d)(?P<rest>[0-5]\d)))?",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(
        rf"[a-z]{{3}}\s+(?P<month>[a-z]{{3}})\s+(?P<day>\d\d?)\s+{_TIME}\s+(?P<year>\d{{4}})", re.IGNORECASE | re.ASCII
    ),
)


def number_of_seconds(text: str) -> float | None:
    """A number of seconds as in a header or a sentence: digits only.

    At most `MOST_SECONDS`; None for anything else.
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal():
        return None
    return min(float(digits), MOST_SECONDS)


def moment_at(seconds: object) -> datetime | None:
    """A moment in seconds since 1970, as in tokens; None if it is not valid."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def http_date(text: str) -> datetime | None:
    """A date as in HTTP headers, aware; None if it is not valid."""
    found = next((match for form in _DATES if (match := form.fullmatch(text.strip()))), None)
    if found is None or found["month"].lower() not in _MONTHS:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 70 else 2000
    try:
        offset = timedelta(hours=int(parts.get("east") or 0), minutes=int(parts.get("rest") or 0))
        zone = timezone(-offset if parts.get("sign") == "-" else offset)
        hour, minute, second = (int(parts[name]) for name in ("hour", "minute", "second"))
        month = _MONTHS.index(parts["month"].lower()) + 1
        return datetime(year, month, int(parts["day"]), hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
