"""The fixes for problems of an attached pool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.domain.azure_grants import AzureGrant, AzureGrants, azure_grants
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.compute import Compute
from tui.domain.phrases import enumerated
from tui.domain.pool_change import PoolEdit
from tui.domain.pool_creation import DEFAULTS
from tui.domain.readiness import Readiness
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


def missing_azure_grants(readiness: Readiness | None) -> dict[ResourceId, tuple[AzureGrant, ...]]:
    """The missing grants of Azure roles on each storage account, by its id, with new ids on each call."""
    grants: dict[ResourceId, tuple[AzureGrant, ...]] = {}
    for check in readiness.checks if readiness else ():
        if check.remedy is Remedy.STORAGE and check.principal is not None and check.account is not None:
            more = azure_grants(check.roles, check.principal)
            grants[check.account] = (*grants.get(check.account, ()), *more)
    return grants


GRANTED = frozenset({Remedy.GRANT, Remedy.STORAGE})
"""The remedies that grant roles; one plan has both kinds."""
PLANNED = frozenset({*GRANTED, *POOL_FIXES})
"""The remedies that need no answer, only a plan."""
_TOGETHER = frozenset({Remedy.IDENTITY, Remedy.DETACH})
"""The remedies whose form or question takes several attached pools."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What fixes an attached pool next.

    Attributes:
        compute: The attached pool.
        pool: Its Spark pool.
        readiness: Its readiness.
        remedy: What to do.
    """

    compute: Compute
    pool: ResourceId
    readiness: Readiness
    remedy: Remedy


def fix_of(compute: Compute, readiness: Readiness | None) -> Fix | None:
    """What fixes a compute next; None if nothing does from here."""
    check, pool = next_fix(readiness), compute.attached_to
    if readiness is None or check is None or check.remedy is None or pool is None:
        return None
    return Fix(compute, pool, readiness, check.remedy)


def together(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """The fixes that can be made at once, out of one or more.

    Those that need only a plan come first. A role and the Spark pool that it is on are not changed at once, because
    each is a write of that Spark pool.
    """
    planned = [one for one in fixes if one.remedy in PLANNED]
    granted = {one.pool for one in planned if one.remedy in GRANTED}
    if planned:
        return tuple(one for one in planned if one.remedy in GRANTED or one.pool not in granted)
    first = fixes[0]
    return tuple(one for one in fixes if one.remedy is first.remedy) if first.remedy in _TOGETHER else (first,)


def pool_edits(fixes: Iterable[Fix]) -> dict[ResourceId, PoolEdit]:
    """The change of each Spark pool that fixes make, by its id; several of one Spark pool are one change."""
    edits: dict[ResourceId, PoolEdit] = {}
    for one in fixes:
        if one.remedy in POOL_FIXES:
            fixed, before = POOL_FIXES[one.remedy], edits.get(one.pool, PoolEdit())
            edits[one.pool] = replace(
                before,
                version=fixed.version or before.version,
                auto_pause=fixed.auto_pause or before.auto_pause,
            )
    return edits


def pool_grants(fixes: Iterable[Fix]) -> dict[ResourceId, tuple[Grant, ...]]:
    """The missing grants on each Spark pool, by its id; a principal that several computes run as is granted once."""
    grants: dict[ResourceId, dict[str, Grant]] = {}
    for one in fixes:
        if one.remedy in GRANTED:
            held = grants.setdefault(one.pool, {})
            for grant in missing_grants(one.readiness, one.pool):
                held.setdefault(grant.principal.object_id.lower(), grant)
    return {pool: tuple(held.values()) for pool, held in grants.items() if held}


def storage_grants(fixes: Iterable[Fix]) -> tuple[AzureGrants, ...]:
    """The missing Azure roles on each storage account; a principal that several computes run as is granted once."""
    grants: dict[ResourceId, dict[tuple[str, str], AzureGrant]] = {}
    computes: dict[ResourceId, set[ResourceId | None]] = {}
    for one in fixes:
        for account, missing in missing_azure_grants(one.readiness).items() if one.remedy in GRANTED else ():
            for grant in missing:
                grants.setdefault(account, {}).setdefault((grant.principal.object_id.lower(), grant.role.id), grant)
            computes.setdefault(account, set()).add(one.compute.id)
    return tuple(
        AzureGrants(account, tuple(held.values()), _only(computes[account])) for account, held in grants.items()
    )


def _only(found: set[ResourceId | None]) -> ResourceId | None:
    """The one item of a set; None if it has more."""
    return next(iter(found)) if len(found) == 1 else None


def left_words(left: Sequence[str], unneeded: Sequence[str]) -> str:
    """Which attached pools a fix leaves out, in up to two sentences.

    Args:
        left: The names of those that need another step.
        unneeded: The names of those with nothing to fix.
    """
    sentences = []
    if left:
        needs = "needs" if len(left) == 1 else "need"
        sentences.append(f"{enumerated(left)} {needs} another step and {'is' if len(left) == 1 else 'are'} left out.")
    if unneeded:
        sentences.append(f"There is nothing to fix from here on {enumerated(unneeded)}.")
    return " ".join(sentences)
