"""Step 5: the plan, and the same in other tools' languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from textual import on
from textual.app import ComposeResult

from tui.domain import runtimes
from tui.domain.clouds import CloudProfile
from tui.domain.edit import ComputeEdit
from tui.domain.plan import Plan
from tui.domain.states import Tone
from tui.ui.attach.attached import Attached
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.catalog import Catalog
from tui.ui.keys import key_name
from tui.ui.role_moves import move_of, roles_left
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import plan_pages


class ReviewStep(Step):
    """The request, before it is sent.

    Args:
        form: The answers.
        catalog: The lists.
        cloud: The cloud that it goes to.
        attached: Knows where the pool is attached already.
        today: The day to judge its runtime by.
    """

    title = "Review"

    def __init__(
        self, form: Form, catalog: Catalog, cloud: CloudProfile, attached: Attached, today: Callable[[], date]
    ) -> None:
        super().__init__(form, catalog, id="review-step")
        self._attached = attached
        self._today = today
        self._cloud = cloud

    def compose(self) -> ComposeResult:
        """The plan, and the request in every language."""
        yield Pages(plan_pages(lambda: self.plan, self._cloud, key_name("attach.copy", "ctrl+y")))

    @property
    def plan(self) -> Plan | None:
        """What would be done, as soon as there is a pool and a name."""
        request = self.form.request
        if request is None:
            return None
        if isinstance(request, ComputeEdit) and self.form.changes_identity and self.form.moves:
            request = replace(request, move=move_of(self.catalog, request.compute, request.identity))
        return Plan.of([request]).with_warnings((request.id, sentence) for sentence in self._warnings())

    def open(self) -> None:
        """Show the request as it now is."""
        self.query_one(Pages).refresh_page()
        self.query_one("#page").focus()
        plan = self.plan
        if plan is not None and plan.problem:
            self.post_message(self.Said(plan.problem, "$error" if plan.to_send else "$warning"))
        elif plan is not None:
            go, back = key_name("attach.accept", "enter"), key_name("attach.back", "esc")
            self.post_message(self.Said(f"Nothing has been sent yet. {go} {plan.doing}; {back} goes back.", "bold"))

    def accept(self) -> None:
        """Send it, unless it would change nothing."""
        plan = self.plan
        if plan is None:
            self.post_message(self.Said("Choose a pool and a name first."))
        elif plan.problem:
            self.post_message(self.Said(plan.problem, "$warning" if not plan.to_send else "$error"))
        else:
            self.post_message(self.Done())

    @property
    def copies_document(self) -> bool:
        """Whether the page that is shown is a document for another program."""
        return self.query_one(Pages).page.is_document

    @property
    def copyable(self) -> tuple[str, str]:
        """The page that is shown."""
        page = self.query_one(Pages).page
        return page.copy(), f"the {page.title}"

    @on(Pages.Turned)
    def _turned(self, event: Pages.Turned) -> None:
        event.stop()

    def _warnings(self) -> list[str]:
        request = self.form.request
        left: tuple[str, ...] = ()
        if isinstance(request, ComputeEdit) and self.form.changes_identity:
            move = move_of(self.catalog, request.compute, request.identity) if self.form.moves else None
            left = roles_left(self.catalog, request.compute, request.identity, move)
        return [*left, *self._about_the_pool()]

    def _about_the_pool(self) -> list[str]:
        told = [self._attached.remark()]
        facts = self.form.pool_facts
        if facts is not None and facts.state.tone is not Tone.GOOD:
            told.append(f"The pool is {facts.state} now; Azure may refuse it.")
        if facts is not None:
            runtime = runtimes.support(facts.settings.version, self._today())
            told.append(runtime.words if runtime.ended or runtime.ends_soon else "")
        if facts is None and self.form.existing is None:
            told.append("The pool has not been read here; it is checked again before sending.")
        return [one for one in told if one]
