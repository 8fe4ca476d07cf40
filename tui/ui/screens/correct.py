"""From a failed operation back to what led to it."""

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation
from tui.domain.plan import Detachment, Plan
from tui.domain.ports import Holding, Page
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange
from tui.domain.workspaces import Workspace
from tui.operations.readiness import Assessor
from tui.operations.service import Delivery, Ended
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
    operations, target = screen.session.operations, change.compute
    if target is None:
        return
    workspace = Workspace(target.parent)

    screen.say_until_key((f"Reading {target.name} …", "$dim"))

    def show(opened: HouseScreen) -> None:
        screen.gone_on()
        screen.show_result("correct", f"the grant to {grant.principal.name}", lambda: screen.app.push_screen(opened))

    def arrived(delivery: Delivery[Compute]) -> None:
        match delivery:
            case Page(items=(Compute(attached_to=ResourceId() as pool) as compute,)):
                show(
                    GrantScreen(
                        screen.session, workspace, compute, pool, change.synapse, Assessor(workspace, None), again=grant
                    )
                )
            case Page() | Ended(problem=Problem()):
                show(PlanScreen(screen.session, Plan.of([change])))
            case Holding(words=words):
                screen.say_until_key((f"Reading {target.name}: waiting, {words}", "$dim"))

    screen.reads.start("correct", lambda deliver: operations.compute(target, deliver), arrived)
