"""Grant and remove Synapse roles, and verify that the grants take effect."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from tui.domain.errors import Problem, ProblemKind
from tui.domain.phrases import plural
from tui.domain.ports import Azure, Page
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import USE_COMPUTE, RoleAssignment, RoleScope
from tui.domain.states import Tone
from tui.domain.uses import Uses, why_kept
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.principal_check import check_principals
from tui.operations.resume_point import GRANTING, REMOVING
from tui.operations.run import OperationFailed, Run
from tui.operations.uses import read_uses
from tui.operations.waits import PRINCIPAL_SECONDS, Waits, for_principal

COUNT_SECONDS = 600.0
"""How long a grant may take to take effect: 2 to 5 minutes (documentation), longer for groups."""
_LOST_SENDS = 3
KEPT = "role kept"
"""The status of a role that is kept although it should be removed, because another attached pool needs it."""
_UNKNOWN_PRINCIPAL = "InvalidPrincipalId"


async def change_roles(run: Run, change: RoleChange) -> None:
    """Grant, then remove, then verify the grants; from the start or from where an earlier program stopped.

    Raises:
        OperationFailed: If a step fails, or another attached pool needs a role that should be removed.
    """
    await run.start(_before(change), _after(change))
    kept = await apply_roles(run, change, is_resumed=run.is_resumed, own=change.compute)
    if kept:
        if change.grants:
            with run.step("remove"):
                await run.found(KEPT, plural(len(kept), "role"), Tone.WARNING)
        raise OperationFailed(_kept(change, kept))


async def apply_roles(
    run: Run, change: RoleChange, *, is_resumed: bool, own: ResourceId | None = None
) -> tuple[str, ...]:
    """Change roles as part of an operation that has started.

    Before a role is removed from a shared identity, the computes are read again: if another attached pool needs the
    role, or that cannot be read, the role stays.

    Args:
        run: The operation.
        change: The requested change.
        is_resumed: Whether part of it may be done, so that the roles are read first.
        own: The compute whose roles the user explicitly removes, so that its own use of an identity does not keep a
            role; None if it has already lost the identity.

    Returns:
        Why each role was kept that should have been removed.

    Raises:
        OperationFailed: If a step fails, with what is left to do.
    """
    remaining, is_sent, kept = change, False, []
    if not (change.grants or change.removals):
        return ()
    try:
        if is_resumed:
            with run.step("grant" if change.grants else "remove"):
                await run.progress("reading back", "some of it may already be done, so the roles are read first")
            remaining = await _undone(run.azure, change)
        await check_principals(run.azure, [one.principal for one in remaining.grants], remaining.removals)
        for grant in remaining.grants:
            is_sent = True
            with run.step("grant"):
                await _grant(run, change.synapse, grant)
            remaining, is_sent = replace(remaining, grants=remaining.grants[1:]), False
        needs = _Needs(run.azure, change, own)
        for removal in remaining.removals:
            is_sent = True
            with run.step("remove"):
                reason = await _remove_unneeded(run, change.synapse, removal, needs)
            kept += [reason] if reason else []
            remaining, is_sent = replace(remaining, removals=remaining.removals[1:]), False
    except Problem as problem:
        problem.outcome_unknown = False
        if is_sent and not problem.had_no_effect:
            with run.step("grant" if remaining.grants else "remove"):
                await run.progress("reading back", problem.title)
            seen = await _seen(run.azure, remaining)
            remaining, problem.outcome_unknown = seen or remaining, seen is None
        if remaining.grants or remaining.removals or not is_sent:
            raise OperationFailed(_explained(problem, change, remaining), rest=remaining) from problem
    with run.step("verify"):
        for grant in change.grants:
            if grant.role.uses_compute:
                await _verify(run, change.synapse, grant)
    return tuple(kept)


class _Needs:
    """The needs of attached pools, read once for all removals of a change.

    Uses of an identity by the compute `own` do not count.
    """

    def __init__(self, azure: Azure, change: RoleChange, own: ResourceId | None) -> None:
        self._azure = azure
        self._workspace = change.compute.parent if change.compute is not None else None
        self._own = own
        self._uses: Uses | Problem | None = None

    def concern(self, removal: Removal) -> bool:
        """Whether another attached pool may need a role; a deleted principal is not needed."""
        return self._workspace is not None and (removal.shared or self._own is not None)

    async def why_kept(self, removal: Removal) -> str:
        """Why a role is kept, in one sentence; empty if nothing needs it."""
        if self._workspace is None or not self.concern(removal):
            return ""
        if self._uses is None:
            try:
                self._uses = await read_uses(self._azure, (self._workspace,))
            except Problem as problem:
                self._uses = problem
        return why_kept(removal, self._uses, () if self._own is None else (self._own,))


async def _remove_unneeded(run: Run, synapse: SynapseWorkspace, removal: Removal, needs: _Needs) -> str:
    """Send a removal, unless another attached pool now needs the role; returns why it is kept, or ""."""
    if needs.concern(removal):
        await run.progress("checking", "reading again which attached pools run as it, before the role is removed")
    reason = await needs.why_kept(removal)
    if reason:
        await run.found(KEPT, reason, Tone.WARNING)
    else:
        await _remove(run, synapse, removal)
    return reason


def _kept(change: RoleChange, reasons: tuple[str, ...]) -> Problem:
    """Why a change did not remove all the roles that it should."""
    if len(reasons) == len(change.removals) and not change.grants:
        title = "No role was removed: another attached pool may need it."
    else:
        title = "Not every role was removed: another attached pool may need the others."
    advice = "Give the other attached pools another identity first, then remove the role."
    return Problem(ProblemKind.CHANGED, title, cause=" ".join(reasons), advice=advice)


async def _seen(azure: Azure, remaining: RoleChange) -> RoleChange | None:
    """The part of a change that is not done; None where the roles cannot be read."""
    try:
        return _not_in(await _held(azure, remaining.synapse), remaining)
    except Problem:
        return None


async def _undone(azure: Azure, change: RoleChange) -> RoleChange:
    """The part of a change that is not done; all of it where the roles cannot be read, because repeating it is safe."""
    try:
        return _not_in(await _held(azure, change.synapse), change)
    except Problem as problem:
        if not problem.is_denied:
            raise
        return change


@dataclass(frozen=True, slots=True)
class _Held:
    """The role assignments of a Synapse workspace; `is_whole` is whether all of them could be read."""

    found: tuple[RoleAssignment, ...]
    is_whole: bool

    def has(self, assignment: RoleAssignment) -> bool:
        """Whether a principal has a role on a scope, through any assignment."""
        return _key(assignment) in map(_key, self.found)

    def has_lost(self, assignment: RoleAssignment) -> bool:
        """Whether an assignment is certainly gone."""
        return self.is_whole and assignment.id.lower() not in {one.id.lower() for one in self.found}


def _not_in(held: _Held, change: RoleChange) -> RoleChange:
    """The part of a change that role assignments do not show."""
    return replace(
        change,
        grants=tuple(one for one in change.grants if not held.has(one.assignment)),
        removals=tuple(one for one in change.removals if not held.has_lost(one.assignment)),
    )


async def _held(azure: Azure, synapse: SynapseWorkspace) -> _Held:
    """All role assignments of a Synapse workspace."""
    assignments: list[RoleAssignment] = []
    is_whole = True
    async with aclosing(azure.role_assignments(synapse)) as pages:
        async for page in pages:
            if isinstance(page, Page):
                assignments += page.items
                is_whole &= not page.unreadable
    return _Held(tuple(assignments), is_whole)


def _key(one: RoleAssignment) -> tuple[str, str, RoleScope]:
    return one.principal_id.lower(), one.role_id.lower(), one.scope


async def _grant(run: Run, synapse: SynapseWorkspace, grant: Grant) -> None:
    """Send a grant; again while its principal is unknown, or if its answer was lost and the role is missing."""
    name, label = grant.principal.name, f"{grant.principal.name}: {grant.text}"
    await run.announce(GRANTING, label)
    waits = for_principal(run, grant.principal)
    lost = _Lost(run.azure, synapse)
    while True:
        try:
            is_new = False
            if not await lost.is_found(lambda held: held.has(grant.assignment)):
                is_new = await run.azure.grant(synapse, grant.assignment)
        except Problem as problem:
            if problem.code == _UNKNOWN_PRINCIPAL and problem.had_no_effect:
                if not waits.left:
                    raise
                await waits.wait(f"Synapse does not know {name} yet")
            else:
                lost.take(problem)
                await waits.wait("no answer; the roles are read before the grant is sent again")
        else:
            await run.found("granted" if is_new else "already granted", label)
            return


async def _remove(run: Run, synapse: SynapseWorkspace, removal: Removal) -> None:
    """Send a removal; again if its answer was lost and the assignment still exists."""
    label = f"{removal.name}: {removal.text}"
    await run.announce(REMOVING, label)
    waits, lost = Waits(run, PRINCIPAL_SECONDS), _Lost(run.azure, synapse)
    while True:
        try:
            is_gone = await lost.is_found(lambda held: held.has_lost(removal.assignment))
            # The id alone does not prove what it removes.
            if not is_gone and await run.azure.is_held(synapse, removal.assignment):
                await run.azure.revoke(synapse, removal.assignment)
        except Problem as problem:
            lost.take(problem)
            await waits.wait("no answer; the roles are read before the removal is sent again")
        else:
            await run.found("removed", label)
            return


class _Lost:
    """Counts the lost answers to a write of a role, and checks the roles after each."""

    def __init__(self, azure: Azure, synapse: SynapseWorkspace) -> None:
        self._azure = azure
        self._synapse = synapse
        self._times = 0
        self._is_unread = False

    def take(self, problem: Problem) -> None:
        """Note a lost answer.

        Raises:
            Problem: The given one, if it proves that nothing was done, or too many answers were lost.
        """
        if self._is_unread:
            problem.had_no_effect = False  # earlier lost writes may have been done
        self._times += 1
        if problem.had_no_effect or self._times >= _LOST_SENDS:
            raise problem

    async def is_found(self, is_done: Callable[[_Held], bool]) -> bool:
        """Whether the roles show that the write was done anyway; they are read only after a lost answer.

        Raises:
            Problem: If they cannot be read. Without permission to read them the write is sent again, which is safe:
                a grant has our own id, and a role cannot be removed twice.
        """
        if not self._times:
            return False
        try:
            return is_done(await _held(self._azure, self._synapse))
        except Problem as problem:
            if not problem.is_denied:
                raise
            self._is_unread = True
            return False


async def _verify(run: Run, synapse: SynapseWorkspace, grant: Grant) -> None:
    """Ask Synapse until the grant takes effect; a failure to ask is not a failure of the grant."""
    await run.progress("verifying", f"may {grant.principal.name} use the pool?")
    waits = Waits(run, COUNT_SECONDS)
    while True:
        try:
            counts = await run.azure.allows(synapse, grant.principal.object_id, grant.scope, USE_COMPUTE)
        except Problem as problem:
            await run.found("granted, not verified", problem.title, Tone.WARNING)
            return
        if counts:
            await run.found("verified", f"{grant.principal.name} may use the pool")
            return
        if not waits.left:
            note = "Synapse does not apply it yet, which can take longer for groups; refresh the readiness later"
            await run.found("granted, not effective yet", note, Tone.WARNING)
            return
        await waits.wait("the grant is not effective yet")


def _explained(problem: Problem, change: RoleChange, remaining: RoleChange) -> Problem:
    """The problem, with what was done before it and what is left."""
    done = len(change.grants) - len(remaining.grants) + len(change.removals) - len(remaining.removals)
    if problem.code == _UNKNOWN_PRINCIPAL and remaining.grants:
        principal = remaining.grants[0].principal
        if principal.is_typed:
            title = f"Synapse does not know {principal.name}."
            advice = "Check the object id; an application (client) id does not work here. A new one takes some minutes."
        else:
            title = f"Synapse still does not know {principal.name} after {PRINCIPAL_SECONDS / 60:.0f} minutes."
            advice = "Grant it again later: a new identity can take longer to appear; a deleted one never will."
        problem = Problem(
            ProblemKind.REFUSED,
            title,
            cause=problem.cause,
            advice=advice,
            code=problem.code,
            status=problem.status,
            ids=problem.ids,
        )
    if done:
        problem.advice = f"Earlier grants remain. {problem.advice}".strip()
    return problem


def _before(change: RoleChange) -> dict[str, object] | None:
    return {"removals": [_document(one) for one in change.removals]} if change.removals else None


def _after(change: RoleChange) -> dict[str, object] | None:
    return {"grants": [_document(one) for one in change.grants]} if change.grants else None


def _document(one: Grant | Removal) -> dict[str, str]:
    assignment = one.assignment
    return {
        "id": assignment.id,
        "roleId": assignment.role_id,
        "principalId": assignment.principal_id,
        "scope": str(assignment.scope),
    }
