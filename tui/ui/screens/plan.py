"""The plan, which every change shows before it is applied."""

from collections.abc import Iterable

from textual import on
from textual.binding import Binding
from textual.widget import Widget

from tui.domain.errors import Problem
from tui.domain.operation import Operation
from tui.domain.ordering import by_name
from tui.domain.plan import Plan
from tui.domain.ports import RequestWait
from tui.domain.uses import Uses
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.preflight import Preflight
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.changes import why_busy
from tui.ui.session import Session
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import plan_pages
from tui.ui.widgets.preflight import PreflightPanel

_READING = "Reading which other attached pools run as an identity that loses a role …"


class PlanScreen(BaseScreen):
    """Shows a plan, and applies it when the user confirms.

    Args:
        leave_caller: Whether the screen below closes after the plan is applied.
        uses: Which attached pools run as which principals; None to read it if the plan removes a role.
    """

    WHERE = "plan"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(
        self, session: Session, flow: Flow, plan: Plan, *, leave_caller: bool = False, uses: Uses | None = None
    ) -> None:
        super().__init__(session, flow)
        self._plan = plan.checked(uses) if uses is not None else plan
        self._is_checked = uses is not None or not plan.workspaces
        self._leave_caller = leave_caller
        self._preflight = Preflight(self.reads, session.operations)

    def content(self) -> Iterable[Widget]:
        """Show the plan, and the same in every language."""
        copy_key = key_name("plan.copy")
        yield Pages(plan_pages(self._checked_plan, self.session.cloud, copy_key, self._preflight, _READING))
        yield PreflightPanel(self._preflight)

    def _checked_plan(self) -> Plan | None:
        return self._plan if self._is_checked else None

    @property
    def place(self) -> str:
        """What the plan concerns."""
        names = {step.target.holder for step in self._plan.steps}
        return f"{', '.join(sorted(names, key=by_name))} › plan"

    def on_mount(self) -> None:
        """Say that nothing has been sent."""
        self._show_summary()

    def begin(self) -> None:
        """Read what stands against the plan, and who else runs as an identity that loses a role."""
        self._preflight.check_plan(self._plan)
        if not self._is_checked:
            self.reads.start("uses", self._read_uses)

    async def _read_uses(self) -> None:
        from tui.operations.uses import read_uses

        def wait(request_wait: RequestWait) -> None:
            self.say((f"{_READING} Waiting: {request_wait.text}.", "$warning"))

        workspaces = tuple(self._plan.workspaces)
        try:
            uses = await self.session.operations.call(lambda azure: read_uses(azure, workspaces), wait, fresh=True)
        except Problem as problem:
            self._check(problem)
        else:
            self._check(uses)

    def _check(self, uses: Uses | Problem) -> None:
        self._plan, self._is_checked = self._plan.checked(uses), True
        self._preflight.check_plan(self._plan)
        self.query_one(Pages).refresh_page()
        self._show_summary()
        self.show_keys()

    def _show_summary(self) -> None:
        problem = self._plan.problem
        if not self._is_checked:
            self.say((_READING, "$dim"))
        elif problem:
            self.say((problem, "$error" if self._plan.to_send else "$warning"))
        else:
            go = key_name("plan.detach") if self._plan.detaches else key_name("plan.apply")
            back = key_name("plan.back")
            self.say((f"Nothing has been sent yet. {go} {self._plan.doing}; {back} goes back.", "bold"))

    @property
    def has_content(self) -> bool:
        """Whether the plan is on its page, with all its consequences."""
        return self._is_checked and self.query_one(Pages).is_filled

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the key that does not belong to this plan."""
        if action in ("apply", "detach"):
            return (action == "detach") == self._plan.detaches
        return super().check_action(action, parameters)

    def label(self, binding: Binding) -> str:
        """Name the key that sends by what it does."""
        return self._plan.verb if binding.action == "apply" else super().label(binding)

    def why_not(self, action: str) -> str | None:
        """Why the plan cannot be applied."""
        if action not in ("apply", "detach"):
            return None
        if not self._is_checked:
            return _READING
        return self._plan.problem or self._why_busy

    @property
    def _why_busy(self) -> str | None:
        """The reason if other programs write to everything in the plan; otherwise the rest can be sent."""
        reasons = [why_busy(self, request.id, elsewhere=True) for request in self._plan.to_send]
        return reasons[0] if reasons and None not in reasons else None

    def operation_changed(self, operation: Operation) -> None:
        """Update the keys, because an operation may block the plan or no longer does."""
        self.show_keys()

    @on(PreflightPanel.Fitted)
    def _preflight_fitted(self) -> None:
        self.query_one(Pages).refresh_page()

    def action_refresh(self) -> None:
        """Check again what stands against the plan, as another user."""
        self._preflight.check_plan(self._plan, again=True)

    def action_apply(self) -> None:
        """Apply the plan."""
        if not self.refused("apply"):
            self.flow.apply(self, self._plan, leave_caller=self._leave_caller)

    def action_detach(self) -> None:
        """Apply a plan that detaches, with its own key because enter may be typed ahead."""
        self.action_apply()

    async def action_copy(self) -> None:
        """Copy the page that is shown."""
        page = self.query_one(Pages).page
        await self.copy(page.copy(), f"the {page.title}", is_document=page.is_document)
