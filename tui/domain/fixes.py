"""The fixes for problems of an attached pool."""

from tui.domain.pool_change import PoolEdit
from tui.domain.pool_creation import DEFAULTS
from tui.domain.readiness import Check, Readiness, Remedy, Verdict
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, grant_of
from tui.domain.roles import ADMINISTRATOR, RoleScope
from tui.domain.runtimes import NEWEST

POOL_FIXES = {Remedy.RUNTIME: PoolEdit(version=NEWEST), Remedy.AUTO_PAUSE: PoolEdit(auto_pause=DEFAULTS.auto_pause)}
"""The change of the Spark pool that fixes a check."""


def next_fix(readiness: Readiness | None) -> Check | None:
    """The check to fix next: the most serious one with a remedy.

    Among equally serious ones, a change of the Spark pool comes last, because it concerns everyone who uses the pool.
    """
    if readiness is None:
        return None
    fixable = [
        check
        for check in readiness.checks
        if check.remedy is not None and check.verdict in (Verdict.PROBLEM, Verdict.WARNING)
    ]
    return min(fixable, key=lambda check: (check.verdict.rank, check.remedy in POOL_FIXES), default=None)


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
