"""Chains of steps: from a pool to a compute whose jobs work, and from one identity to another with its roles."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from tui.domain.actions import Action
from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_another, is_overtaken
from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Waited
from tui.domain.ports import Azure, Clock
from tui.domain.principals import Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange
from tui.domain.roles import ADMINISTRATOR, RoleDefinition, RoleScope
from tui.operations.attach import attach
from tui.operations.change_roles import apply_roles
from tui.operations.preflight import preflight
from tui.operations.principal_check import check_principals
from tui.operations.resume_point import ATTACHED as _ATTACHED
from tui.operations.resume_point import UPDATED as _UPDATED
from tui.operations.resume_point import ResumePoint
from tui.operations.update import another, current, overtaken, update

_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 2.0, 15.0, 1.5
_IDENTITY_SECONDS = 120.0
_MEND = f"Then press {Action.CONTINUE} here, or open the compute and press {Action.FIX}: that grants what is missing."


async def attach_and_grant(azure: Azure, clock: Clock, operation: Operation) -> AsyncGenerator[Event, None]:
    """Run the chain to its end, from its beginning or from where an earlier program left it.

    Preflight says what will fail later and forbids nothing, because Azure may know better. A step that
    fails leaves the earlier ones in place, and says what is left to be done.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        operation: The attach, or the update that sends a failed one again, with what became of it before.

    Yields:
        `Started` at the beginning, the progress of each step, and one end.
    """
    chain = _Chain(azure, clock, operation)
    if not operation.has_started:
        yield Started(clock.now(), chain.before, chain.request.document())
    async with aclosing(_run(clock, chain.steps, chain.missing)) as events:
        async for event in events:
            yield event


async def _run(
    clock: Clock, steps: Iterable[Callable[[], AsyncGenerator[Event, None]]], missing: Callable[[Problem], Problem]
) -> AsyncGenerator[Event, None]:
    """Run the steps of a chain until one of them ends it.

    Args:
        clock: Gives the times.
        steps: The steps, in order.
        missing: Says in a problem that a step has met what is missing because of it.
    """
    for step in steps:
        try:
            async with aclosing(step()) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Succeeded | Failed):
                        return
        except Problem as problem:
            yield Failed(clock.now(), missing(problem))
            return


class _Chain:
    """The steps, and what each hands on to the next."""

    def __init__(self, azure: Azure, clock: Clock, operation: Operation) -> None:
        request = operation.request
        if not isinstance(request, Attachment | ComputeEdit) or request.pool is None:
            raise TypeError("only an attach has this chain")
        self.request = request
        self._pool = request.pool
        self._azure = azure
        self._clock = clock
        self._operation = operation
        self._role = request.role or ADMINISTRATOR
        self._compute: Compute | None = None
        self._is_attached = _ATTACHED in ResumePoint.of(operation.events, "attach").completed

    def missing(self, problem: Problem) -> Problem:
        """Say what is missing because of what a step has met: the role, once the pool is attached."""
        return _role_is_missing(problem, self.request) if self._is_attached else problem

    @property
    def steps(self) -> tuple[Callable[[], AsyncGenerator[Event, None]], ...]:
        """The steps that are still to be done."""
        past = ResumePoint.of(self._operation.events, "attach")
        if _ATTACHED in past.completed:
            return self.look, self.find_identity, self.grant
        if isinstance(self.request, ComputeEdit) and self.request.only_grants and not past.sent:
            return self.preflight, self.look, self.find_identity, self.grant
        if past.sent or past.token:
            return self.attach, self.find_identity, self.grant
        return self.preflight, self.attach, self.find_identity, self.grant

    @property
    def before(self) -> Mapping[str, Any] | None:
        """The compute's document before the write; None where there was none."""
        return self.request.compute.raw if isinstance(self.request, ComputeEdit) else None

    async def look(self) -> AsyncGenerator[Event, None]:
        """Read the compute that is attached already."""
        self._compute, self._is_attached = await self._azure.compute(self.request.id), True
        yield self._progress("identity", "reading back", f"{self.request.name} was attached before")

    async def preflight(self) -> AsyncGenerator[Event, None]:
        """Say what is known beforehand: whether the caller may attach and grant, and how the pool stands."""
        for found in await preflight(self._azure, self.request.id.parent, self._pool, self._clock.now().date()):
            yield self._progress("preflight", found.status, found.note)

    async def attach(self) -> AsyncGenerator[Event, None]:
        """Attach the pool, or send again the attach that failed."""
        past, request = ResumePoint.of(self._operation.events, "attach"), self.request
        if isinstance(request, ComputeEdit):
            write = update(self._azure, self._clock, request, past)
        else:
            write = attach(self._azure, self._clock, request, past)
        async with aclosing(write) as events:
            async for event in events:
                match event:
                    case Succeeded(compute=compute):
                        self._compute, self._is_attached = compute, True
                        yield self._progress("attach", _ATTACHED, f"{self.request.name} is there")
                    case Progress() | Waited():
                        yield replace(event, step="attach")
                    case _:
                        yield event

    async def find_identity(self) -> AsyncGenerator[Event, None]:
        """Wait until Azure says as which principals the compute runs; it says so with the attach, or soon after."""
        found = _named(self._azure, self._clock, self.request.id, self._compute, self._is_named)
        async with aclosing(found) as events:
            async for event in events:
                if isinstance(event, Compute):
                    self._compute = event
                else:
                    yield event
        names = ", ".join(f"{one.name} {one.object_id}" for one in self._known())
        yield self._progress("identity", "identity is there" if names else "no identity", names)

    async def grant(self) -> AsyncGenerator[Event, None]:
        """Grant the role to every principal, and see that it counts."""
        attachment = self.request
        synapse = await self._azure.synapse_workspace(self._pool.parent)
        if not self._known():
            raise _no_principal(attachment)
        if self._compute is not None and (odd := _why_another(attachment, self._compute)):
            raise _another(attachment, odd)
        scope = RoleScope.of_pool(self._pool)
        grants = tuple(_own_grant(self._operation, self._role, principal, scope) for principal in self._known())
        change = RoleChange(synapse, self._pool, grants, compute=attachment.id)
        is_resumed = bool(ResumePoint.of(self._operation.events, "grant").completed)
        async with aclosing(apply_roles(self._azure, self._clock, change, is_resumed=is_resumed)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    yield replace(event, problem=_role_is_missing(event.problem, attachment))
                elif isinstance(event, Succeeded) and len(self._known()) < self._wanted:
                    yield Failed(self._clock.now(), _role_is_missing(_some_principals(self._known()), attachment))
                elif isinstance(event, Succeeded):
                    yield replace(event, compute=self._compute)
                else:
                    yield event

    def _is_named(self, compute: Compute) -> bool:
        return len(principals_of(compute)) >= self._wanted

    @property
    def _wanted(self) -> int:
        identity = self.request.identity
        return identity.kind.has_system + len(identity.user_assigned)

    def _known(self) -> tuple[Principal, ...]:
        return principals_of(self._compute) if self._compute is not None else ()

    def _progress(self, step: str, status: str, note: str) -> Progress:
        return Progress(self._clock.now(), status, note=note, step=step)


def _no_principal(attachment: Attachment | ComputeEdit) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"Azure did not say which principal {attachment.name} runs as, so nothing could be granted to it.",
        advice=f"When its identity is shown, its role can also be granted under its roles ({Action.ROLES}).",
    )


