"""The readiness of an attached pool as a page, and the plan or screen that mends it."""

from textual.content import Content

from tui.domain.readiness import Check, Readiness, Remedy, Verdict
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, grant_of
from tui.domain.roles import ADMINISTRATOR, RoleScope
from tui.ui.keys import key_name
from tui.ui.text import Parts, content, glyph, style, wrap

_FIXES = {
    Remedy.GRANT: "{fix} grants Synapse Administrator to it; {message} copies a message to someone who may",
    Remedy.IDENTITY: "{fix} opens the identity editor",
    Remedy.ATTACH: "{fix} opens the form to attach it again",
    Remedy.ROLES: "{fix} opens its roles, where you decide",
    Remedy.DETACH: "{fix} asks whether to detach it",
}


def readiness_content(readiness: Readiness | None, width: int, waiting: str = "") -> Content:
    """All checks, the gravest first; what mends each stands below it.

    Args:
        readiness: The verdict; None while it is not there yet.
        width: Cells of a line.
        waiting: What holds the verdict up; empty for nothing.
    """
    if readiness is None:
        return content((f"Checking …\n{waiting}", "$dim"))
    parts: Parts = []
    fixed = next_fix(readiness)
    gravest_first = sorted(readiness.checks, key=lambda check: check.verdict.rank)
    for check in gravest_first:
        parts += [
            (f"{glyph(check.verdict.tone)} ", style(check.verdict.tone)),
            (f"{check.verdict.value}: " if check.verdict is Verdict.UNKNOWN else "", "$dim"),
            (f"{check.name}\n", "bold" if check.verdict is not Verdict.OK else ""),
            (f"    {wrap(check.words, width, 4)}\n", "" if check.verdict is not Verdict.OK else "$dim"),
        ]
        if check.help:
            parts.append((f"    {wrap(check.help, width, 4)}\n", "$dim"))
        if check.remedy is not None and fixed is not None and check.remedy is fixed.remedy:
            keys = {"fix": key_name("detail.fix"), "message": key_name("detail.message")}
            parts.append((f"    {wrap(_FIXES[check.remedy].format(**keys), width, 4)}\n", "$accent"))
    return content(*parts)


def next_fix(readiness: Readiness | None) -> Check | None:
    """The check that the one key mends next: the gravest with a remedy."""
    if readiness is None:
        return None
    for verdict in (Verdict.PROBLEM, Verdict.WARNING):
        found = next((one for one in readiness.checks if one.verdict is verdict and one.remedy is not None), None)
        if found is not None:
            return found
    return None


def strays_in(readiness: Readiness | None) -> frozenset[str]:
    """The ids of the role assignments that nobody known holds, which the findings are about."""
    return frozenset(
        check.assignment for check in (readiness.checks if readiness else ()) if check.remedy is Remedy.ROLES
    )


def missing_grants(readiness: Readiness | None, pool: ResourceId) -> tuple[Grant, ...]:
    """The grants of Synapse Administrator on the pool that would mend what lacks a role."""
    scope = RoleScope.of_pool(pool)
    return tuple(
        grant_of(ADMINISTRATOR, check.principal, scope)
        for check in (readiness.checks if readiness else ())
        if check.remedy is Remedy.GRANT and check.principal is not None
    )
