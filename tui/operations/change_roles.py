"""Grant Synapse roles and take others away, and see that the grants count."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Failed, Progress, Started, Succeeded, Waited
from tui.domain.ports import Azure, Clock, Page
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import USE_COMPUTE, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.past import GRANTING, REMOVING, Past
from tui.operations.recording import require_recorded

_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 5.0, 30.0, 1.5
PRINCIPAL_SECONDS = 300.0
"""How long a new identity may take until Synapse knows it."""
TYPED_SECONDS = 30.0
"""How long Synapse is asked about an object id that was typed and that nobody knows: it may be mistyped."""
COUNT_SECONDS = 600.0
"""How long a grant may take to count: 2 to 5 minutes (documentation), longer for groups."""
_LOST_SENDS = 3


async def change_roles(
    azure: Azure, clock: Clock, change: RoleChange, past: Past | None = None
) -> AsyncGenerator[Event, None]:
    """Run one change of roles to its end: grants, then removals, then the proof.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        change: What was asked for.
        past: How far an earlier program had come; None to begin.

    Yields:
        `Started` at the beginning, progress, and one end; a failure says what is left to be done.
    """
    if past is None:
        yield Started(clock.now(), _before(change), _after(change))
    async with aclosing(apply_roles(azure, clock, change, is_resumed=past is not None)) as events:
        async for event in events:
            yield event


async def apply_roles(
    azure: Azure, clock: Clock, change: RoleChange, *, is_resumed: bool = False
) -> AsyncGenerator[Event, None]:
    """The same without `Started`, as a part of a longer operation.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        change: What was asked for.
        is_resumed: Whether some of it may have been done, so that the roles are read before any is changed.
    """
    left = change
    try:
        if is_resumed:
            note = "some of it may be done, so the roles are read first"
            yield Progress(clock.now(), "reading back", note=note, step="grant")
            left = await _undone(azure, change)
        for grant in left.grants:
            async with aclosing(_grant(azure, clock, change.synapse, grant)) as events:
                async for event in events:
                    yield event
            left = replace(left, grants=left.grants[1:])
        for removal in left.removals:
            async with aclosing(_remove(azure, clock, change.synapse, removal)) as events:
                async for event in events:
                    yield event
            left = replace(left, removals=left.removals[1:])
    except Problem as problem:
        yield Failed(clock.now(), _explained(problem, change, left), rest=left)
        return
    for grant in change.grants:
        if grant.role.uses_compute:
            async with aclosing(_verify(azure, clock, change.synapse, grant)) as events:
                async for event in events:
                    yield event
    yield Succeeded(clock.now())


async def _undone(azure: Azure, change: RoleChange) -> RoleChange:
    """The part of a change that is not so yet; all of it where the roles may not be read, because it is safe again."""
    found: list[RoleAssignment] = []
    try:
        async with aclosing(azure.role_assignments(change.synapse)) as pages:
            async for page in pages:
                found += page.items if isinstance(page, Page) else ()
    except Problem as problem:
        if problem.kind is not ProblemKind.FORBIDDEN:
            raise
        return change
    held = {(one.principal_id.lower(), one.role_id.lower(), one.scope) for one in found}
    ids = {one.id.lower() for one in found}
    return replace(
        change,
        grants=tuple(one for one in change.grants if _key(one.assignment) not in held),
        removals=tuple(one for one in change.removals if one.assignment.id.lower() in ids),
    )


def _key(one: RoleAssignment) -> tuple[str, str, RoleScope]:
    return one.principal_id.lower(), one.role_id.lower(), one.scope


async def _grant(azure: Azure, clock: Clock, synapse: SynapseWorkspace, grant: Grant) -> AsyncGenerator[Event, None]:
    """Send one grant; again after a lost answer, because it bears an id of ours, and while its principal is unknown."""
    who = f"{grant.principal.name}: {grant.words}"
    yield Progress(clock.now(), GRANTING, note=who, step="grant")
    require_recorded()
    waits, lost = _Waits(clock, TYPED_SECONDS if grant.principal.is_typed else PRINCIPAL_SECONDS), 0
    while True:
        try:
            is_new = await azure.grant(synapse, grant.assignment)
        except Problem as problem:
            lost += problem.outcome_unknown
            if problem.outcome_unknown and lost < _LOST_SENDS:
                reason = "no answer; the same grant is sent again, which grants it once"
            elif problem.code == "InvalidPrincipalId" and waits.left:
                reason = f"Synapse does not know {grant.principal.name} yet"
            else:
                raise
            yield waits.event(reason, "grant")
            await waits.sleep()
        else:
            done = "granted" if is_new else "granted already"
            yield Progress(clock.now(), done, note=who, step="grant")
            return


async def _remove(
    azure: Azure, clock: Clock, synapse: SynapseWorkspace, removal: Removal
) -> AsyncGenerator[Event, None]:
    """Send one removal; again after a lost answer, because an assignment that is gone cannot be removed twice."""
    who = f"{removal.name}: {removal.words}"
    yield Progress(clock.now(), REMOVING, note=who, step="remove")
    require_recorded()
    waits, lost = _Waits(clock, PRINCIPAL_SECONDS), 0
    while True:
        try:
            await azure.revoke(synapse, removal.assignment)
        except Problem as problem:
            lost += 1
            if not problem.outcome_unknown or lost >= _LOST_SENDS:
                raise
            yield waits.event("no answer; the same removal is sent again", "remove")
            await waits.sleep()
        else:
            yield Progress(clock.now(), "removed", note=who, step="remove")
            return


async def _verify(azure: Azure, clock: Clock, synapse: SynapseWorkspace, grant: Grant) -> AsyncGenerator[Event, None]:
    """Ask Synapse until the grant counts; that it cannot be asked is no failure, because the grant was made."""
    yield Progress(clock.now(), "verifying", note=f"may {grant.principal.name} use the pool?", step="verify")
    waits = _Waits(clock, COUNT_SECONDS)
    while True:
        try:
            counts = await azure.allows(synapse, grant.principal.object_id, grant.scope, USE_COMPUTE)
        except Problem as problem:
            yield Progress(clock.now(), "granted, not verified", note=problem.title, step="verify")
            return
        if counts:
            yield Progress(clock.now(), "verified", note=f"{grant.principal.name} may use the pool", step="verify")
            return
        if not waits.left:
            note = "Synapse does not count it yet, which can take longer for some; refresh the readiness later"
            yield Progress(clock.now(), "granted, not in force yet", note=note, step="verify")
            return
        yield waits.event("the grant does not count yet", "verify")
        await waits.sleep()


class _Waits:
    """Waits that grow, up to a bound in all."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._until = clock.monotonic() + seconds
        self._next = _FIRST_WAIT

    @property
    def left(self) -> bool:
        """Whether there is time for another."""
        return self._clock.monotonic() < self._until

    def event(self, reason: str, step: str) -> Waited:
        """The event that announces the next wait."""
        return Waited(self._clock.now(), reason, self._clock.now() + timedelta(seconds=self._next), step=step)

    async def sleep(self) -> None:
        """Wait, longer than the last time."""
        seconds, self._next = self._next, min(self._next * _GROWTH, _LONGEST_WAIT)
        await self._clock.sleep(seconds)


def _explained(problem: Problem, change: RoleChange, left: RoleChange) -> Problem:
    """The problem with what was done before it and what is left."""
    done = len(change.grants) - len(left.grants) + len(change.removals) - len(left.removals)
    if problem.code == "InvalidPrincipalId":
        principal = left.grants[0].principal
        if principal.is_typed:
            title = f"Synapse does not know {principal.name}."
            advice = "Check the object id: an application id is none. If it is new, grant it again in some minutes."
        else:
            title = f"Synapse still does not know {principal.name} after {PRINCIPAL_SECONDS / 60:.0f} minutes."
            advice = "Grant it again later: a new identity can take longer to appear, and one that is gone never does."
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
        problem.advice = f"What was granted before stays. {problem.advice}"
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
