"""What one key does about a finding of the readiness: a plan of roles, a form, or where the person decides."""

from textual.screen import Screen

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.plan import Plan
from tui.domain.ports import Holding
from tui.domain.readiness import Readiness, Remedy
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange
from tui.domain.workspaces import Workspace
from tui.ui.screens import changes
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.plan import PlanScreen
from tui.ui.screens.readiness_page import missing_grants, strays_in


async def fix(
    screen: HouseScreen,
    workspace: Workspace,
    compute: Compute,
    pool: ResourceId,
    readiness: Readiness,
    remedy: Remedy,
) -> None:
    """Open what fixes a finding.

    Args:
        screen: The screen in front.
        workspace: The workspace that holds the compute.
        compute: The attached pool.
        pool: Its Spark pool's resource id.
        readiness: What was found.
        remedy: Which of the findings' remedies is wanted.
    """
    match remedy:
        case Remedy.IDENTITY:
            await changes.do(screen, "identity", workspace, [compute])
        case Remedy.ROLES:
            await changes.do(screen, "roles", workspace, [compute], about=strays_in(readiness))
        case Remedy.DETACH:
            await changes.do(screen, "detach", workspace, [compute])
        case Remedy.ATTACH:
            from tui.ui.attach.form import Form
            from tui.ui.attach.screen import AttachScreen

            form = Form(workspace, pool=pool, name=compute.name, name_is_typed=True)
            screen.app.push_screen(AttachScreen(screen.session, form, first=AttachScreen.REVIEW))
        case Remedy.GRANT:
            _grant(screen, compute, pool, readiness)


def _grant(screen: HouseScreen, compute: Compute, pool: ResourceId, readiness: Readiness) -> None:
    """Read the Synapse workspace, which a grant needs, and show the plan."""
    if screen.shows_result("fix"):
        return
    screen.say_until_key((f"Reading the Synapse workspace {pool.parent.name} …", "$dim"))
    screen.reads.start("fix", _read_and_grant, screen, compute, pool, readiness)


async def _read_and_grant(screen: HouseScreen, compute: Compute, pool: ResourceId, readiness: Readiness) -> None:
    def wait(holding: Holding) -> None:
        screen.say_until_key((f"Reading the Synapse workspace {pool.parent.name}: waiting, {holding.words}", "$dim"))

    try:
        synapse = await screen.session.operations.call(lambda azure: azure.synapse_workspace(pool.parent), wait)
    except Problem as problem:
        opened: Screen[None] = ErrorScreen(problem)
        what = f"why {compute.name} cannot be fixed from here"
    else:
        plan = Plan.of([RoleChange(synapse, pool, missing_grants(readiness, pool), compute=compute.id)])
        opened, what = PlanScreen(screen.session, plan), f"the plan for {compute.name}"
    screen.gone_on()
    screen.show_result("fix", what, lambda: screen.app.push_screen(opened))
