"""The readiness of an attached pool as a page."""

from textual.content import Content

from tui.domain.checks import Remedy, Verdict
from tui.domain.fixes import GRANTED, next_fix
from tui.domain.readiness import Readiness
from tui.domain.runtimes import NEWEST
from tui.ui.keys import key_name
from tui.ui.text import Parts, content, glyph, style, wrap

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
        return content((f"Checking …\n{waiting}", "$dim"))
    parts: Parts = []
    if as_of:
        older = f"Some of this was read at {as_of}; {key_name('detail.refresh')} reads it again."
        parts.append((f"{wrap(older, width)}\n", "$dim"))
    fixed = next_fix(readiness)
    together = GRANTED if fixed is not None and fixed.remedy in GRANTED else {fixed.remedy if fixed else None}
    by_severity = sorted(readiness.checks, key=lambda check: check.verdict.rank)
    for check in by_severity:
        parts += [
            (f"{glyph(check.verdict.tone)} ", style(check.verdict.tone)),
            (f"{check.verdict.value}: " if check.verdict is Verdict.UNKNOWN else "", "$dim"),
            (f"{check.name}\n", "bold" if check.verdict is not Verdict.OK else ""),
            (f"    {wrap(check.text, width, 4)}\n", "" if check.verdict is not Verdict.OK else "$dim"),
        ]
        if check.help:
            parts.append((f"    {wrap(check.help, width, 4)}\n", "$dim"))
        if check.remedy is not None and check.remedy in together:
            keys = {"fix": key_name("detail.fix"), "message": key_name("detail.message")}
            parts.append((f"    {wrap(_FIXES[check.remedy].format(**keys), width, 4)}\n", "$accent"))
    return content(*parts)
