"""Whether those who run jobs hold the roles that Spark jobs need on storage accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui.domain.azure_roles import (
    BLOB_DATA_CONTRIBUTOR,
    AzureRole,
    AzureRoleAssignment,
    Holding,
    holding,
)
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.errors import Problem
from tui.domain.permissions import READ_ASSIGNMENTS, role_for
from tui.domain.phrases import enumerated
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A storage account that jobs of an attached pool use, and who may use it.

    Attributes:
        account: Its resource id.
        use: What it is used for, as part of a sentence: `the default storage of aml-prod`.
        held: The assignments of each principal that reach it, by the object id in lower case, or why they cannot be
            read.
    """

    account: ResourceId
    use: str
    held: Mapping[str, tuple[AzureRoleAssignment, ...] | Problem]


@dataclass(frozen=True, slots=True)
class UnknownAccount:
    """A storage account that jobs use and whose resource id is unknown.

    Attributes:
        use: What it is used for, as part of a sentence.
        reason: Why its id is unknown, in one sentence.
        help: What to do; may be empty.
    """

    use: str
    reason: str
    help: str = ""


StorageFacts = AccountFacts | UnknownAccount


def storage_checks(
    accounts: Iterable[StorageFacts], principals: Iterable[Principal], user: Principal | None
) -> list[Check]:
    """One check for each storage account and principal.

    Args:
        accounts: The storage accounts.
        principals: The identities that jobs run as.
        user: The signed-in user, whose own interactive sessions need the roles too; None if unknown.
    """
    identities = tuple(principals)
    checks = []
    for account in accounts:
        if isinstance(account, UnknownAccount):
            words = f"Not checked: {account.reason}"
            checks.append(Check(f"Storage: {account.use}", Verdict.UNKNOWN, words, help=account.help))
            continue
        checks += [_check(account, one, is_user=False) for one in identities]
        if user is not None:
            checks.append(_check(account, user, is_user=True))
    return checks


def _check(account: AccountFacts, principal: Principal, *, is_user: bool) -> Check:
    who = "you" if is_user else principal.name
    name = f"Storage {account.account.name} for {who}"
    held = account.held.get(principal.object_id.lower(), ())
    if isinstance(held, Problem):
        return _unread(name, account, held)
    found = holding(held)
    where = f"the storage account {account.account.name} ({account.use})"
    if not found.missing:
        holds = "You hold" if is_user else f"{principal.name} holds"
        return Check(name, Verdict.OK, f"{holds} the roles that Spark jobs need on {where}.")
    return Check(
        name,
        _verdict(found, is_user=is_user),
        _words(principal, found, where, is_user=is_user),
        short="no storage role" if BLOB_DATA_CONTRIBUTOR in found.missing else "lesser storage role",
        remedy=Remedy.STORAGE,
        principal=principal,
        account=account.account,
        roles=found.missing,
    )


def _verdict(found: Holding, *, is_user: bool) -> Verdict:
    if found.conditional or found.has_other_roles:
        return Verdict.UNKNOWN
    # A user who only manages computes needs no data, and Contributor alone was never shown to decide.
    return Verdict.WARNING if is_user or BLOB_DATA_CONTRIBUTOR not in found.missing else Verdict.PROBLEM


def _words(principal: Principal, found: Holding, where: str, *, is_user: bool) -> str:
    lacks = "You lack" if is_user else f"{principal.name} lacks"
    missing = enumerated(_names(found.missing))
    if found.conditional:
        holds = "You hold" if is_user else f"{principal.name} holds"
        return f"{holds} {enumerated(_names(found.conditional))} on {where} under a condition, which was not checked."
    if found.has_other_roles:
        other = "You have" if is_user else "It has"
        return f"{lacks} {missing} on {where}. {other} other roles there; whether they are enough was not checked."
    if BLOB_DATA_CONTRIBUTOR not in found.missing:
        return f"{lacks} {missing} on {where}, which the documentation asks for."
    jobs = "your interactive sessions" if is_user else "jobs"
    cannot = f"{jobs} cannot write data there" if found.only_reads else f"{jobs} cannot use data there"
    return f"{lacks} {missing} on {where}: {cannot}."


def _names(roles: Iterable[AzureRole]) -> list[str]:
    return [role.name for role in roles]


def _unread(name: str, account: AccountFacts, problem: Problem) -> Check:
    help_ = problem.advice
    if problem.is_denied:
        role = role_for(READ_ASSIGNMENTS)
        help_ = f"That needs {READ_ASSIGNMENTS} on {account.account.name}, which the role {role} includes."
    return Check(name, Verdict.UNKNOWN, f"Not checked. {problem.title}", help=help_)
