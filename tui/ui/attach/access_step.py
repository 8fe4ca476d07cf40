"""Step 4: the Synapse role that the identity needs on the pool, granted or moved in the same operation."""

from dataclasses import dataclass
from typing import Any

from textual import on
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
from tui.ui.catalog import Catalog, Shelf
from tui.ui.reads import Reads
from tui.ui.role_moves import move_of, roles_left
from tui.ui.text import content, glyph
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.table import ResourceTable

_STYLES = {Tone.GOOD: "$success", Tone.WARNING: "$warning", Tone.BAD: "$error"}


@dataclass(frozen=True, slots=True)
class _Choice:
    role: RoleDefinition | None
    name: str
    meaning: str
    moves: bool = True


_CHOICES = (
    _Choice(ADMINISTRATOR, f"grant {ADMINISTRATOR.name}", "what Azure's documentation asks for"),
    _Choice(COMPUTE_OPERATOR, f"grant {COMPUTE_OPERATOR.name}", "less; nobody has confirmed that it is enough"),
    _Choice(None, "grant nothing", "jobs fail with 403 until somebody grants a role"),
)

_MOVES = (
    _Choice(ADMINISTRATOR, "roles follow the identity", "granted to who comes first, taken from who goes last"),
    _Choice(ADMINISTRATOR, "leave roles as they are", "who goes keeps its roles, who comes has none", moves=False),
)


def _chosen(role: RoleDefinition | None) -> _Choice:
    """The choice of a role; a request that comes out of the journal has a copy of it."""
    wanted = role.id if role is not None else ""
    return next((one for one in _CHOICES if (one.role.id if one.role is not None else "") == wanted), _CHOICES[0])


_COLUMNS: tuple[Column[_Choice], ...] = (Column("ROLE ON THE SPARK POOL", lambda one: Cell(one.name), 0),)


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
        yield Static("", id="meaning", markup=False)
        yield Static("", id="findings", markup=False)

    @on(ResourceTable.Highlighted, "#access")
    def _explain(self) -> None:
        """Say below the choices what the one under the cursor means, for which a row has no room."""
        chosen: _Choice | None = self.query_one("#access", ResourceTable).current
        self.query_one("#meaning", Static).update(content((chosen.meaning if chosen else "", "$dim")))

    @property
    def is_needed(self) -> bool:
        """Whether there will be an identity that must hold a role, or one whose roles may follow it."""
        return self.form.needs_role or self.form.changes_identity

    @property
    def answer(self) -> str:
        """What is granted; nothing is said before there is anything to grant to."""
        if not self.is_needed or not (self.form.identity.is_chosen or self.form.existing is not None):
            return ""
        if self.form.changes_identity:
            return "roles follow" if self.form.moves else "roles stay"
        return self.form.role.name if self.form.role is not None else "grant nothing"

    def open(self) -> None:
        """Put the cursor on the choice that was made, and look ahead."""
        table = self.query_one("#access", ResourceTable)
        is_change = self.form.changes_identity
        table.replace(_MOVES if is_change else _CHOICES)
        table.select((_MOVES[not self.form.moves] if is_change else _chosen(self.form.role)).name)
        table.focus()
        if is_change:
            self.post_message(self.Said("What shall become of the roles on the Spark pool?", "bold"))
            self._look_at_roles()
        else:
            self.post_message(self.Said("Which role shall its identity be granted on the Spark pool?", "bold"))
            self._look_ahead()

    def _look_at_roles(self) -> None:
        existing = self.form.existing
        if existing is None or existing.attached_to is None:
            return
        self._looked_at = None
        pool, choice = existing.attached_to, self.form.identity.choice
        shelves: tuple[Shelf[Any], ...] = (
            self.catalog.pool_roles(pool),
            self.catalog.synapse_workspace(pool.parent),
            *(self.catalog.identities(one.subscription.lower()) for one in choice.user_assigned),
        )
        for shelf in shelves:
            if self._show_move not in shelf.watchers:
                shelf.watchers.append(self._show_move)
        self._show_move()

    def _show_move(self) -> None:
        """Say what would move, as soon as it is known."""
        existing, choice = self.form.existing, self.form.identity.choice
        if existing is None or existing.attached_to is None or not self.form.changes_identity:
            return
        move = move_of(self.catalog, existing, choice)
        roles = self.catalog.pool_roles(existing.attached_to)
        told = [(f"{glyph(Tone.GOOD)} {sentence}\n", "$success") for sentence in (move.words if move else ())]
        if roles.problem is not None:
            left = roles_left(self.catalog, existing, choice, move)
            told += [(f"{glyph(Tone.WARNING)} {sentence}\n", "$warning") for sentence in left]
        elif not told:
            words = "No role on the pool has to move." if roles.complete else "Reading the roles on the pool …"
            told.append((f"{words}\n", "$dim"))
        self.query_one("#findings", Static).update(content("\n", *told))

    def _look_ahead(self) -> None:
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
            if self.form.changes_identity:
                self.form.moves = chosen.moves
            else:
                self.form.role = chosen.role
            self.post_message(self.Done())

    def refresh_list(self) -> None:
        """Look ahead again."""
        self._looked_at = None
        existing = self.form.existing
        if self.form.changes_identity and existing is not None and existing.attached_to is not None:
            self.catalog.read_again(self.catalog.pool_roles(existing.attached_to))
        self.open()

    def _found(self, delivery: Delivery[Finding]) -> None:
        if isinstance(delivery, Page):
            parts: list[object | tuple[object, str]] = ["\n"]
            for one in delivery.items:
                parts += [(f"{glyph(one.tone)} {one.status}", _STYLES[one.tone]), (f"\n  {one.note}\n", "$dim")]
            self.query_one("#findings", Static).update(content(*parts))
        elif isinstance(delivery, Holding):
            words = f"\nChecking whether you may grant it: waiting, {delivery.words}"
            self.query_one("#findings", Static).update(content((words, "$dim")))