def _why_another(request: Attachment | ComputeEdit, found: Compute) -> str:
    """What Azure's description of a compute has that was not asked for, as a sentence; empty if nothing."""
    if found.attached_to != request.pool:
        return f"It is described as attached to {found.attached_to or 'nothing'}, not to {request.pool}."
    foreign = [one.name for one in found.identity.user_assigned if one.id not in request.identity.user_assigned]
    if foreign:
        return f"It is described with the identity {', '.join(foreign)}, which was not asked for."
    if found.identity.kind.has_system and not request.identity.kind.has_system:
        return "It is described with a system-assigned identity, which was not asked for."
    return ""


def _another(request: Attachment | ComputeEdit, why: str) -> Problem:
    return Problem(
        ProblemKind.UNREADABLE,
        f"Azure describes {request.name} otherwise than it was asked for, so nothing was granted to it.",
        cause=why,
        advice=f"Open the compute and look at its identity; {Action.FIX} then grants what is missing.",
    )


def _role_is_missing(problem: Problem, attachment: Attachment | ComputeEdit) -> Problem:
    how = "it is not known whether its role is granted" if problem.outcome_unknown else "its role is missing"
    problem.title = f"{attachment.name} is attached, and {how}. {problem.title}"
    problem.advice = f"The attachment stays. {problem.advice} {_MEND}"
    return problem


