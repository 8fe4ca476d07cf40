"""The end of Azure's support for each Spark runtime: a table to keep up to date, with its date.

Sources: Microsoft's articles "Azure Synapse runtimes" and "Apache Spark in Azure Machine Learning". After the end of
support a pool of that version is still visible, but its jobs stop.
"""

from datetime import date
from typing import NamedTuple

from tui.domain.states import Tone

AS_OF = date(2026, 11, 23)

END_OF_SUPPORT: dict[str, date] = {
    "2.4": date(2023, 9, 29),
    "3.1": date(2024, 1, 26),
    "3.2": date(2024, 7, 8),
    "3.3": date(2025, 3, 31),
    "3.4": date(2026, 3, 31),
    "3.5": date(2028, 10, 31),
}

NEWEST = max(END_OF_SUPPORT, key=END_OF_SUPPORT.__getitem__)
"""The version to upgrade to."""

_SOON_DAYS = 180


class Support(NamedTuple):
    """Azure's support for a Spark runtime.

    Attributes:
        version: The runtime, such as `3.4`; empty where Azure did not report it.
        ends: The end of its support; None for a version that is not in the table.
        ended: Whether that has passed.
        ends_soon: Whether it is within half a year.
    """

    version: str
    ends: date | None
    ended: bool
    ends_soon: bool

    @property
    def tone(self) -> Tone:
        """What that means for jobs; neutral if unknown."""
        if self.ends is None:
            return Tone.NEUTRAL
        return Tone.BAD if self.ended else Tone.WARNING if self.ends_soon else Tone.GOOD


def support(version: str, today: date) -> Support:
    """Look up a runtime such as `3.4` or `3.4.1`, judged as of `today`."""
    ends = END_OF_SUPPORT.get(_release(version))
    ended = ends is not None and today > ends
    ends_soon = ends is not None and not ended and (ends - today).days <= _SOON_DAYS
    return Support(version, ends, ended, ends_soon)


class Components(NamedTuple):
    """What a Spark runtime contains, by its versions."""

    python: str
    java: str

    def __str__(self) -> str:
        return f"Python {self.python}, Java {self.java}"


_COMPONENTS = {"3.3": Components("3.10", "8"), "3.4": Components("3.10", "11"), "3.5": Components("3.11", "17")}
"""Source: Microsoft's article on each runtime."""


def components(version: str) -> Components | None:
    """What a runtime such as `3.4` or `3.4.1` contains; None for one that is not in the table."""
    return _COMPONENTS.get(_release(version))


def _release(version: str) -> str:
    return ".".join(version.split(".")[:2])
