"""The doctor's findings and their format: plain text, lightly styled in a terminal."""

from __future__ import annotations

import logging
import os
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from tui.domain.redaction import redacted, secrets_of
from tui.domain.text import clean, cut
from tui.printing import put_line
from tui.ui.keys import with_keys

_log = logging.getLogger(__name__)

_VERDICT_CELLS, _SUBJECT_CELLS = 9, 20
_MOST_LETTERS = 2_000
"""The longest finding: more would not be read on a page, and the log has it."""
_WIDTH = 110


class Verdict(Enum):
    """The result of a check; each value is its word on the page."""

    OK = "ok"
    NOTE = "-"
    WARNING = "warning"
    UNCHECKED = "unknown"
    FAILED = "FAILED"


_STYLES = {
    Verdict.OK: "32",
    Verdict.NOTE: "2",
    Verdict.WARNING: "33",
    Verdict.UNCHECKED: "1;33",
    Verdict.FAILED: "1;31",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        verdict: The result. `FAILED` and `UNCHECKED` are only for what is needed; other problems are warnings.
        subject: What was checked.
        text: The finding, in a sentence or less.
    """

    verdict: Verdict
    subject: str
    text: str


def checked(
    subject: str, check: Callable[[], Iterable[Finding]], verdict: Verdict = Verdict.WARNING
) -> Iterator[Finding]:
    """The findings of a check; one that fails unexpectedly becomes a finding itself.

    `verdict` is the result in that case: `UNCHECKED` for what is needed.
    """
    with contained(subject, verdict) as failures:
        yield from check()
    yield from failures


@contextmanager
def contained(subject: str, verdict: Verdict = Verdict.UNCHECKED) -> Iterator[list[Finding]]:
    """Turn an unexpected failure inside into a finding, so that it ends nothing else.

    Yields:
        A list that is empty until then, and has the finding afterwards.
    """
    failures: list[Finding] = []
    try:
        yield failures
    except Exception as error:  # noqa: BLE001 - the boundary of this package: a check may ask anything of the machine
        _log.error("the check of %s failed", subject, exc_info=error)
        first = next(iter(str(error).splitlines()), "")
        words = f"could not be checked: {type(error).__name__}{': ' if first else ''}{first}"
        failures.append(Finding(verdict, subject, words))


class Page:
    """The page, written section by section during the checks."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        is_terminal = stream.isatty()
        self._is_styled = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._width = min(shutil.get_terminal_size().columns, _WIDTH) if is_terminal else _WIDTH
        self._known = secrets_of(os.environ)
        self._failed: list[str] = []
        self._unchecked: list[str] = []

    def section(self, title: str, findings: Iterable[Finding]) -> None:
        """Write a section."""
        self._write(self._styled(title, "1"))
        for finding in findings:
            if finding.verdict is Verdict.FAILED:
                self._failed.append(finding.subject)
            elif finding.verdict is Verdict.UNCHECKED:
                self._unchecked.append(finding.subject)
            head = f"  {finding.verdict.value:<{_VERDICT_CELLS}}{clean(finding.subject):<{_SUBJECT_CELLS}} "
            # What other programs say about a failure may contain anything.
            words = redacted(with_keys(clean(cut(finding.text, _MOST_LETTERS))), self._known)
            room = max(24, self._width - len(head))
            first, *more = textwrap.wrap(words, room, break_on_hyphens=False, break_long_words=False) or [""]
            self._write(f"{self._styled(head, _STYLES[finding.verdict])}{first}")
            for line in more:
                self._write(f"{'':<{len(head)}}{line}")
        self._write("")

    def end(self) -> int:
        """Write the conclusion; returns the exit status: 0 if everything needed works, else 1."""
        if self._failed:
            self._write(self._styled(f"Needed, but not working: {', '.join(dict.fromkeys(self._failed))}.", "1;31"))
        if self._unchecked:
            self._write(self._styled(f"Needed, but not checked: {', '.join(dict.fromkeys(self._unchecked))}.", "1;33"))
        if self._failed or self._unchecked:
            return 1
        self._write(self._styled("Everything needed works.", "1;32"))
        return 0

    def say(self, text: str) -> None:
        """Show the user what to do, immediately."""
        self._write(self._styled(f"  {redacted(with_keys(clean(text)), self._known)}", "1"))

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._is_styled else text

    def _write(self, text: str) -> None:
        put_line(self._stream, text)
        self._stream.flush()
