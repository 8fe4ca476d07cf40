"""Which write each kind of request is, and how it runs; imported with the first write."""

from collections.abc import AsyncGenerator, Callable

from tui.domain.attachment import Attachment
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Operation, Verb
from tui.domain.plan import Detachment, Request
from tui.domain.ports import Azure, Clock
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.domain.role_change import RoleChange
from tui.domain.roles import RoleDefinition
from tui.operations.attach import attach
from tui.operations.boundary import bounded
from tui.operations.chain import attach_and_grant, update_and_move
from tui.operations.change_roles import change_roles
from tui.operations.detach import detach, detach_and_remove
from tui.operations.resume_point import ResumePoint
from tui.operations.update import update

Run = Callable[[Azure], AsyncGenerator[Event, None]]


def verb_of(request: Request) -> Verb:
    """What a request does.

    Args:
        request: What was asked for.

    Raises:
        Problem: If it is one that may not be sent.
    """
    _refuse(_why_no_target(request))
    match request:
        case Attachment():
            return Verb.ATTACH
        case RoleChange():
            return Verb.ROLES
        case ComputeEdit(compute=compute):
            _refuse(compute.why_not_editable)
            return Verb.UPDATE
        case Detachment(compute=compute):
            _refuse(compute.why_not_detachable)
            return Verb.DETACH


def write(operation: Operation, clock: Clock) -> Run:
    """How an operation runs, from its beginning or from where its events end.

    Args:
        operation: The operation.
        clock: Gives the times.
    """
    run = _run(operation, clock)
    return lambda azure: run(bounded(azure))


def _run(operation: Operation, clock: Clock) -> Run:
    past = ResumePoint.of(operation.events) if operation.has_started else None
    match operation.request:
        case Attachment(role=None) as attachment:
            return lambda azure: attach(azure, clock, attachment, past)
        case Attachment() | ComputeEdit(role=RoleDefinition()):
            return lambda azure: attach_and_grant(azure, clock, operation)
        case RoleChange() as change:
            return lambda azure: change_roles(azure, clock, change, past)
        case ComputeEdit(move=None) as edit:
            return lambda azure: update(azure, clock, edit, past)
        case ComputeEdit():
            return lambda azure: update_and_move(azure, clock, operation)
        case Detachment(roles=roles) as detachment:
            return lambda azure: (
                detach(azure, clock, detachment, past) if roles is None else detach_and_remove(azure, clock, operation)
            )


def _why_no_target(request: Request) -> str | None:
    """Why a request has no target that a path could name, in one sentence; None if it has one."""
    targets = [request.id]
    match request:
        case Attachment(pool=pool, identity=identity):
            targets += [pool, *identity.user_assigned]
        case ComputeEdit(identity=identity):
            targets += identity.user_assigned
        case RoleChange(synapse=synapse):
            targets.append(synapse.id)
    try:
        for target in targets:
            ResourceId.parse(str(target))
    except InvalidResourceId as error:
        return str(error)
    return None


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise Problem(ProblemKind.REFUSED, reason, advice="Nothing was sent.")
