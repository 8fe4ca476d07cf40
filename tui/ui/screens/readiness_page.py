"""The readiness of an attached pool: all checks as a page, and the verdict with its reasons as a few lines."""

from collections import Counter

from rich.cells import cell_len
from textual.content import Content

from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.fixes import GRANTED, next_fix
from tui.domain.phrases import plural
from tui.domain.readiness import Readiness
from tui.domain.runtimes import NEWEST
from tui.ui.keys import key_name
from tui.ui.text import WHOLE, Parts, content, cut_mark, fit, glyph, line, shorten, style, wrap

_CHECKING = "Checking …"
_MOST_REASONS, _LEAST_CELLS = 6, 8
_SEVERE = (Verdict.PROBLEM, Verdict.WARNING)
_FIXES = {
    Remedy.GRANT: "{fix} grants Synapse Administrator to it; {message} copies a message to someone who can grant it",
    Remedy.IDENTITY: "{fix} opens the identity editor",
    Remedy.ATTACH: "{fix} opens the form to attach it again",
    Remedy.ROLES: "{fix} opens its roles, where you decide",
    Remedy.DETACH: "{fix} asks whether to detach it",
    Remedy.RUNTIME: f"{{fix}} shows the plan that upgrades the Spark pool to {NEWEST}",
    Remedy.AUTO_PAUSE: "{fix} shows the plan that turns auto-pause on",
    Remedy.STORAGE: "{fix} grants what is missing; {message} copies a message to someone who can grant it",
}


def readiness_content(readiness: Readiness | None, width: int, waiting: str = "", as_of: str = "") -> Content:
    """All checks, the most serious first, with the key for the next fix.

    Args:
        readiness: The readiness; None while it is being checked.
        width: The cells of a line.
        waiting: Why the check waits; may be empty.
        as_of: The time of the oldest fact that it rests on, if that is older than the compute; may be empty.
    """
    if readiness is None:
        return content((f"{_CHECKING}\n{waiting}", "$dim"))
    parts: Parts = []
    if as_of:
        older = f"Some of this was read at {as_of}; {key_name('detail.refresh')} reads it again."
        parts.append((f"{wrap(older, width)}\n", "$dim"))
    fixed = next_fix(readiness)
    together = GRANTED if fixed is not None and fixed.remedy in GRANTED else {fixed.remedy if fixed else None}
    for check in _by_severity(readiness):
        parts += [
            (f"{glyph(check.verdict.tone)} ", style(check.verdict.tone)),
            (f"{check.verdict.value}: " if check.verdict is Verdict.UNKNOWN else "", "$dim"),
            (f"{check.name}\n", "bold" if check.verdict is not Verdict.OK else ""),
            (f"    {wrap(check.text, width, 4)}\n", "" if check.verdict is not Verdict.OK else "$dim"),
        ]
        if check.help:
            parts.append((f"    {wrap(check.help, width, 4)}\n", "$dim"))
        if check.remedy is not None and check.remedy in together:
            parts.append((f"    {wrap(_fix(check.remedy), width, 4)}\n", "$accent"))
    return content(*parts)


def verdict_parts(readiness: Readiness | None, width: int, why_not_checked: str = "") -> Parts:
    """The verdict, a line for each reason, and the fix.

    Args:
        readiness: The readiness; None if it is not known.
        width: The cells of a line.
        why_not_checked: Why it is not known; empty while it is being checked.
    """
    if why_not_checked or readiness is None:
        return [(f"{wrap(why_not_checked or _CHECKING, width)}\n", "$dim")]
    verdict = readiness.verdict
    parts: Parts = [(f"{glyph(verdict.tone)} {_counted(readiness)}\n", f"bold {style(verdict.tone)}")]
    reasons = [check for check in _by_severity(readiness) if check.verdict is not Verdict.OK]
    shown = reasons if len(reasons) <= _MOST_REASONS or width >= WHOLE else reasons[: _MOST_REASONS - 1]
    fixed = next_fix(readiness)
    if fixed is not None and fixed not in shown:
        shown[-1] = fixed
    for check in shown:
        sign = f"  {glyph(check.verdict.tone)} "
        name = shorten(line(check.name), max(width - cell_len(sign), _LEAST_CELLS))
        room = width - cell_len(sign) - cell_len(name) - 2
        text = f"  {_first_words(line(check.text), room)}" if room >= _LEAST_CELLS else ""
        parts += [(sign, style(check.verdict.tone)), name, (f"{text}\n", "$dim")]
        if check is fixed and check.remedy is not None:
            parts.append((f"    {wrap(_fix(check.remedy), width, 4)}\n", "$accent"))
    if len(shown) < len(reasons):
        parts.append((f"    {len(reasons) - len(shown)} more are on the next page\n", "$dim"))
    return parts


def _counted(readiness: Readiness) -> str:
    """How many checks have which result: `2 problems, 1 warning`, or `ready`."""
    numbers = Counter(check.verdict for check in readiness.checks)
    counts = [plural(numbers[verdict], verdict.value) for verdict in _SEVERE if numbers[verdict]]
    if numbers[Verdict.UNKNOWN]:
        counts.append(f"{numbers[Verdict.UNKNOWN]} not checked")
    return ", ".join(counts) or "ready"


def _by_severity(readiness: Readiness) -> list[Check]:
    return sorted(readiness.checks, key=lambda check: check.verdict.rank)


def _fix(remedy: Remedy) -> str:
    return _FIXES[remedy].format(fix=key_name("detail.fix"), message=key_name("detail.message"))


def _first_words(text: str, width: int) -> str:
    """As many words of a safe line as fit, with a mark if that is not all of them."""
    if cell_len(text) <= width:
        return text
    words = wrap(text, width - 1).partition("\n")[0]
    return f"{words}{cut_mark()}" if cell_len(words) < width else fit(text, width)
