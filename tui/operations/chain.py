"""Chains of steps: from a pool to a compute whose jobs work, and from one identity to another with its roles."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import is_overtaken
from tui.domain.operation import Event, Failed, Progress, Started, Succeeded, Waited
from tui.domain.ports import Azure, Clock
from tui.domain.principals import Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange, RoleMove
from tui.domain.roles import RoleDefinition, RoleScope
from tui.operations.attach import attach
from tui.operations.change_roles import apply_roles
from tui.operations.preflight import preflight
from tui.operations.update import current, overtaken, update

_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 2.0, 15.0, 1.5
_IDENTITY_SECONDS = 120.0
_MEND = "Then open the compute and press f: that grants what is missing."


async def attach_and_grant(
    azure: Azure, clock: Clock, attachment: Attachment, role: RoleDefinition
) -> AsyncGenerator[Event, None]:
    """Run the chain to its end.

    Preflight says what will fail later and forbids nothing, because Azure may know better. A step that
    fails leaves the earlier ones in place, and says what is left to be done.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        attachment: What is attached.
        role: The role that each of the compute's principals is to hold on the pool.

    Yields:
        `Started`, the progress of each step, and one end.
    """
    yield Started(clock.now(), None, attachment.document())
    chain = _Chain(azure, clock, attachment, role)
    for step in (chain.preflight, chain.attach, chain.find_identity, chain.grant):
        async with aclosing(step()) as events:
            async for event in events:
                yield event
                if isinstance(event, Succeeded | Failed):
                    return


class _Chain:
    """The steps, and what each hands on to the next."""

    def __init__(self, azure: Azure, clock: Clock, attachment: Attachment, role: RoleDefinition) -> None:
        self._azure = azure
        self._clock = clock
        self._attachment = attachment
        self._role = role
        self._compute: Compute | None = None

    async def preflight(self) -> AsyncGenerator[Event, None]:
        """Say what is known beforehand: whether the caller may attach and grant, and how the pool stands."""
        attachment = self._attachment
        for found in await preflight(self._azure, attachment.workspace.id, attachment.pool):
            yield self._progress("preflight", found.status, found.note)

    async def attach(self) -> AsyncGenerator[Event, None]:
        """Attach the pool."""
        async with aclosing(attach(self._azure, self._clock, self._attachment)) as events:
            async for event in events:
                match event:
                    case Started():
                        pass
                    case Succeeded(compute=compute):
                        self._compute = compute
                        yield self._progress("attach", "attached", f"{self._attachment.name} is there")
                    case Progress() | Waited():
                        yield replace(event, step="attach")
                    case _:
                        yield event

    async def find_identity(self) -> AsyncGenerator[Event, None]:
        """Wait until Azure says as which principals the compute runs; it says so with the attach, or soon after."""
        found = _named(self._azure, self._clock, self._attachment.id, self._compute, self._is_named)
        try:
            async with aclosing(found) as events:
                async for event in events:
                    if isinstance(event, Compute):
                        self._compute = event
                    else:
                        yield event
        except Problem as problem:
            problem.advice = f"{problem.advice} {_MEND}"
            yield Failed(self._clock.now(), _role_is_missing(problem, self._attachment))
            return
        names = ", ".join(f"{one.name} {one.object_id}" for one in self._known())
        yield self._progress("identity", "identity is there" if names else "no identity", names)

    async def grant(self) -> AsyncGenerator[Event, None]:
        """Grant the role to every principal, and see that it counts."""
        attachment = self._attachment
        try:
            synapse = await self._azure.synapse_workspace(attachment.pool.parent)
            if not self._known():
                raise _no_principal(attachment)
        except Problem as problem:
            problem.advice = f"{problem.advice} {_MEND}".strip()
            yield Failed(self._clock.now(), _role_is_missing(problem, attachment))
            return
        scope = RoleScope.of_pool(attachment.pool)
        grants = tuple(Grant(str(uuid4()), self._role, principal, scope) for principal in self._known())
        change = RoleChange(synapse, attachment.pool, grants)
        async with aclosing(apply_roles(self._azure, self._clock, change)) as events:
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
        identity = self._attachment.identity
        return identity.kind.has_system + len(identity.user_assigned)

    def _known(self) -> tuple[Principal, ...]:
        return principals_of(self._compute) if self._compute is not None else ()

    def _progress(self, step: str, status: str, note: str) -> Progress:
        return Progress(self._clock.now(), status, note=note, step=step)


def _no_principal(attachment: Attachment) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"Azure did not say which principal {attachment.name} runs as, so nothing could be granted to it.",
        advice="Open its roles (r) when its identity is shown, and grant the role there.",
    )


def _role_is_missing(problem: Problem, attachment: Attachment) -> Problem:
    problem.title = f"{attachment.name} is attached, and its role is missing. {problem.title}"
    problem.advice = f"The attachment stays. {problem.advice}"
    return problem


def _some_principals(known: tuple[Principal, ...]) -> Problem:
    names = ", ".join(principal.name for principal in known)
    return Problem(
        ProblemKind.SERVICE,
        f"{names} has its role; Azure did not say which principals the other identities are.",
        advice="Open the compute when they are shown, and press f: that grants what is missing.",
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
    while (compute is None or not is_named(compute)) and clock.monotonic() < until:
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


async def update_and_move(azure: Azure, clock: Clock, edit: ComputeEdit, move: RoleMove) -> AsyncGenerator[Event, None]:
    """Change an identity so that nobody is without a role in between: grant, change, grant, and remove last.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        edit: The change.
        move: The roles that follow it.

    Yields:
        `Started`, progress, and one end; a failure leaves what was done before it.
    """
    yield Started(clock.now(), edit.compute.raw, edit.document())
    try:
        found = await current(azure, edit)
    except Problem as problem:
        yield Failed(clock.now(), problem)
        return
    if is_overtaken(edit, found):
        yield overtaken(clock, edit, found)
        return
    async with aclosing(apply_roles(azure, clock, move.first)) as events:
        async for event in events:
            if isinstance(event, Failed):
                event.problem.title = f"The identity of {edit.name} was not changed. {event.problem.title}"
                yield replace(event, rest=None)
                return
            if not isinstance(event, Succeeded):
                yield event
    compute: Compute | None = None
    async with aclosing(update(azure, clock, edit)) as events:
        async for event in events:
            match event:
                case Started():
                    pass
                case Succeeded(compute=compute):
                    yield Progress(clock.now(), "updated", note=f"{edit.name} has its new identity", step="update")
                case Progress() | Waited():
                    yield replace(event, step="update")
                case _:
                    yield event
                    return
    async with aclosing(_settle(azure, clock, edit, move, compute)) as events:
        async for event in events:
            yield event


async def _settle(
    azure: Azure, clock: Clock, edit: ComputeEdit, move: RoleMove, compute: Compute | None
) -> AsyncGenerator[Event, None]:
    """What follows a change of identity: a grant to the principal that it made, and the removals after it."""
    if move.mints:
        try:
            async with aclosing(_named(azure, clock, edit.id, compute, _has_principal)) as found_again:
                async for told in found_again:
                    if isinstance(told, Compute):
                        compute = told
                    else:
                        yield told
        except Problem as problem:
            problem.title = f"{edit.name} has its new identity, and its roles did not follow. {problem.title}"
            problem.advice = f"{problem.advice} {_MEND}"
            yield Failed(clock.now(), problem)
            return
        if compute is None or not compute.identity.principal_id:
            yield Failed(clock.now(), _nobody_came(edit))
            return
    async with aclosing(apply_roles(azure, clock, move.last(_minted(compute, edit, move)))) as events:
        async for event in events:
            if isinstance(event, Failed):
                event.problem.title = (
                    f"{edit.name} has its new identity, and its roles did not follow. {event.problem.title}"
                )
            yield replace(event, compute=compute) if isinstance(event, Succeeded) else event


def _has_principal(compute: Compute) -> bool:
    return bool(compute.identity.principal_id)


def _nobody_came(edit: ComputeEdit) -> Problem:
    return Problem(
        ProblemKind.SERVICE,
        f"{edit.name} has its new identity, and its roles did not follow: Azure did not say which principal it is.",
        advice="No role was taken away. Open the compute when its identity is shown, and press f to grant its role.",
    )


def _minted(compute: Compute | None, edit: ComputeEdit, move: RoleMove) -> tuple[Grant, ...]:
    """The grant to the principal that the change has made."""
    if not move.mints or compute is None or not compute.identity.principal_id:
        return ()
    principal = Principal(compute.identity.principal_id, edit.name, "system-assigned identity")
    return (Grant(str(uuid4()), move.role, principal, RoleScope.of_pool(move.pool)),)
