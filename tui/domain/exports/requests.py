"""Messages that ask someone with the right roles for what makes attached pools ready."""

from collections.abc import Mapping, Sequence

from tui.domain.azure_grants import AzureGrant
from tui.domain.azure_roles import GRANTERS
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.compute import Compute
from tui.domain.exports.az import role_command
from tui.domain.exports.azure_role_az import azure_role_command
from tui.domain.exports.quoting import comment
from tui.domain.fixes import POOL_FIXES, missing_azure_grants, missing_grants
from tui.domain.phrases import enumerated
from tui.domain.readiness import Readiness
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant
from tui.domain.runtimes import NEWEST

_POOL_CHANGES = {Remedy.RUNTIME: f"upgrade it to Spark {NEWEST}", Remedy.AUTO_PAUSE: "turn its auto-pause on"}


def ask_for_grants(grants: tuple[Grant, ...]) -> str:
    """A message that says what to grant, to whom, where, and how; at least one grant."""
    workspace = comment(grants[0].scope.workspace)
    lines = ["Please grant, so that Azure ML jobs can run on this Spark pool:"]
    lines += [
        f"- {comment(grant.text)} to {comment(grant.principal.name)} (object id {comment(grant.principal.object_id)})"
        for grant in grants
    ]
    lines += [
        "",
        f"You need to be Synapse Administrator of {workspace}; Azure roles such as Owner do not include that.",
        "In Synapse Studio: Manage, Access control, Add, Workspace item, Apache Spark pool. Or run:",
        "",
        *(role_command(grant) for grant in grants),
    ]
    return "\n".join(lines)


def ask_for_fixes(compute: Compute, readiness: Readiness | None) -> str:
    """A message about everything that others can do to make an attached pool ready; empty if there is nothing."""
    pool = compute.attached_to
    if pool is None or readiness is None:
        return ""
    grants = missing_grants(readiness, pool)
    parts = (
        ask_for_grants(grants) if grants else "",
        _ask_for_azure_roles(missing_azure_grants(readiness)),
        _ask_for_pool_changes(pool, readiness.checks),
        _ask_for_others(pool, readiness.checks),
    )
    return "\n".join(part for part in parts if part)


def _ask_for_azure_roles(missing: Mapping[ResourceId, Sequence[AzureGrant]]) -> str:
    if not missing:
        return ""
    lines = ["Please grant, so that Azure ML jobs can use their storage:"]
    lines += [
        f"- {grant.role.name} on the storage account {comment(account.name)} to {comment(grant.principal.name)} "
        f"(object id {comment(grant.principal.object_id)})"
        for account, grants in missing.items()
        for grant in grants
    ]
    lines += [
        "",
        f"You need to be {enumerated(GRANTERS, 'or')} of the storage account.",
        "In the Azure portal: the storage account, Access control (IAM), Add role assignment. Or run:",
        "",
        *(azure_role_command(grant, account) for account, grants in missing.items() for grant in grants),
    ]
    return "\n".join(lines)


def _ask_for_pool_changes(pool: ResourceId, checks: Sequence[Check]) -> str:
    wanted = [_POOL_CHANGES[check.remedy] for check in _open(checks) if check.remedy in POOL_FIXES]
    if not wanted:
        return ""
    name = f"{comment(pool.parent.name)}/{comment(pool.name)}"
    return (
        f"Please change the Spark pool {name}: {enumerated(wanted)}.\n\n"
        f"You need to be Contributor of the Synapse workspace {comment(pool.parent.name)}.\n"
        "In Synapse Studio: Manage, Apache Spark pools.\n"
    )


def _ask_for_others(pool: ResourceId, checks: Sequence[Check]) -> str:
    """What nothing in the program fixes, with who can fix it."""
    lines = [f"- {comment(check.text)} {comment(check.help)}" for check in _open(checks) if check.needs_others]
    if not lines:
        return ""
    name = f"{comment(pool.parent.name)}/{comment(pool.name)}"
    return "\n".join((f"Please look at what keeps Azure ML jobs from the Spark pool {name}:", *lines, ""))


def _open(checks: Sequence[Check]) -> list[Check]:
    return [check for check in checks if check.verdict in (Verdict.PROBLEM, Verdict.WARNING)]
