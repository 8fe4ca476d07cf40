"""Grant Synapse roles and take others away, and see that the grants count."""

from collections.abc import AsyncGenerator, Callable
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

_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 5.0, 30.0, 1.5
PRINCIPAL_SECONDS = 300.0
"""How long a new identity may take until Synapse knows it."""
TYPED_SECONDS = 30.0
"""How long Synapse is asked about an object id that was typed and that nobody knows: it may be mistyped."""
COUNT_SECONDS = 600.0
"""How long a grant may take to count: 2 to 5 minutes (documentation), longer for groups."""
_LOST_SENDS = 3
_UNKNOWN_PRINCIPAL = "InvalidPrincipalId"


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
    left, is_sent = change, False
    try:
        if is_resumed:
            note = "some of it may be done, so the roles are read first"
            yield Progress(clock.now(), "reading back", note=note, step="grant")
            left = await _undone(azure, change)
        for grant in left.grants:
            is_sent = True
            async with aclosing(_grant(azure, clock, change.synapse, grant)) as events:
                async for event in events:
                    yield event
            left, is_sent = replace(left, grants=left.grants[1:]), False
        for removal in left.removals:
            is_sent = True
            async with aclosing(_remove(azure, clock, change.synapse, removal)) as events:
                async for event in events:
                    yield event
            left, is_sent = replace(left, removals=left.removals[1:]), False
    except Problem as problem:
        problem.outcome_unknown = False
        if is_sent and not problem.had_no_effect:
            yield Progress(clock.now(), "reading back", note=problem.title, step="grant" if left.grants else "remove")
            seen = await _seen(azure, left)
            left, problem.outcome_unknown = seen or left, seen is None
        if left.grants or left.removals or not is_sent:
            yield Failed(clock.now(), _explained(problem, change, left), rest=left)
            return
    for grant in change.grants:
        if grant.role.uses_compute:
            async with aclosing(_verify(azure, clock, change.synapse, grant)) as events:
                async for event in events:
                    yield event
    yield Succeeded(clock.now())


async def _seen(azure: Azure, left: RoleChange) -> RoleChange | None:
    """The part of a change that is not so yet; None where the roles cannot be read."""
    try:
        return _not_in(await _held(azure, left.synapse), left)
    except Problem:
        return None


async def _undone(azure: Azure, change: RoleChange) -> RoleChange:
    """The part of a change that is not so yet; all of it where the roles may not be read, because it is safe again."""
    try:
        return _not_in(await _held(azure, change.synapse), change)
    except Problem as problem:
        if problem.kind is not ProblemKind.FORBIDDEN:
            raise
        return change


def _not_in(found: list[RoleAssignment], change: RoleChange) -> RoleChange:
    """The part of a change that role assignments do not show."""
    held = set(map(_key, found))
    ids = {one.id.lower() for one in found}
    return replace(
        change,
        grants=tuple(one for one in change.grants if _key(one.assignment) not in held),
        removals=tuple(one for one in change.removals if one.assignment.id.lower() in ids),
    )


async def _held(azure: Azure, synapse: SynapseWorkspace) -> list[RoleAssignment]:
    """All role assignments of a Synapse workspace."""
    found: list[RoleAssignment] = []
    async with aclosing(azure.role_assignments(synapse)) as pages:
        async for page in pages:
            found += page.items if isinstance(page, Page) else ()
    return found


def _key(one: RoleAssignment) -> tuple[str, str, RoleScope]:
    return one.principal_id.lower(), one.role_id.lower(), one.scope


async def _grant(azure: Azure, clock: Clock, synapse: SynapseWorkspace, grant: Grant) -> AsyncGenerator[Event, None]:
    """Send one grant; again while its principal is unknown, and where it is lost and not there."""
    who = f"{grant.principal.name}: {grant.words}"
    yield Progress(clock.now(), GRANTING, note=who, step="grant")
    waits = _Waits(clock, TYPED_SECONDS if grant.principal.is_typed else PRINCIPAL_SECONDS)
    lost = _Lost(azure, synapse)
    while True:
        try:
            is_new = False
            if not await lost.is_found(lambda held: _key(grant.assignment) in map(_key, held)):
                is_new = await azure.grant(synapse, grant.assignment)
        except Problem as problem:
            if problem.code == _UNKNOWN_PRINCIPAL and problem.had_no_effect:
                if not waits.left:
                    raise
                reason = f"Synapse does not know {grant.principal.name} yet"
            else:
                lost.take(problem)
                reason = "no answer; the roles are read before the grant is sent again"
            yield waits.event(reason, "grant")
            await waits.sleep()
        else:
            done = "granted" if is_new else "granted already"
            yield Progress(clock.now(), done, note=who, step="grant")
            return


async def _remove(
    azure: Azure, clock: Clock, synapse: SynapseWorkspace, removal: Removal
) -> AsyncGenerator[Event, None]:
    """Send one removal; again where it is lost and the assignment is still there."""
    who = f"{removal.name}: {removal.words}"
    yield Progress(clock.now(), REMOVING, note=who, step="remove")
    waits, lost = _Waits(clock, PRINCIPAL_SECONDS), _Lost(azure, synapse)
    id_ = removal.assignment.id.lower()
    while True:
        try:
            if not await lost.is_found(lambda held: id_ not in {one.id.lower() for one in held}):
                await azure.revoke(synapse, removal.assignment)
        except Problem as problem:
            lost.take(problem)
            yield waits.event("no answer; the roles are read before the removal is sent again", "remove")
            await waits.sleep()
        else:
            yield Progress(clock.now(), "removed", note=who, step="remove")
            return


class _Lost:
    """A write of a role whose answer does not say what became of it, as often as that happens.

    Args:
        azure: Reads the roles.
        synapse: Whose roles.
    """

    def __init__(self, azure: Azure, synapse: SynapseWorkspace) -> None:
        self._azure = azure
        self._synapse = synapse
        self._times = 0
        self._is_unread = False

    def take(self, problem: Problem) -> None:
        """Note that an answer was lost.

        Raises:
            Problem: This one, if it proves that nothing was done, or it has happened too often.
        """
        if self._is_unread:
            problem.had_no_effect = False  # what was lost before may have been done
        self._times += 1
        if problem.had_no_effect or self._times >= _LOST_SENDS:
            raise problem

    async def is_found(self, is_done: Callable[[list[RoleAssignment]], bool]) -> bool:
        """Whether the roles show that it was done all the same; read only after an answer was lost.

        Raises:
            Problem: If they cannot be read. Who may not read them at all sends again, because that is safe: a grant
                has an id of ours, and what is gone cannot be removed twice.
        """
        if not self._times:
            return False
        try:
            return is_done(await _held(self._azure, self._synapse))
        except Problem as problem:
            if problem.kind is not ProblemKind.FORBIDDEN:
                raise
            self._is_unread = True
            return False


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
        return Waited(self._clock.now(), reason, self._clock.now() + timedelta(seconds=self._seconds), step=step)

    async def sleep(self) -> None:
        """Wait, longer than the last time, and not beyond the bound."""
        seconds, self._next = self._seconds, min(self._next * _GROWTH, _LONGEST_WAIT)
        await self._clock.sleep(seconds)

    @property
    def _seconds(self) -> float:
        left = self._until - self._clock.monotonic()
        return min(self._next, left) if left > 0 else self._next


def _explained(problem: Problem, change: RoleChange, left: RoleChange) -> Problem:
    """The problem with what was done before it and what is left."""
    done = len(change.grants) - len(left.grants) + len(change.removals) - len(left.removals)
    if problem.code == _UNKNOWN_PRINCIPAL and left.grants:
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
