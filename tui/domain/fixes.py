"""The fixes for problems of an attached pool."""

from tui.domain.readiness import Check, Readiness, Remedy, Verdict
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, grant_of
from tui.domain.roles import ADMINISTRATOR, RoleScope


def next_fix(readiness: Readiness | None) -> Check | None:
    """The check to fix next: the most serious one with a remedy."""
    if readiness is None:
        return None
    for verdict in (Verdict.PROBLEM, Verdict.WARNING):
        for check in readiness.checks:
            if check.verdict is verdict and check.remedy is not None:
                return check
    return None


def strays_in(readiness: Readiness | None) -> frozenset[str]:
    """The ids of the stray role assignments."""
    return frozenset(
        check.assignment for check in (readiness.checks if readiness else ()) if check.remedy is Remedy.ROLES
    )


def missing_grants(readiness: Readiness | None, pool: ResourceId) -> tuple[Grant, ...]:
    """The missing grants of Synapse Administrator on a pool, with new ids on each call."""
    scope = RoleScope.of_pool(pool)
    return tuple(
        grant_of(ADMINISTRATOR, check.principal, scope)
        for check in (readiness.checks if readiness else ())
        if check.remedy is Remedy.GRANT and check.principal is not None
    )
