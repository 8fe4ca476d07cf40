"""A plan before it is applied; the one screen that every change passes."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.domain.plan import Plan
from tui.ui.keys import key_name
from tui.ui.screens.apply import apply_plan
from tui.ui.screens.base import HouseScreen
from tui.ui.session import Session
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import plan_pages


class PlanScreen(HouseScreen):
    """Shows a plan, and applies it when it is confirmed.

    Args:
        session: The run.
        plan: The plan.
        leave_caller: Whether the screen below is done when the plan has been applied.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "apply", "Apply", key_display="enter", id="plan.apply", tooltip="Do what the plan says"),
        Binding("y", "detach", "Detach", id="plan.detach", tooltip="Detach what the plan names; the pools stay"),
        Binding("escape", "back", "Back", id="plan.back", tooltip="Go back; nothing is sent"),
        Binding("c,ctrl+y", "copy", "Copy", key_display="c", id="plan.copy", tooltip="Copy the page that is shown"),
    ]
    WRITES = frozenset({"apply", "detach"})
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, plan: Plan, *, leave_caller: bool = False) -> None:
        super().__init__(session)
        self._plan = plan
        self._leave_caller = leave_caller

    def content(self) -> Iterable[Widget]:
        """The plan, and the same in every language."""
        yield Pages(plan_pages(lambda: self._plan, self.session.cloud, key_name("plan.copy", "c")))

    @property
    def place(self) -> str:
        """What the plan is about."""
        names = {step.target.holder for step in self._plan.steps}
        return f"{', '.join(sorted(names))} › plan"

    def on_mount(self) -> None:
        """Say that nothing has been sent."""
        problem = self._plan.problem
        if problem:
            self.say((problem, "$error" if self._plan.to_send else "$warning"))
        else:
            go = key_name("plan.detach", "y") if self._plan.detaches else key_name("plan.apply", "enter")
            back = key_name("plan.back", "esc")
            self.say((f"Nothing has been sent yet. {go} {self._plan.doing}; {back} goes back.", "bold"), whole=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the key that does not belong to this plan."""
        if action in ("apply", "detach"):
            return (action == "detach") == self._plan.detaches
        return super().check_action(action, parameters)

    def label(self, binding: Binding) -> str:
        """Call the key that sends by what it does."""
        return self._plan.verb if binding.action == "apply" else super().label(binding)

    def why_not(self, action: str) -> str | None:
        """Why a plan cannot be applied."""
        return (self._plan.problem or None) if action in ("apply", "detach") else None

    def action_apply(self) -> None:
        """Do what the plan says."""
        if not self.refused("apply"):
            apply_plan(self, self._plan, leave_caller=self._leave_caller)

    def action_detach(self) -> None:
        """Do what the plan says, on a deliberate key: enter may be typed ahead."""
        self.action_apply()

    async def action_copy(self) -> None:
        """Copy the page that is shown."""
        page = self.query_one(Pages).page
        await self.copy(page.copy(), f"the {page.title}", is_document=page.is_document)
