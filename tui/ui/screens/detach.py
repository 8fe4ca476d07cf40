"""The question before a detach, and the detach."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.domain.compute import Compute
from tui.domain.consequences import detach_consequences, named_by
from tui.domain.plan import Detachment, Plan
from tui.domain.resource_id import ResourceId
from tui.ui.screens.apply import start
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.changes import hidden_warning
from tui.ui.screens.confirm import ConfirmScreen, Question
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.unlock import unlocked
from tui.ui.session import Session
from tui.ui.text import plural


def question(
    computes: Sequence[Compute], gone: Collection[ResourceId], hidden: Sequence[str], beside: str = ""
) -> Question:
    """What is asked before computes are detached: what stays, and what goes, of all of them together.

    Args:
        computes: The computes.
        gone: The Spark pools and identities that are known to be gone already.
        hidden: The names of those computes that a filter hides.
        beside: The name of the compute under the cursor, where it is not one of them.
    """
    lines = detach_consequences(computes, gone)
    warning = hidden_warning(len(computes), hidden, beside)
    if len(computes) == 1:
        return Question(
            title=f"Detach {computes[0].name}?", lines=lines, yes="detach", no="keep it", more="plan", warning=warning
        )
    number = plural(len(computes), "Spark pool")
    return Question(
        title=f"Detach {number}?",
        lines=lines,
        yes=f"detach {number}",
        no="keep them",
        more="plan",
        warning=warning,
    )


async def ask_and_detach(
    screen: HouseScreen,
    computes: Sequence[Compute],
    *,
    gone: Collection[ResourceId] = (),
    hidden: Sequence[str] = (),
    beside: str = "",
) -> None:
    """Ask on top of a screen; on yes, start to detach.

    Args:
        screen: The screen.
        computes: The computes, at least one.
        gone: The Spark pools and identities that are known to be gone already.
        hidden: The names of those computes that a filter hides.
        beside: The name of the compute under the cursor, where it is not one of them.
    """
    plan = Plan.of(Detachment(compute, tuple(one for one in named_by(compute) if one in gone)) for compute in computes)

    def decided(yes: bool | None) -> None:
        if yes:
            unlocked(screen, plan, detach)

    def detach(named: tuple[ResourceId, ...]) -> None:
        _, problem = start(screen.session, plan, named)
        if problem is not None:
            screen.app.push_screen(ErrorScreen(problem))

    await screen.app.push_screen(DetachScreen(screen.session, plan, question(computes, gone, hidden, beside)), decided)


class DetachScreen(ConfirmScreen):
    """The question, from which the whole plan can be seen.

    Args:
        session: The run.
        plan: The plan that detaches.
        asked: The question.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plan", "Plan", id="detach.plan", tooltip="The same as az ml command, Python and REST"),
    ]

    def __init__(self, session: Session, plan: Plan, asked: Question) -> None:
        super().__init__(asked)
        self._session = session
        self._plan = plan

    def action_plan(self) -> None:
        """Show the plan, and the same in other tools' languages."""
        from tui.ui.screens.plan import PlanScreen

        self.app.push_screen(PlanScreen(self._session, self._plan, leave_caller=True))
