"""The question before a detach, and the detach."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.domain.compute import Compute
from tui.domain.plan import Detachment, Plan
from tui.domain.resource_id import ResourceId
from tui.ui.screens.apply import start
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.confirm import ConfirmScreen, Question
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.unlock import unlocked
from tui.ui.session import Session
from tui.ui.text import plural


def question(plan: Plan) -> Question:
    """What is asked before computes are detached: what stays, and what goes.

    Args:
        plan: The plan that detaches them.
    """
    if len(plan.steps) == 1:
        step = plan.steps[0]
        return Question(title=f"Detach {step.name}?", lines=step.warnings, yes="detach", no="keep it", more="plan")
    number = plural(len(plan.steps), "Spark pool")
    lines = [f"{step.name}: {' '.join(step.warnings)}" for step in plan.steps]
    return Question(
        title=f"Detach {number}?", lines=(plan.summary, *lines), yes=f"detach {number}", no="keep them", more="plan"
    )


async def ask_and_detach(screen: HouseScreen, computes: Sequence[Compute]) -> None:
    """Ask on top of a screen; on yes, start to detach."""
    plan = Plan.of(Detachment(compute) for compute in computes)

    def decided(yes: bool | None) -> None:
        if yes:
            unlocked(screen, plan, detach)

    def detach(named: tuple[ResourceId, ...]) -> None:
        _, problem = start(screen.session, plan, named)
        if problem is not None:
            screen.app.push_screen(ErrorScreen(problem))

    await screen.app.push_screen(DetachScreen(screen.session, plan), decided)


class DetachScreen(ConfirmScreen):
    """The question, from which the whole plan can be seen.

    Args:
        session: The run.
        plan: The plan that detaches.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plan", "Plan", id="detach.plan", tooltip="The same as az ml command, Python and REST"),
    ]

    def __init__(self, session: Session, plan: Plan) -> None:
        super().__init__(question(plan))
        self._session = session
        self._plan = plan

    def action_plan(self) -> None:
        """Show the plan, and the same in other tools' languages."""
        from tui.ui.screens.plan import PlanScreen

        self.app.push_screen(PlanScreen(self._session, self._plan, leave_caller=True))
