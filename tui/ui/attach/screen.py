"""The screen that leads through the steps of the attach wizard and sends the request."""

import time
from collections.abc import Iterable
from datetime import date
from functools import partial

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.errors import Problem
from tui.domain.operation import Operation, Succeeded, Verb, Watch
from tui.domain.states import Tone
from tui.ui.attach.access_step import AccessStep
from tui.ui.attach.attached import AttachedPools
from tui.ui.attach.form import Form
from tui.ui.attach.identity_step import IdentityStep
from tui.ui.attach.name_step import NameStep
from tui.ui.attach.pool_step import PoolStep
from tui.ui.attach.review_step import ReviewStep
from tui.ui.attach.step import Step
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.preflight import Preflight
from tui.ui.resource_lists import ResourceLists
from tui.ui.screens.base import ALERT_STYLES, BaseScreen, MessageParts
from tui.ui.session import Session
from tui.ui.text import Parts, content, glyph, shorten
from tui.ui.text import line as one_line
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import plan_content

_ANSWER_CELLS = 20
_PLAN_CELLS = 10_000


class AttachScreen(BaseScreen):
    """The attach wizard.

    Args:
        form: The answers so far, kept when the user leaves.
        first: The index of the first step to show.
    """

    WHERE = "attach"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = ""
    REVIEW = 4

    def __init__(self, session: Session, flow: Flow, form: Form, first: int = 0) -> None:
        super().__init__(session, flow)
        self._form = form
        self._index = first
        self._reviewed = ""
        self._question: MessageParts = ()
        self._lists = ResourceLists(self.reads, session.operations)
        self._attached = AttachedPools(form, self._lists)
        self._preflight = Preflight(self.reads, session.operations)
        operations = session.operations
        self._steps: tuple[Step, ...] = (
            PoolStep(form, self._lists, self.reads, operations, self._attached),
            NameStep(form, self._lists, self._attached, operations),
            IdentityStep(form, self._lists),
            AccessStep(form, self._lists, self._preflight),
            ReviewStep(form, self._lists, self._preflight, session.cloud, self._attached, self._today),
        )

    def content(self) -> Iterable[Widget]:
        """Create the list of steps, and the steps."""
        with Horizontal(id="wizard"):
            yield Static("", id="steps", markup=False)
            yield Vertical(*self._steps, id="step")

    @property
    def place(self) -> str:
        """The workspace, and what the user does here."""
        return f"{self._form.workspace.name} › attach a Spark pool"

    def on_mount(self) -> None:
        """Read the region and the computes of the workspace, and open the first step."""
        self._attached.watchers.append(self._computes_known)
        self._attached.read()
        if not self._form.workspace.location:
            self.reads.start("workspace", self._read_workspace)
        self._open(self._index)

    def _today(self) -> date:
        return self.session.operations.now().date()

    @property
    def _step(self) -> Step:
        return self._steps[self._index]

    async def _read_workspace(self, *, is_awaited: bool = False) -> None:
        """Read the workspace for its region.

        Args:
            is_awaited: Whether the user tried to send without it, so that a failure must be reported.
        """
        workspace = self._form.workspace.id
        try:
            self._form.workspace = await self.session.operations.call(lambda azure: azure.workspace(workspace))
        except Problem as problem:
            if is_awaited and self._index == self.REVIEW:
                words = f"Nothing was sent: the request needs the workspace's region. {problem.title} {problem.advice}"
                self.say_until_key((words, "$error"), over=self._question)
        else:
            if is_awaited and self._index == self.REVIEW:
                self._show_review()
                words = "The region is now known and the plan has changed. Nothing was sent; read the plan again."
                self.say_until_key((words, "$warning"), over=self._question)

    def _computes_known(self) -> None:
        if self._form.name:
            self._form.check_name(self._lists.computes(self._form.workspace.id).items)
        if self._index == self.REVIEW:
            self._step.open()
            self._show_review()
        self._draw_steps()

    @property
    def unsent(self) -> str:
        """The answers."""
        return self._form.unsent

    @property
    def is_guarding(self) -> bool:
        """Whether the plan is visible, which enter sends."""
        return self._index == self.REVIEW

    @property
    def has_content(self) -> bool:
        """Whether the plan is on its page."""
        return self.query_one(Pages).is_filled

    @property
    def _review(self) -> ReviewStep:
        return self.query_one(ReviewStep)

    def _show_review(self) -> None:
        """Show a changed plan from its top."""
        text = plan_content(self._review.plan, _PLAN_CELLS).plain
        if text != self._reviewed:
            self._reviewed = text
            self.query_one(Pages).show_new()
            self.guard_content()

    def _open(self, index: int) -> None:
        self._index, self._reviewed = index, ""
        for number, step in enumerate(self._steps):
            step.display = number == index
        self._step.open()
        if index == self.REVIEW:
            self._show_review()
        self._draw_steps()
        self.show_keys()

    def _draw_steps(self) -> None:
        parts: Parts = []
        for number, step in enumerate(self._steps):
            here = number == self._index
            sign = one_line("▌") if here else " "
            tone = Tone.BAD if step.problem else Tone.GOOD
            done = glyph(tone) if step.answer else " "
            parts += [
                (f"{sign}{number + 1} {step.title:<9}", "bold $accent" if here else ""),
                (f"{done}\n", "$error" if tone is Tone.BAD else "$success"),
                (f"   {shorten(one_line(step.answer), _ANSWER_CELLS)}\n\n", "$dim"),
            ]
        if self._form.existing is not None:
            parts.append((f" {glyph(Tone.WARNING)} updates an\n   attached compute", "$warning"))
        # Its size is fixed, so its text moves nothing else.
        self.query_one("#steps", Static).update(content(*parts), layout=False)

    # Events of the steps

    @on(Step.Done)
    def _done(self, event: Step.Done) -> None:
        if event.step is not self._step:
            # A second answer before the next step opened belongs to that step.
            if self.is_guarding:
                self.was_too_early(time.monotonic())
            else:
                self._step.accept()
            return
        following = self._neighbor(1)
        if following is not None:
            self._open(following)
        else:
            self._send()

    def _neighbor(self, by: int) -> int | None:
        """The next or previous step that is needed; None at the end."""
        numbers = range(self._index + by, len(self._steps) if by > 0 else -1, by)
        return next((number for number in numbers if self._steps[number].is_needed), None)

    @on(Step.Changed)
    def _changed(self) -> None:
        self._draw_steps()

    @on(Step.Said)
    def _said(self, event: Step.Said) -> None:
        said = ((event.text, event.tone),)
        if event.tone in ALERT_STYLES:
            self.say_until_key(*said, over=self._question)
            return
        if event.tone == "bold":
            self._question = said
        self.say(*said)

    def _send(self) -> None:
        plan = self._review.plan
        if plan is None:
            return
        problem = next((step.problem for step in self._steps if step.is_needed and step.problem), "")
        if problem:
            self.say((f"Nothing was sent. {problem}", "$error"))
            return
        if plan_content(plan, _PLAN_CELLS).plain != self._reviewed:
            self._show_review()
            words = "New information has changed the plan. Nothing was sent; read the plan again."
            self.say_until_key((words, "$warning"), over=self._question)
            return
        if self._form.existing is None and not self._form.workspace.location:
            self.reads.start("workspace", partial(self._read_workspace, is_awaited=True))
            go = key_name("attach.accept")
            self.say((f"The workspace's region is being read. Press {go} again in a moment.", "$warning"))
            return
        self.flow.apply(self, plan, began=self._mark_sent)

    def _mark_sent(self) -> None:
        self._form.sent = True

    def operation_changed(self, operation: Operation) -> None:
        """Check the name again when a write to it starts or ends, and list a pool or identity that was written."""
        if operation.target.name.lower() == self._form.name.lower():
            self.query_one(NameStep).judge_again()
            self._draw_steps()
        if operation.verb is Verb.CREATE_IDENTITY:
            self.query_one(IdentityStep).picker.identity_written(operation)
        if operation.verb.is_of_pool and isinstance(operation.end, Succeeded):
            is_wanted = operation.verb is Verb.CREATE_POOL and operation.watch is not Watch.ELSEWHERE
            self.query_one(PoolStep).pool_written(operation.target, is_wanted=is_wanted)

    # Keys

    def why_not(self, action: str) -> str | None:
        """Why a key for Spark pools or identities is not available."""
        pools = self.query_one(PoolStep)
        if action == "open_pool":
            return pools.why_no_pool
        if action != "new":
            return None
        is_pool = self._step is pools
        return pools.why_no_new_pool if is_pool else self.query_one(IdentityStep).picker.why_no_new

    def label(self, binding: Binding) -> str:
        """Name the keys by what they do in the current step."""
        if binding.action == "accept" and self._index == self.REVIEW:
            return "attach" if self._form.existing is None else "update"
        if binding.action == "submit":
            return self._step.submit_word
        if binding.action == "new":
            return "new pool" if self._index == 0 else "new identity"
        return super().label(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do nothing in the current step."""
        if action in ("next", "previous", "refresh") and not self.has_frame:
            return False
        if action == "next":
            return self._index < self.REVIEW
        if action == "previous":
            return self._neighbor(-1) is not None
        if action in ("open_pool", "new"):
            has_new = action == "new" and isinstance(self._step, IdentityStep)
            return self.has_frame and (has_new or isinstance(self._step, PoolStep))
        if action == "refresh":
            return type(self._step).refresh_list is not Step.refresh_list
        return super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Take the answer of the current step."""
        self._step.accept()

    def action_next(self) -> None:
        """Take the answer of the current step; the plan stays, because only enter sends it."""
        if self._index + 1 < len(self._steps):
            self._step.accept()

    def action_previous(self) -> None:
        """Go to the previous step."""
        before = self._neighbor(-1)
        if before is not None:
            self._open(before)

    def action_back(self) -> None:
        """Go back one choice; from the first, leave and keep the answers."""
        before = self._neighbor(-1)
        if self._step.back():
            self._draw_steps()
        elif before is not None:
            self._open(before)
        else:
            super().action_back()

    def action_open_spec(self) -> None:
        """Open a spec file instead of the wizard, whose answers are kept."""
        self.flow.open_spec_instead(self, self._form, self._index)

    def action_open_pool(self) -> None:
        """Show the Spark pool under the cursor."""
        pool = self.query_one(PoolStep).pool_under_cursor
        if not self.refused("open_pool") and pool is not None:
            self.flow.pools.open(pool.id, pool)

    def action_new(self) -> None:
        """Open the form for a new Spark pool in the chosen Synapse workspace, or for a new identity."""
        step, workspace = self._step, self.query_one(PoolStep).synapse
        if self.refused("new"):
            return
        if isinstance(step, IdentityStep):
            step.picker.await_new()
            self.flow.new_identity(step.picker.subscription, self._form.workspace)
        elif workspace is not None:
            self.flow.pools.create(workspace)

    def action_refresh(self) -> None:
        """Read the visible list again."""
        self._step.refresh_list()

    async def action_copy(self) -> None:
        """Copy the visible page or problem."""
        text, what = self._step.copyable
        if text:
            await self.copy(text, what, is_document=self._step.copies_document)
