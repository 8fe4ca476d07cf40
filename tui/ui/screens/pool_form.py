"""The settings of a Spark pool: a form to change one, or to create one."""

from enum import Enum

from textual.content import Content

from tui.domain.field_texts import InvalidText
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.pool_form import ChangeInput, CreationInput, PoolInput
from tui.domain.pool_texts import PoolField
from tui.ui.keys import bindings, key_name
from tui.ui.pool_computes import PoolComputes
from tui.ui.ports import Flow
from tui.ui.screens.field_form import FieldFormScreen
from tui.ui.screens.pool_facts import HINTS, facts_content
from tui.ui.screens.pool_reload import PoolReload
from tui.ui.session import DraftKey, Session
from tui.ui.text import content, line
from tui.ui.widgets.problem import ProblemPanel

CHANGE_DRAFT, CREATION_DRAFT = "pool", "new pool"


class PoolFormScreen(FieldFormScreen[PoolInput, PoolChange | PoolCreation]):
    """Changes a Spark pool, which is read again at once, or creates one."""

    WHERE = "pool-form"
    BINDINGS = bindings(WHERE)
    PREFIX = "pool"

    def __init__(self, session: Session, flow: Flow, known: PoolInput) -> None:
        super().__init__(session, flow, known)
        self._reload: PoolReload | None = None
        if isinstance(known, ChangeInput):
            computes = PoolComputes(self._lists, session.where.workspace, known.pool.id)
            refresh = key_name("pool-form.refresh")
            self._reload = PoolReload(known.pool, computes, session.operations, self._news, refresh)

    @property
    def place(self) -> str:
        """The Synapse workspace, and the Spark pool."""
        if isinstance(self._input, ChangeInput):
            return f"{self._input.pool.id.parent.name} › {self._input.pool.name} › settings"
        return f"{self._input.workspace.name} › new Spark pool"

    def begin(self) -> None:
        """Read the Spark pool again, or the names that are taken."""
        if self._reload is not None:
            self.reads.start("pool", self._reload.read)
            self._reload.watch_computes()
        elif isinstance(self._input, CreationInput):
            self._lists.spark_pools(self._input.workspace.id)

    @property
    def _draft_key(self) -> DraftKey:
        if isinstance(self._input, ChangeInput):
            return CHANGE_DRAFT, frozenset([self._input.pool.id])
        return CREATION_DRAFT, frozenset([self._input.workspace.id])

    def _with_draft(self, stored: object) -> PoolInput:
        if isinstance(self._input, ChangeInput) and isinstance(stored, ChangeInput):
            return stored.on(self._input.pool)
        return stored if isinstance(stored, CreationInput) else self._input

    @property
    def _unsent_words(self) -> str:
        if isinstance(self._input, ChangeInput):
            return f"the settings of {self._input.pool.name}"
        return f"the new Spark pool of {self._input.workspace.name}"

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

    # What the input means

    @property
    def _question(self) -> str:
        if isinstance(self._input, ChangeInput):
            return f"Settings of {self._input.pool.name}."
        return f"A new Spark pool in {self._input.workspace.name}."

    def _hint(self, one: Enum) -> Content:
        field = PoolField(one)
        if isinstance(self._input, ChangeInput) and field in self._input.typed:
            return content((f"now {line(self._input.before(field) or 'not reported')}", "$accent"))
        return content((HINTS[field], "$dim"))

    def _notes(self) -> Content:
        computes = self._reload.computes if self._reload is not None else None
        return facts_content(self._input, computes, self.session.operations.now().date())

    # The plan

    def _checked_request(self) -> PoolChange | PoolCreation:
        request = self._input.request
        if isinstance(self._input, CreationInput):
            known = self._lists.spark_pools(self._input.workspace.id).items
            problem = self._input.name_problem(pool.name for pool in known)
            if problem:
                raise InvalidText(PoolField.NAME, problem)
        return request

    def action_review(self) -> None:
        """Show the plan, once the Spark pool is read again, or say why there is none."""
        if self._reload is None:
            super().action_review()
        elif self._request() is not None and not self.shows_result("review"):
            self._reload.when_read(self, "review", self._show_plan)

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