def _some_principals(known: tuple[Principal, ...]) -> Problem:
    names = ", ".join(principal.name for principal in known)
    return Problem(
        ProblemKind.SERVICE,
        f"{names} has its role; Azure did not say which principals the other identities are.",
        advice="They may be shown later.",
    )


async def _named(
    azure: Azure, clock: Clock, target: ResourceId, compute: Compute | None, is_named: Callable[[Compute], bool]
) -> AsyncGenerator[Waited | Progress | Compute, None]:
    """Read a compute until it tells the principals that are wanted, for a bounded time; yields each reading.

    Raises:
        Problem: If it could not be read at the end.
    """
    unread: Problem | None = None
    until, delay = clock.monotonic() + _IDENTITY_SECONDS, _FIRST_WAIT
    while (compute is None or not is_named(compute)) and (left := until - clock.monotonic()) > 0:
        delay = min(delay, left)
        yield Waited(clock.now(), "the identity is not there yet", clock.now() + timedelta(seconds=delay), "identity")
        await clock.sleep(delay)
        delay = min(delay * _GROWTH, _LONGEST_WAIT)
        try:
            compute = await azure.compute(target)
        except Problem as problem:
            unread = problem
            yield Progress(clock.now(), "not read", note=problem.title, step="identity")
        else:
            unread = None
            yield compute
    if unread is not None:
        raise unread


async def update_and_move(azure: Azure, clock: Clock, operation: Operation) -> AsyncGenerator[Event, None]:
    """Change an identity so that nobody is without a role in between: grant, change, grant, and remove last.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        operation: The change and the roles that follow it, with what became of it before.

    Yields:
        `Started` at the beginning, progress, and one end; a failure leaves what was done before it.
    """
    move = _Move(azure, clock, operation)
    if not operation.has_started:
        yield Started(clock.now(), move.edit.compute.raw, move.edit.document())
    async with aclosing(_run(clock, move.steps, move.missing)) as events:
        async for event in events:
            yield event


