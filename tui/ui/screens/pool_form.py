"""The settings of a Spark pool: a form to change one, or to create one."""

from collections.abc import Iterable

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.pool_form import ChangeInput, CreationInput, PoolInput
from tui.domain.pool_texts import InvalidText, PoolField
from tui.domain.resource_id import ResourceId
from tui.ui.keys import bindings, key_name
from tui.ui.pool_computes import PoolComputes
from tui.ui.ports import Flow
from tui.ui.resource_lists import ResourceLists
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.pool_facts import HINTS, facts_content
from tui.ui.screens.pool_reload import PoolReload
from tui.ui.session import Session
from tui.ui.text import content, line
from tui.ui.widgets.field import Field
from tui.ui.widgets.problem import ProblemPanel

CHANGE_DRAFT, CREATION_DRAFT = "pool", "new pool"


class PoolFormScreen(BaseScreen):
    """Changes a Spark pool, which is read again at once, or creates one.

    Args:
        known: The input so far; unsent input of the last time replaces it if it is untouched.
    """

    WHERE = "pool-form"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "Field"

    def __init__(self, session: Session, flow: Flow, known: PoolInput) -> None:
        super().__init__(session, flow)
        self._input: PoolInput = known
        self._has_draft = self._take_draft()
        self._wrong: PoolField | None = None
        self._lists = ResourceLists(self.reads, session.operations)
        self._reload: PoolReload | None = None
        if isinstance(known, ChangeInput):
            computes = PoolComputes(self._lists, session.where.workspace, known.pool.id)
            refresh = key_name("pool-form.refresh")
            self._reload = PoolReload(known.pool, computes, session.operations, self._news, refresh)

    def content(self) -> Iterable[Widget]:
        """Create a line for each field, and what the input means below."""
        yield ProblemPanel(id="problem")
        for one in self._input.fields:
            name = one.name.lower()
            is_tags = one is PoolField.TAGS
            field = Field('such as team=data "note=two words"' if is_tags else "", is_prose=is_tags, id=f"pool-{name}")
            # A typed value replaces the current one; tags are added to the others.
            field.select_on_focus = not is_tags
            field.set_class(not is_tags, "short")
            with Horizontal(classes="part"):
                yield Static(content((one.value, "$dim")), classes="label", markup=False)
                yield field
                if not is_tags:
                    yield Static("", id=f"hint-{name}", classes="hint", markup=False)
        yield Static("", id="pool-notes", markup=False)

    @property
    def place(self) -> str:
        """The Synapse workspace, and the Spark pool."""
        if isinstance(self._input, ChangeInput):
            return f"{self._input.pool.id.parent.name} › {self._input.pool.name} › settings"
        return f"{self._input.workspace.name} › new Spark pool"

    def on_mount(self) -> None:
        """Show the known values, and unsent input of the last time."""
        self._fill()
        self._show_notes()
        if self._has_draft:
            self.say(("Your unsent edits are back.", "bold"))
        else:
            self._show_hint()

    def begin(self) -> None:
        """Read the Spark pool again, or the names that are taken."""
        if self._reload is not None:
            self.reads.start("pool", self._reload.read)
            self._reload.watch_computes()
        elif isinstance(self._input, CreationInput):
            self._lists.spark_pools(self._input.workspace.id)

    # Drafts

    @property
    def _draft_key(self) -> tuple[str, frozenset[ResourceId | None]]:
        if isinstance(self._input, ChangeInput):
            return CHANGE_DRAFT, frozenset([self._input.pool.id])
        return CREATION_DRAFT, frozenset([self._input.workspace.id])

    def _take_draft(self) -> bool:
        """Continue with the input of the last time, unless there is other input."""
        if not self._input.is_untouched:
            return False
        stored = self.session.drafts.pop(self._draft_key, None)
        if isinstance(self._input, ChangeInput) and isinstance(stored, ChangeInput):
            self._input = stored.on(self._input.pool)
        elif isinstance(stored, CreationInput):
            self._input = stored
        return not self._input.is_untouched

    @property
    def unsent(self) -> str:
        """The settings, if there is unsent input."""
        if self._input.is_untouched:
            return ""
        if isinstance(self._input, ChangeInput):
            return f"the settings of {self._input.pool.name}"
        return f"the new Spark pool of {self._input.workspace.name}"

    def action_back(self) -> None:
        """Leave, and keep unsent input for the next time."""
        if not self._input.is_untouched:
            self.session.drafts[self._draft_key] = self._input
        super().action_back()

    # Fields

    def _field(self, one: PoolField) -> Input:
        return self.query_one(f"#pool-{one.name.lower()}", Input)

    def _fill(self) -> None:
        """Show the input, without touching what already stands there."""
        for one in self._input.fields:
            field, text = self._field(one), self._input.text(one)
            if field.value.strip() == text.strip():
                continue
            with self.prevent(Input.Changed):
                field.value = text
            if field.has_focus and field.select_on_focus:
                field.select_all()

    def _news(self) -> None:
        """Take what was read into the form; typed text stays."""
        reload = self._reload
        if reload is None or not isinstance(self._input, ChangeInput):
            return
        refresh, copies = key_name("pool-form.refresh"), key_name("pool-form.copy")
        panel = self.query_one(ProblemPanel)
        panel.show_problem(reload.problem, f"{refresh} tries again · {copies} copies this")
        if reload.pool is not self._input.pool:
            self._input = self._input.on(reload.pool)
            self._fill()
        self._show_notes()
        self.show_account()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        one = next((one for one in self._input.fields if event.input is self._field(one)), None)
        if one is not None:
            self._input = self._input.with_text(one, event.value)
            self._show_notes()
            if one is self._wrong:
                self._wrong = None
                self._show_hint()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._field(self._input.fields[-1]):
            self.action_review()
        else:
            self.action_move(1)

    def action_move(self, by: int) -> None:
        """Go to the field above or below."""
        fields = [self._field(one) for one in self._input.fields]
        here = next((number for number, field in enumerate(fields) if field is self.focused), None)
        if here is None:
            fields[0].focus()
        elif here + by in range(len(fields)):
            fields[here + by].focus()

    def label(self, binding: Binding) -> str:
        """Name the submit key by what it does in the focused field."""
        if binding.action == "submit":
            return "review" if self.focused is self._field(self._input.fields[-1]) else "next field"
        return super().label(binding)

    def on_descendant_focus(self) -> None:
        """Name the keys for the field that has the focus."""
        self.show_keys()

    # What the input means

    def _show_hint(self) -> None:
        if isinstance(self._input, ChangeInput):
            what = f"Settings of {self._input.pool.name}. "
        else:
            what = f"A new Spark pool in {self._input.workspace.name}. "
        next_field, review = key_name("field.submit"), key_name("pool-form.review")
        self.say((what, "bold"), f"{next_field} goes to the next field, {review} shows the plan.")

    def _show_notes(self) -> None:
        for one in self._input.fields:
            for hint in self.query(f"#hint-{one.name.lower()}").results(Static):
                is_changed = isinstance(self._input, ChangeInput) and one in self._input.typed
                words = f"now {line(self._input.before(one) or 'not reported')}" if is_changed else HINTS[one]
                hint.update(content((words, "$accent" if is_changed else "$dim")))
        computes = self._reload.computes if self._reload is not None else None
        notes = facts_content(self._input, computes, self.session.operations.now().date())
        self.query_one("#pool-notes", Static).update(notes)

    # The plan

    def action_review(self) -> None:
        """Show the plan, or say why there is none."""
        if self._request() is None or self.shows_result("review"):
            return
        if self._reload is None:
            self._show_plan()
        else:
            self._reload.when_read(self, "review", self._show_plan)

    def _request(self) -> PoolChange | PoolCreation | None:
        """The request; None if a field is wrong, which is said and has the focus then."""
        try:
            request = self._input.request
            self._check_name()
        except InvalidText as error:
            self._wrong, label = error.field, error.field.value
            self._field(error.field).focus()
            self.say((str(error) if str(error).startswith(label) else f"{label}: {error}", "$error"))
            return None
        return request

    def _check_name(self) -> None:
        """Check that the name of a new Spark pool is free, as far as the others are known.

        Raises:
            InvalidText: If it is not.
        """
        if isinstance(self._input, CreationInput):
            known = self._lists.spark_pools(self._input.workspace.id).items
            problem = self._input.name_problem(pool.name for pool in known)
            if problem:
                raise InvalidText(PoolField.NAME, problem)

    def _show_plan(self) -> None:
        request, reload = self._request(), self._reload
        reason = reload.why_not_ready if reload is not None else None
        if reason is not None:
            self.say((reason, "$warning"))
            return
        if request is None:
            return
        plan = Plan.of([request])
        if reload is not None:
            plan = plan.with_warnings([(request.id, reload.computes.sentence(reload.pool))])
        if plan.problem:
            self.say((plan.problem, "$error" if plan.to_send else "$warning"))
        else:
            self.flow.plan(plan, leave_caller=True)

    def action_refresh(self) -> None:
        """Read everything again."""
        if self._reload is not None:
            self._reload.computes.read_again()
            self.reads.start("pool", self._reload.read)
        elif isinstance(self._input, CreationInput):
            self._lists.read_again(self._lists.spark_pools(self._input.workspace.id))

    async def action_copy(self) -> None:
        """Copy the problem."""
        problem = self.query_one(ProblemPanel).problem
        if problem is not None:
            await self.copy(problem.report, "the problem")
