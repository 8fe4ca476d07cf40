"""Operations of several steps: attach a pool and grant its roles, or change an identity and move its roles."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid5

from tui.domain.attachment import Attachment
from tui.domain.backoff import POLL
from tui.domain.chain_steps import IDENTITY_FOUND
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.mentions import Mention
from tui.domain.principals import Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange, RoleMove
from tui.domain.roles import ADMINISTRATOR, RoleDefinition, RoleScope
from tui.domain.states import Tone
from tui.operations.attach import attach
from tui.operations.change_roles import apply_roles
from tui.operations.preflight import preflight
from tui.operations.principal_check import check_principals
from tui.operations.resume_point import ATTACHED, UPDATED
from tui.operations.run import OperationFailed, Run
from tui.operations.update import check_not_overtaken, check_same, current, update

_IDENTITY_SECONDS = 120.0
_FIX_LATER = (
    f"Then press {Mention.RESUME} here, or open the compute and press {Mention.FIX}: that grants what is missing."
)
_DID_NOT_MOVE = "its roles did not move"


async def attach_and_grant(run: Run, request: Attachment | ComputeEdit) -> Compute | None:
    """Attach a pool and grant the role to each identity, from the start or from where an earlier program stopped.

    The preflight reports what will fail later but forbids nothing, because Azure may decide otherwise. `request` is the
    attach, or the update that sends a failed one again.

    Raises:
        OperationFailed: If a step fails; completed steps remain.
    """
    pool = request.pool
    if pool is None:
        raise TypeError("a role can be granted only on a pool that is known")
    await run.start(request.compute.raw if isinstance(request, ComputeEdit) else None, request.document())
    point = run.resume_point("attach")
    is_attached = ATTACHED in point.completed
    only_grants = isinstance(request, ComputeEdit) and request.only_grants and not point.sent
    try:
        if not (is_attached or point.sent or point.token):
            await _report_preflight(run, request)
        if is_attached or only_grants:
            with run.step("identity"):
                await run.progress("reading back", f"{request.name} was attached before")
                compute: Compute | None = await run.azure.compute(request.id)
            is_attached = True
        else:
            with run.step("attach"):
                write = update(run, request) if isinstance(request, ComputeEdit) else attach(run, request)
                compute = await write
                is_attached = True
                await run.found(ATTACHED, f"{request.name} exists")
        expected = request.identity.kind.has_system + len(request.identity.user_assigned)
        with run.step("identity"):
            compute = await _with_principals(
                run, request.id, compute, lambda current: len(principals_of(current)) >= expected
            )
            await _report_identities(run, _principals(compute), expected)
        await _grant_to_all(run, request, pool, compute, expected)
    except Problem as problem:
        raise OperationFailed(_role_is_missing(problem, request) if is_attached else problem) from problem
    return compute


async def _report_preflight(run: Run, request: Attachment | ComputeEdit) -> None:
    """Report what is known beforehand: locks, whether the user may attach and grant, and the state of the pool."""
    with run.step("preflight"):
        for finding in await preflight(run.azure, (request,), run.clock.now().date()):
            await run.found(finding.status, finding.note, finding.tone)


async def _report_identities(run: Run, found: tuple[Principal, ...], expected: int) -> None:
    """Report for which identities of a compute Azure shows a principal."""
    names = ", ".join(f"{one.name} {one.object_id}" for one in found)
    if len(found) >= expected:
        await run.found(IDENTITY_FOUND, names)
    else:
        await run.found("not every identity found" if names else "no identity", names, Tone.WARNING)


async def _grant_to_all(
    run: Run, request: Attachment | ComputeEdit, pool: ResourceId, compute: Compute | None, expected: int
) -> None:
    """Grant the role to every principal of a compute, and verify that it takes effect."""
    is_resumed = bool(run.resume_point("grant").completed)
    synapse = await run.azure.synapse_workspace(pool.parent)
    principals = _principals(compute)
    if not principals:
        raise _no_principal(request)
    if compute is not None and (odd := _why_another(request, compute)):
        raise _another(request, odd)
    role, scope = request.role or ADMINISTRATOR, RoleScope.of_pool(pool)
    grants = tuple(_own_grant(run, role, principal, scope) for principal in principals)
    change = RoleChange(synapse, pool, grants, compute=request.id)
    try:
        await apply_roles(run, change, is_resumed=is_resumed)
    except OperationFailed as failure:
        failure.problem = _role_is_missing(failure.problem, request)
        raise
    if len(principals) < expected:
        with run.step("identity"):
            await _report_identities(run, principals, expected)
        raise _some_principals(principals)


def _principals(compute: Compute | None) -> tuple[Principal, ...]:
    return principals_of(compute) if compute is not None else ()


def _no_principal(attachment: Attachment | ComputeEdit) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"Azure did not report the principal of {attachment.name}, so no role could be granted.",
        advice=f"Once its identity is shown, you can also grant the role on its Roles page ({Mention.ROLES}).",
    )


def _why_another(request: Attachment | ComputeEdit, compute: Compute) -> str:
    """Whatever Azure's description of a compute has that was not requested, as a sentence; empty for nothing."""
    if compute.attached_to != request.pool:
        return f"Azure shows it attached to {compute.attached_to or 'nothing'}, not to {request.pool}."
    foreign = [one.name for one in compute.identity.user_assigned if one.id not in request.identity.user_assigned]
    if foreign:
        return f"Azure shows the identity {', '.join(foreign)}, which you did not ask for."
    if compute.identity.kind.has_system and not request.identity.kind.has_system:
        return "Azure shows a system-assigned identity, which you did not ask for."
    return ""


