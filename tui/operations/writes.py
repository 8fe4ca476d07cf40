"""Which write each kind of request is, and how it runs; imported with the first write."""

from collections.abc import AsyncGenerator, Callable

from tui.domain.attachment import Attachment
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Verb
from tui.domain.plan import Detachment, Request
from tui.domain.ports import Azure, Clock
from tui.domain.role_change import RoleChange
from tui.domain.roles import ADMINISTRATOR
from tui.operations.attach import attach
from tui.operations.chain import attach_and_grant, update_and_move
from tui.operations.change_roles import change_roles
from tui.operations.detach import detach
from tui.operations.update import update

Run = Callable[[Azure], AsyncGenerator[Event, None]]


def write(request: Request, clock: Clock) -> tuple[Verb, Run]:
    """What a request does, and how.

    Args:
        request: What was asked for.
        clock: Gives the times.

    Raises:
        Problem: If it is one that may not be sent.
    """
    match request:
        case Attachment(role=None):
            return Verb.ATTACH, lambda azure: attach(azure, clock, request)
        case Attachment(role=role):
            return Verb.ATTACH, lambda azure: attach_and_grant(azure, clock, request, role or ADMINISTRATOR)
        case RoleChange():
            return Verb.ROLES, lambda azure: change_roles(azure, clock, request)
        case ComputeEdit(compute=compute, move=move):
            _refuse(compute.why_not_editable)
            if move is not None:
                return Verb.UPDATE, lambda azure: update_and_move(azure, clock, request, move)
            return Verb.UPDATE, lambda azure: update(azure, clock, request)
        case Detachment(compute=compute):
            _refuse(compute.why_not_detachable)
            return Verb.DETACH, lambda azure: detach(azure, clock, request)


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise Problem(ProblemKind.REFUSED, reason, advice="Nothing was sent.")
