"""Grant Azure roles on a resource, and wait until Azure shows them."""

from collections.abc import Iterable
from dataclasses import replace

from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import EFFECT_MINUTES, GRANTERS, AzureRoleAssignment
from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem, ProblemKind
from tui.domain.mentions import Mention
from tui.domain.phrases import enumerated
from tui.domain.ports import Azure
from tui.domain.states import Tone
from tui.operations.listings import read_all
from tui.operations.principal_check import check_principals
from tui.operations.resume_point import GRANTING
from tui.operations.run import OperationFailed, Run
from tui.operations.waits import Waits, for_principal

SHOWN_SECONDS = 120.0
"""How long Azure may need to list a new assignment."""
_LOST_SENDS = 3
_UNKNOWN_PRINCIPAL = "PrincipalNotFound"
_EFFECT = f"Azure can need {EFFECT_MINUTES} minutes to apply it"


async def grant_azure_roles(run: Run, request: AzureGrants) -> None:
    """Grant the roles in order; from the start or from where an earlier program stopped.

    Raises:
        OperationFailed: If a grant fails, with those that are left.
    """
    await run.start(None, {"grants": [grant.document(request.id) for grant in request.grants]})
    left, is_sent = request, False
    try:
        if run.is_resumed:
            with run.step("grant"):
                await run.progress("reading back", "some of it may already be done, so the roles are read first")
            left = await _undone(run.azure, request)
        await check_principals(run.azure, tuple(grant.principal for grant in left.grants))
        for grant in left.grants:
            is_sent = True
            with run.step("grant"):
                await _grant(run, request, grant)
            left, is_sent = replace(left, grants=left.grants[1:]), False
    except Problem as problem:
        problem.outcome_unknown = False
        if is_sent and not problem.had_no_effect:
            with run.step("grant"):
                await run.progress("reading back", problem.title)
            seen = await _seen(run.azure, left)
            left, problem.outcome_unknown = seen or left, seen is None
        if left.grants:
            raise OperationFailed(_explained(problem, request, left), rest=left) from problem
    with run.step("verify"):
        for grant in request.grants:
            await _wait_until_shown(run, request, grant)


async def _undone(azure: Azure, request: AzureGrants) -> AzureGrants:
    """The part of a request that is not done; all of it where the roles cannot be read, because repeating is safe."""
    try:
        return await _not_shown(azure, request)
    except Problem as problem:
        if not problem.is_denied:
            raise
        return request


async def _seen(azure: Azure, request: AzureGrants) -> AzureGrants | None:
    """The part of a request that is not done; None where the roles cannot be read."""
    try:
        return await _not_shown(azure, request)
    except Problem:
        return None


async def _not_shown(azure: Azure, request: AzureGrants) -> AzureGrants:
    """The part of a request that Azure does not show.

    Raises:
        Problem: If the roles cannot be read.
    """
    shown, _ = await read_all(azure.azure_role_assignments(AzureScope.of(request.id)))
    missing = (grant for grant in request.grants if not _is_held(_same(grant, request, shown)))
    return replace(request, grants=tuple(missing))


def _same(
    grant: AzureGrant, request: AzureGrants, shown: Iterable[AzureRoleAssignment]
) -> tuple[AzureRoleAssignment, ...]:
    """The assignments of the role to the principal at exactly the scope of the request."""
    wanted = grant.assignment(request.id)
    return tuple(
        one
        for one in shown
        if one.held_by(wanted.principal_id)
        and one.role_id.lower() == wanted.role_id.lower()
        and one.scope.lower() == wanted.scope.lower()
    )


def _is_held(same: Iterable[AzureRoleAssignment]) -> bool:
    """Whether one of the assignments of a role counts everywhere, because it has no condition."""
    return any(not one.has_condition for one in same)


async def _grant(run: Run, request: AzureGrants, grant: AzureGrant) -> None:
    """Send a grant; again while its principal is unknown, or if its answer was lost."""
    name, label = grant.principal.name, f"{grant.principal.name}: {grant.role.name} on {request.name}"
    await run.announce(GRANTING, label)
    waits = for_principal(run, grant.principal)
    lost = 0
    while True:
        try:
            is_new = await run.azure.grant_azure_role(grant.assignment(request.id))
        except Problem as problem:
            if problem.code == _UNKNOWN_PRINCIPAL and problem.had_no_effect:
                if not waits.left:
                    raise
                await waits.wait(f"Azure does not know {name} yet")
                continue
            problem.had_no_effect = problem.had_no_effect and not lost
            lost += 1
            if problem.had_no_effect or lost >= _LOST_SENDS:
                raise
            await waits.wait("no answer; the grant is sent again under the same id")
        else:
            await run.found("granted" if is_new else "already granted", label)
            return


async def _wait_until_shown(run: Run, request: AzureGrants, grant: AzureGrant) -> None:
    """Read the roles until they include the grant; a failure to read is not a failure of the grant."""
    await run.progress("verifying", f"does Azure show {grant.role.name} of {grant.principal.name}?")
    waits = Waits(run, SHOWN_SECONDS)
    while True:
        try:
            listed = run.azure.azure_role_assignments(AzureScope.of(request.id), grant.principal.object_id)
            shown, _ = await read_all(listed)
        except Problem as problem:
            await run.found("granted, not verified", problem.title, Tone.WARNING)
            return
        same = _same(grant, request, shown)
        if _is_held(same):
            await run.found("verified", f"{grant.principal.name} holds {grant.role.name}; {_EFFECT}")
            return
        if same:
            words = f"{grant.principal.name} held {grant.role.name} before, and Azure keeps its condition"
            await run.found("held under a condition", words, Tone.WARNING)
            return
        if not waits.left:
            await run.found("granted, not shown yet", f"{_EFFECT}; refresh the readiness later", Tone.WARNING)
            return
        await waits.wait("Azure does not show the role yet")


def _explained(problem: Problem, request: AzureGrants, left: AzureGrants) -> Problem:
    """The problem, with who can grant, what was done before it and what is left."""
    if problem.code == _UNKNOWN_PRINCIPAL:
        problem.kind = ProblemKind.REFUSED
        problem.advice = "Grant it again later: a new identity can take longer to appear; a deleted one never will."
    elif problem.kind is ProblemKind.FORBIDDEN:
        problem.advice = (
            f"Ask {enumerated([_a(role) for role in GRANTERS], 'or')} of {request.name} for the grant: "
            f"{Mention.MESSAGE} on the compute copies a message with the commands."
        )
    if len(left.grants) < len(request.grants):
        problem.advice = f"Earlier grants remain. {problem.advice}".strip()
    return problem


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "AEIO" else f"a {role}"