def _another(request: Attachment | ComputeEdit, why: str) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"Azure shows {request.name} with properties that you did not ask for, so no role was granted.",
        cause=why,
        advice=f"Open the compute and check its identity; {Mention.FIX} then grants what is missing.",
    )


def _role_is_missing(problem: Problem, attachment: Attachment | ComputeEdit) -> Problem:
    how = "whether its role is granted is unknown" if problem.outcome_unknown else "its role is missing"
    problem.title = f"{attachment.name} is attached, and {how}. {problem.title}"
    problem.advice = f"It stays attached. {problem.advice} {_FIX_LATER}"
    return problem


def _some_principals(principals: tuple[Principal, ...]) -> Problem:
    names = ", ".join(principal.name for principal in principals)
    return Problem(
        ProblemKind.SERVICE,
        f"{names} has its role; Azure did not report the principals of the other identities.",
        advice="Azure may show them later.",
    )


async def _with_principals(
    run: Run, target: ResourceId, compute: Compute | None, is_whole: Callable[[Compute], bool]
) -> Compute | None:
    """Read a compute until it shows the expected principals, for a limited time.

    Returns:
        The compute as it was last read.

    Raises:
        Problem: If it could not be read at the end.
    """
    clock = run.clock
    unread: Problem | None = None
    until, delay = clock.monotonic() + _IDENTITY_SECONDS, POLL.first
    while (compute is None or not is_whole(compute)) and (remaining := until - clock.monotonic()) > 0:
        delay = min(delay, remaining)
        await run.wait(delay, "Azure does not show the identity yet")
        delay = POLL.after(delay)
        try:
            compute, unread = await run.azure.compute(target), None
        except Problem as problem:
            unread = problem
            await run.progress("not read", problem.title)
    if unread is not None:
        raise unread
    return compute


async def update_and_move(run: Run, edit: ComputeEdit, move: RoleMove) -> Compute | None:
    """Swap identities without a gap: grant to the new, update, grant to the new principal, remove from the old.

    It starts at the beginning, or where an earlier program stopped.

    Raises:
        OperationFailed: If a step fails; completed steps remain.
    """
    await run.start(edit.compute.raw, edit.document())
    point = run.resume_point("update")
    is_updated = UPDATED in point.completed
    try:
        if is_updated:
            with run.step("update"):
                await run.progress("reading back", f"{edit.name} was changed before")
                compute: Compute | None = await run.azure.compute(edit.id)
        else:
            if not (point.sent or point.token):
                await _check_before_move(run, edit, move)
                await _grant_first(run, edit, move)
            compute = await _change_identity(run, edit, move)
            is_updated = True
            with run.step("update"):
                await run.found(UPDATED, f"{edit.name} has its new identity")
        if move.mints:
            with run.step("identity"):
                compute = await _with_principals(run, edit.id, compute, lambda one: bool(one.identity.principal_id))
                if compute is None or not compute.identity.principal_id:
                    raise OperationFailed(_nobody_came(edit))
                await run.found(IDENTITY_FOUND, f"{edit.name} {compute.identity.principal_id}")
        await _settle_roles(run, edit, move, compute)
    except Problem as problem:
        if is_updated:
            problem.title = f"{edit.name} has its new identity, but {_DID_NOT_MOVE}. {problem.title}"
            problem.advice = f"{problem.advice} {_FIX_LATER}".strip()
        raise OperationFailed(problem) from problem
    return compute


