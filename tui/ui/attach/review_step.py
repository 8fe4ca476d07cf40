"""Step 5: the plan, and the same in other tools' languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from textual import on
from textual.app import ComposeResult

from tui.domain.attachment import Attachment
from tui.domain.clouds import CloudProfile
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem
from tui.domain.fitness import fitness_of
from tui.domain.phrases import doubts
from tui.domain.plan import Plan
from tui.domain.uses import Uses
from tui.ui.attach.attached import AttachedPools
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.keys import key_name
from tui.ui.preflight import Preflight
from tui.ui.resource_lists import ResourceLists
from tui.ui.role_moves import move_of, roles_left, uses_of
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import plan_pages
from tui.ui.widgets.preflight import PreflightPanel

_READING = "Reading which other attached pools run as an identity that loses a role …"


class ReviewStep(Step):
    """The request before it is sent.

    Args:
        preflight: What stands against it.
        cloud: The cloud that it goes to.
        attached: Knows where the pool is already attached.
        today: Returns the date by which to check the Spark runtime.
    """

    title = "Plan"

    def __init__(
        self,
        form: Form,
        lists: ResourceLists,
        preflight: Preflight,
        cloud: CloudProfile,
        attached: AttachedPools,
        today: Callable[[], date],
    ) -> None:
        super().__init__(form, lists, id="review-step")
        self._preflight = preflight
        self._attached = attached
        self._today = today
        self._cloud = cloud

    def compose(self) -> ComposeResult:
        """Show the plan, and the request in every language."""
        yield Pages(plan_pages(lambda: self.plan, self._cloud, key_name("attach.copy"), self._preflight))
        yield PreflightPanel(self._preflight)

    @property
    def plan(self) -> Plan | None:
        """The plan; None before there is a pool and a name."""
        request = self._request
        if request is None:
            return None
        plan = Plan.of([request]).with_warnings((request.id, sentence) for sentence in self._warnings(request))
        uses = self._uses(plan)
        return plan if uses is None else plan.checked(uses)

    @property
    def _request(self) -> Attachment | ComputeEdit | None:
        """The request, with the roles that move if the identity changes."""
        request = self.form.request
        if isinstance(request, ComputeEdit) and self.form.changes_identity:
            after = self.form.identity.after
            return replace(request, move=move_of(self.lists, request.compute, request.identity, after))
        return request

    def _uses(self, plan: Plan) -> Uses | Problem | None:
        """Which attached pools run as which principals; None if the plan removes no role or this is not read yet."""
        if not plan.workspaces:
            return None
        listed = self.lists.uses(self.form.workspace.id)
        if self._uses_read not in listed.watchers:
            listed.watchers.append(self._uses_read)
        return uses_of(self.lists, self.form.workspace.id)

    def _uses_read(self) -> None:
        if self.display:
            self.open()

    @property
    def is_reading(self) -> bool:
        """Whether the consequences of the plan are still being read, so that it cannot be sent yet."""
        plan = Plan.of([request]) if (request := self._request) is not None else None
        return plan is not None and bool(plan.workspaces) and self._uses(plan) is None

    def open(self) -> None:
        """Show the current request."""
        self.query_one(Pages).refresh_page()
        self.query_one("#page").focus()
        plan = self.plan
        self._preflight.check_plan(plan)
        if self.is_reading:
            self.post_message(self.Said(_READING, "$dim"))
        elif plan is not None and plan.problem:
            self.post_message(self.Said(plan.problem, "$error" if plan.to_send else "$warning"))
        elif plan is not None:
            go, back = key_name("attach.accept"), key_name("attach.back")
            self.post_message(self.Said(f"Nothing has been sent yet. {go} {plan.doing}; {back} goes back.", "bold"))

    def accept(self) -> None:
        """Send the request, unless it would change nothing."""
        plan = self.plan
        if plan is None:
            self.post_message(self.Said("Choose a pool and a name first."))
        elif self.is_reading:
            self.post_message(self.Said(_READING, "$warning"))
        elif plan.problem:
            self.post_message(self.Said(plan.problem, "$warning" if not plan.to_send else "$error"))
        else:
            self.post_message(self.Done())

    @property
    def copies_document(self) -> bool:
        """Whether the visible page is a document for another program."""
        return self.query_one(Pages).page.is_document

    @property
    def copyable(self) -> tuple[str, str]:
        """The visible page."""
        page = self.query_one(Pages).page
        return page.copy(), f"the {page.title}"

    @on(Pages.Turned)
    def _turned(self, event: Pages.Turned) -> None:
        event.stop()

    @on(PreflightPanel.Fitted)
    def _preflight_fitted(self, event: PreflightPanel.Fitted) -> None:
        event.stop()
        self.query_one(Pages).refresh_page()

    def _warnings(self, request: Attachment | ComputeEdit) -> list[str]:
        left: tuple[str, ...] = ()
        if isinstance(request, ComputeEdit) and self.form.changes_identity:
            left = roles_left(self.lists, request.compute, request.identity, request.move)
        return [*left, *self._pool_warnings()]

    def _pool_warnings(self) -> list[str]:
        facts, attached = self.form.pool_facts, self._attached.remark()
        remarks = [attached] if attached else []
        if facts is not None:
            remarks += [sentence for _, sentence in doubts(fitness_of(facts, self._today()))]
        elif self.form.existing is None:
            remarks.append("The pool has not been read yet; it is checked again before sending.")
        return remarks
