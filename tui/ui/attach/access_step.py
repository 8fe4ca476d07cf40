"""Step 4: the Synapse role that the identity needs on the pool, granted in the same operation."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Static

from tui.domain.ports import Holding, Page
from tui.domain.resource_id import ResourceId
from tui.domain.roles import ADMINISTRATOR, COMPUTE_OPERATOR, RoleDefinition
from tui.domain.states import Tone
from tui.operations.preflight import Finding
from tui.operations.service import Delivery, Operations
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.catalog import Catalog
from tui.ui.reads import Reads
from tui.ui.text import content, glyph
from tui.ui.widgets.table import Cell, Column, ResourceTable

_STYLES = {Tone.GOOD: "$success", Tone.WARNING: "$warning", Tone.BAD: "$error"}


@dataclass(frozen=True, slots=True)
class _Choice:
    role: RoleDefinition | None
    name: str
    meaning: str


_CHOICES = (
    _Choice(ADMINISTRATOR, f"grant {ADMINISTRATOR.name}", "what Azure's documentation asks for"),
    _Choice(COMPUTE_OPERATOR, f"grant {COMPUTE_OPERATOR.name}", "less; nobody has confirmed that it is enough"),
    _Choice(None, "grant nothing", "jobs fail with 403 until somebody grants a role"),
)


def _chosen(role: RoleDefinition | None) -> _Choice:
    """The choice of a role; a request that comes out of the journal has a copy of it."""
    wanted = role.id if role is not None else ""
    return next((one for one in _CHOICES if (one.role.id if one.role is not None else "") == wanted), _CHOICES[0])


_COLUMNS: tuple[Column[_Choice], ...] = (
    Column("ROLE ON THE SPARK POOL", lambda one: Cell(one.name), 0),
    Column("", lambda one: Cell(one.meaning, "dim"), 1, most=60),
)


class AccessStep(Step):
    """Which role is granted, and what is known beforehand about whether that can work.

    Args:
        form: The answers.
        catalog: The lists.
        reads: Holds the look ahead.
        operations: Looks ahead.
    """

    title = "Access"

    def __init__(self, form: Form, catalog: Catalog, reads: Reads, operations: Operations) -> None:
        super().__init__(form, catalog, id="access-step")
        self._reads = reads
        self._operations = operations
        self._looked_at: ResourceId | None = None

    def compose(self) -> ComposeResult:
        """The choices, and what was found out."""
        yield ResourceTable(_COLUMNS, lambda one: one.name, id="access")
        yield Static("", id="findings", markup=False)

    def on_mount(self) -> None:
        """Show the choices."""
        self.query_one("#access", ResourceTable).put(_CHOICES)

    @property
    def is_needed(self) -> bool:
        """Whether there will be an identity that must hold a role."""
        return self.form.needs_role

    @property
    def answer(self) -> str:
        """What is granted; nothing is said before there is anything to grant to."""
        if not self.is_needed or not self.form.identity.is_chosen:
            return ""
        return self.form.role.name if self.form.role is not None else "grant nothing"

    def open(self) -> None:
        """Put the cursor on the choice that was made, and look ahead."""
        table = self.query_one("#access", ResourceTable)
        table.select(_chosen(self.form.role).name)
        table.focus()
        self.post_message(self.Said("Which role shall its identity be granted on the Spark pool?", "bold"))
        pool = self.form.pool
        if pool is not None and pool != self._looked_at:
            self._looked_at = pool
            self.query_one("#findings", Static).update(content(("\nChecking whether you may grant it …", "$dim")))
            workspace = self.form.workspace.id
            self._reads.start(
                "preflight", lambda deliver: self._operations.preflight(workspace, pool, deliver), self._found
            )

    def accept(self) -> None:
        """Take the choice under the cursor."""
        chosen: _Choice | None = self.query_one("#access", ResourceTable).current
        if chosen is not None:
            self.form.role = chosen.role
            self.post_message(self.Done())

    def refresh_list(self) -> None:
        """Look ahead again."""
        self._looked_at = None
        self.open()

    def _found(self, delivery: Delivery[Finding]) -> None:
        if isinstance(delivery, Page):
            parts: list[object | tuple[object, str]] = ["\n"]
            for one in delivery.items:
                parts += [(f"{glyph(one.tone)} {one.status}", _STYLES[one.tone]), (f"\n  {one.note}\n", "$dim")]
            self.query_one("#findings", Static).update(content(*parts))
        elif isinstance(delivery, Holding):
            words = f"\nChecking whether you may grant it: waiting, {delivery.reason}, {round(delivery.seconds)} s"
            self.query_one("#findings", Static).update(content((words, "$dim")))