async def _check_before_move(run: Run, edit: ComputeEdit, move: RoleMove) -> None:
    """Check that nobody has changed the compute, before any role is granted."""
    with run.step("preflight"):
        await run.progress("checking", "the compute and the identities are read again before anything is sent")
        compute = await current(run.azure, edit)
        check_same(edit, compute)
        await check_principals(run.azure, removals=move.removals)
        check_not_overtaken(edit, compute)
        await run.found("not changed", f"{edit.name} is as you saw it")


async def _grant_first(run: Run, edit: ComputeEdit, move: RoleMove) -> None:
    """Grant the role to the new identities that are known before the update."""
    try:
        await apply_roles(run, replace(move.first, compute=edit.id), is_resumed=run.is_resumed)
    except OperationFailed as failure:
        failure.problem.title = f"The identity of {edit.name} was not changed. {failure.problem.title}"
        failure.rest = None
        raise


async def _change_identity(run: Run, edit: ComputeEdit, move: RoleMove) -> Compute | None:
    try:
        with run.step("update"):
            return await update(run, edit)
    except OperationFailed as failure:
        failure.problem.advice = f"{_granted_first(move)}{failure.problem.advice}"
        raise


def _granted_first(move: RoleMove) -> str:
    """Who already has the role although the identity could not be changed, as a sentence; empty for none."""
    names = " and ".join(one.principal.name for one in move.grants)
    if not names:
        return ""
    verb = "keeps" if len(move.grants) == 1 else "keep"
    return f"{names} {verb} {move.role.name} on {RoleScope.of_pool(move.pool).text}, which was granted first. "


async def _settle_roles(run: Run, edit: ComputeEdit, move: RoleMove, compute: Compute | None) -> None:
    """Grant the role to the principal that the update created, and remove the roles of the old identities."""
    change = replace(move.last(_minted(run, edit, move, compute)), compute=edit.id)
    try:
        await apply_roles(run, change, is_resumed=run.is_resumed)
    except OperationFailed as failure:
        how = _left_of(failure.rest) if isinstance(failure.rest, RoleChange) else f"but {_DID_NOT_MOVE}"
        failure.problem.title = f"{edit.name} has its new identity, {how}. {failure.problem.title}"
        raise


def _minted(run: Run, edit: ComputeEdit, move: RoleMove, compute: Compute | None) -> tuple[Grant, ...]:
    """The grant to the principal that the update created."""
    principal_id = compute.identity.principal_id if compute is not None else None
    if not move.mints or not principal_id:
        return ()
    principal = Principal(principal_id, edit.name, "system-assigned identity", source=edit.id)
    return (_own_grant(run, move.role, principal, RoleScope.of_pool(move.pool)),)


def _left_of(rest: RoleChange) -> str:
    """What is left to do after a change of identity, as the end of a sentence."""
    if rest.grants or not rest.removals:
        return f"but {_DID_NOT_MOVE}"
    kept = " and ".join(f"{one.name} is still {one.text}" for one in rest.removals)
    return f"and holds its role, but {kept}"


def _own_grant(run: Run, role: RoleDefinition, principal: Principal, scope: RoleScope) -> Grant:
    """A grant with an id derived from its operation, so that a resumed one uses the same assignment."""
    id_ = uuid5(UUID(int=run.operation.id), f"{principal.object_id.lower()}/{role.id.lower()}/{scope}")
    return Grant(str(id_), role, principal, scope)


def _nobody_came(edit: ComputeEdit) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"{edit.name} has its new identity, but its roles did not move: Azure did not report its principal.",
        advice=f"No role was removed. {_FIX_LATER}",
    )
