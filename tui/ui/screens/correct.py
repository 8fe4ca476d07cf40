"""From a failed operation back to what led to it."""

from contextlib import suppress

from tui.domain.attachment import Attachment
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation
from tui.domain.plan import Detachment, Plan
from tui.domain.ports import Holding
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange
from tui.domain.workspaces import Workspace
from tui.operations.readiness import Assessor
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.grant import GrantScreen
from tui.ui.screens.plan import PlanScreen


async def correct(screen: HouseScreen, operation: Operation) -> None:
    """Open what led to a failed operation, over the screen.

    Args:
        screen: The screen in front.
        operation: An operation that failed.
    """
    if screen.shows_result("correct"):
        return
    from tui.ui.attach.screen import AttachScreen
    from tui.ui.screens.conflict import ConflictScreen
    from tui.ui.screens.detach import ask_and_detach

    failed = operation.end if isinstance(operation.end, Failed) else None
    found, rest = (failed.found, failed.rest) if failed is not None else (None, None)
    match rest or operation.request:
        case Attachment() as attachment:
            screen.app.push_screen(AttachScreen.again(screen.session, attachment))
        case ComputeEdit() as edit if found is not None:
            screen.app.push_screen(ConflictScreen(screen.session, edit, found))
        case RoleChange(grants=(grant,), removals=(), compute=ResourceId()) as change if grant.principal.is_typed:
            _correct_grant(screen, change, grant)
        case ComputeEdit() | RoleChange() as request:
            screen.app.push_screen(PlanScreen(screen.session, Plan.of([request])))
        case Detachment(compute=compute, gone=gone) as detachment:
            await ask_and_detach(screen, [compute], gone=gone, before=detachment)


def _correct_grant(screen: HouseScreen, change: RoleChange, grant: Grant) -> None:
    """Open the questions of a grant with their answers, as soon as its compute is read; without it, the plan."""
    if change.compute is not None:
        screen.say_until_key((f"Reading {change.compute.name} …", "$dim"))
        screen.reads.start("correct", _read_and_correct, screen, change, change.compute, grant)


async def _read_and_correct(screen: HouseScreen, change: RoleChange, target: ResourceId, grant: Grant) -> None:
    def wait(holding: Holding) -> None:
        screen.say_until_key((f"Reading {target.name}: waiting, {holding.words}", "$dim"))

    session, workspace = screen.session, Workspace(target.parent)
    opened: HouseScreen = PlanScreen(session, Plan.of([change]))
    with suppress(Problem):
        compute = await session.operations.call(lambda azure: azure.compute(target), wait, fresh=True)
        if compute.attached_to is not None:
            assessor = Assessor(workspace, None)
            opened = GrantScreen(
                session, workspace, compute, compute.attached_to, change.synapse, assessor, again=grant
            )
    screen.gone_on()
    screen.show_result("correct", f"the grant to {grant.principal.name}", lambda: screen.app.push_screen(opened))
