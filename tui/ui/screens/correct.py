"""From a failed operation back to what led to it."""

from tui.domain.attachment import Attachment
from tui.domain.edit import ComputeEdit
from tui.domain.operation import Failed, Operation
from tui.domain.plan import Detachment, Plan
from tui.domain.role_change import RoleChange
from tui.ui.screens.base import HouseScreen


async def correct(screen: HouseScreen, operation: Operation) -> None:
    """Open what led to a failed operation, in the place of the screen.

    Args:
        screen: The screen in front.
        operation: An operation that failed.
    """
    from tui.ui.attach.screen import AttachScreen
    from tui.ui.screens.conflict import ConflictScreen
    from tui.ui.screens.detach import ask_and_detach
    from tui.ui.screens.plan import PlanScreen

    found = operation.end.found if isinstance(operation.end, Failed) else None
    rest = operation.end.rest if isinstance(operation.end, Failed) else None
    if rest is not None:
        screen.app.switch_screen(PlanScreen(screen.session, Plan.of([rest])))
        return
    match operation.request:
        case Attachment() as attachment:
            screen.app.switch_screen(AttachScreen.again(screen.session, attachment))
        case ComputeEdit() as edit if found is not None:
            screen.app.push_screen(ConflictScreen(screen.session, edit, found))
        case ComputeEdit() as edit:
            screen.app.switch_screen(PlanScreen(screen.session, Plan.of([edit])))
        case RoleChange() as change:
            screen.app.switch_screen(PlanScreen(screen.session, Plan.of([change])))
        case Detachment(compute=compute):
            await ask_and_detach(screen, [compute])