class _Move:
    """The steps of a change of identity, and what each hands on to the next."""

    def __init__(self, azure: Azure, clock: Clock, operation: Operation) -> None:
        if not isinstance(operation.request, ComputeEdit) or operation.request.move is None:
            raise TypeError("only a change of identity with its roles has this chain")
        self.edit = operation.request
        self._move = operation.request.move
        self._azure = azure
        self._clock = clock
        self._operation = operation
        self._compute: Compute | None = None
        self._is_updated = _UPDATED in ResumePoint.of(operation.events, "update").completed

    def missing(self, problem: Problem) -> Problem:
        """Say what is missing because of what a step has met: the roles, once the identity is changed."""
        if self._is_updated:
            problem.title = f"{self.edit.name} has its new identity, and {_DID_NOT_FOLLOW}. {problem.title}"
            problem.advice = f"{problem.advice} {_MEND}".strip()
        return problem

    @property
    def steps(self) -> tuple[Callable[[], AsyncGenerator[Event, None]], ...]:
        """The steps that are still to be done."""
        past = ResumePoint.of(self._operation.events, "update")
        if _UPDATED in past.completed:
            return self.look, self.find_principal, self.settle
        if past.sent or past.token:
            return self.update, self.find_principal, self.settle
        return self.check, self.grant_first, self.update, self.find_principal, self.settle

    async def check(self) -> AsyncGenerator[Event, None]:
        """See that nobody has changed the compute, before any role is granted."""
        found = await current(self._azure, self.edit)
        if is_another(self.edit.compute, found):
            raise another(self.edit)
        await check_principals(self._azure, removals=self._move.removals)
        if is_overtaken(self.edit, found):
            yield overtaken(self._clock, self.edit, found)

    async def grant_first(self) -> AsyncGenerator[Event, None]:
        """Grant the role to those who come and are known."""
        async with aclosing(self._apply(self._move.first)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    event.problem.title = f"The identity of {self.edit.name} was not changed. {event.problem.title}"
                    yield replace(event, rest=None)
                elif not isinstance(event, Succeeded):
                    yield event

    async def update(self) -> AsyncGenerator[Event, None]:
        """Change the identity."""
        past = ResumePoint.of(self._operation.events, "update")
        async with aclosing(update(self._azure, self._clock, self.edit, past)) as events:
            async for event in events:
                match event:
                    case Succeeded(compute=compute):
                        self._compute, self._is_updated = compute, True
                        note = f"{self.edit.name} has its new identity"
                        yield Progress(self._clock.now(), _UPDATED, note=note, step="update")
                    case Progress() | Waited():
                        yield replace(event, step="update")
                    case Failed(problem=problem):
                        problem.advice = f"{self._granted_first}{problem.advice}"
                        yield event
                    case _:
                        yield event

    @property
    def _granted_first(self) -> str:
        """Who holds a role already when the identity could not be changed, as a sentence; empty for nobody."""
        names = " and ".join(one.principal.name for one in self._move.grants)
        if not names:
            return ""
        scope = RoleScope.of_pool(self._move.pool)
        verb = "keeps" if len(self._move.grants) == 1 else "keep"
        return f"{names} {verb} {self._move.role.name} on {scope.words}, which was granted first. "

    async def look(self) -> AsyncGenerator[Event, None]:
        """Read the compute that an earlier program has changed."""
        self._compute = await self._azure.compute(self.edit.id)
        yield Progress(self._clock.now(), "reading back", note=f"{self.edit.name} was changed before", step="update")

    async def find_principal(self) -> AsyncGenerator[Event, None]:
        """Wait for the principal that the change makes, if it makes one."""
        if not self._move.mints:
            return
        found_again = _named(self._azure, self._clock, self.edit.id, self._compute, _has_principal)
        async with aclosing(found_again):
            async for told in found_again:
                if isinstance(told, Compute):
                    self._compute = told
                else:
                    yield told
        if self._compute is None or not self._compute.identity.principal_id:
            yield Failed(self._clock.now(), _nobody_came(self.edit))

    async def settle(self) -> AsyncGenerator[Event, None]:
        """Grant the role to the principal that was made, and take away what is to go."""
        async with aclosing(self._apply(self._move.last(self._minted()))) as events:
            async for event in events:
                if isinstance(event, Failed):
                    how = _left_of(event.rest) if isinstance(event.rest, RoleChange) else _DID_NOT_FOLLOW
                    event.problem.title = f"{self.edit.name} has its new identity, and {how}. {event.problem.title}"
                yield replace(event, compute=self._compute) if isinstance(event, Succeeded) else event

    def _apply(self, change: RoleChange) -> AsyncGenerator[Event, None]:
        change = replace(change, compute=self.edit.id)
        return apply_roles(self._azure, self._clock, change, is_resumed=bool(self._operation.events))

    def _minted(self) -> tuple[Grant, ...]:
        """The grant to the principal that the change has made."""
        principal_id = self._compute.identity.principal_id if self._compute is not None else None
        if not self._move.mints or not principal_id:
            return ()
        principal = Principal(principal_id, self.edit.name, "system-assigned identity", source=self.edit.id)
        return (_own_grant(self._operation, self._move.role, principal, RoleScope.of_pool(self._move.pool)),)


_DID_NOT_FOLLOW = "its roles did not follow"


def _left_of(rest: RoleChange) -> str:
    """What is still to be done after a change of identity, as the end of a sentence."""
    if rest.grants or not rest.removals:
        return _DID_NOT_FOLLOW
    kept = " and ".join(f"{one.name} still is {one.words}" for one in rest.removals)
    return f"holds its role; {kept}"


def _own_grant(operation: Operation, role: RoleDefinition, principal: Principal, scope: RoleScope) -> Grant:
    """A grant whose id follows from its operation, so that a resumed one asks for the same assignment."""
    id_ = uuid5(UUID(int=operation.id), f"{principal.object_id.lower()}/{role.id.lower()}/{scope}")
    return Grant(str(id_), role, principal, scope)


def _has_principal(compute: Compute) -> bool:
    return bool(compute.identity.principal_id)


def _nobody_came(edit: ComputeEdit) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"{edit.name} has its new identity, and its roles did not follow: Azure did not say which principal it is.",
        advice=f"No role was taken away. {_MEND}",
    )
