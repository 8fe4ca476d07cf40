"""Step 4: the Synapse role of the identity on the pool, granted or moved in the same operation."""

from dataclasses import dataclass, replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem
from tui.domain.plan import Plan
from tui.domain.role_change import RolesAfter
from tui.domain.roles import ADMINISTRATOR, COMPUTE_OPERATOR, RoleDefinition
from tui.domain.states import Tone
from tui.domain.uses import Uses
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.preflight import Preflight, finding_lines
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.role_moves import can_clean_up, move_of, roles_left, uses_of
from tui.ui.text import Parts, content, glyph, line, style, wrap
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.table import ResourceTable


@dataclass(frozen=True, slots=True)
class _Choice:
    role: RoleDefinition | None
    name: str
    meaning: str
    after: RolesAfter = RolesAfter.FOLLOW


_CHOICES = (
    _Choice(ADMINISTRATOR, f"grant {ADMINISTRATOR.name}", ADMINISTRATOR.jobs_run.text),
    _Choice(COMPUTE_OPERATOR, f"grant {COMPUTE_OPERATOR.name}", COMPUTE_OPERATOR.jobs_run.text),
    _Choice(None, "grant nothing", "jobs fail with 403 until someone grants a role"),
)

_MOVES = {
    RolesAfter.FOLLOW: _Choice(ADMINISTRATOR, "move the roles", RolesAfter.FOLLOW.value, RolesAfter.FOLLOW),
    RolesAfter.CLEAN_UP: _Choice(
        ADMINISTRATOR, "move the roles, remove old ones", RolesAfter.CLEAN_UP.value, RolesAfter.CLEAN_UP
    ),
    RolesAfter.STAY: _Choice(ADMINISTRATOR, "keep roles as they are", RolesAfter.STAY.value, RolesAfter.STAY),
}
_ANSWERS = {
    RolesAfter.FOLLOW: "roles move",
    RolesAfter.CLEAN_UP: "old roles removed",
    RolesAfter.STAY: "roles stay",
}


def _choice_of(role: RoleDefinition | None) -> _Choice:
    """The choice of a role; compared by id, because a request from the journal holds a copy."""
    role_id = role.id if role is not None else ""
    return next((one for one in _CHOICES if (one.role.id if one.role is not None else "") == role_id), _CHOICES[0])


_COLUMNS: tuple[Column[_Choice], ...] = (
    Column("ROLE ON THE SPARK POOL", lambda choice: Cell(choice.name), 0, is_words=True),
)


class AccessStep(Step):
    """Asks for the role to grant, and shows whether that can work."""

    title = "Access"

    def __init__(self, form: Form, lists: ResourceLists, preflight: Preflight) -> None:
        super().__init__(form, lists, id="access-step")
        self._preflight = preflight

    def compose(self) -> ComposeResult:
        """Create the choices, and the space for their meaning and findings."""
        yield ResourceTable(_COLUMNS, lambda one: one.name, id="access")
        yield Static("", id="meaning", markup=False)
        yield Static("", id="findings", markup=False)

    def on_mount(self) -> None:
        """Follow the checks."""
        self._preflight.watchers.append(self._checked)

    def _checked(self) -> None:
        if self.display and not self.form.changes_identity:
            self._show_findings()

    @on(ResourceTable.Highlighted, "#access")
    def _explain(self) -> None:
        chosen = self._under_cursor
        self.query_one("#meaning", Static).update(content((chosen.meaning if chosen else "", "$dim")))
        if self.form.changes_identity:
            self._show_move()
        else:
            self._show_findings()
        self.post_message(self.Changed())

    @property
    def _under_cursor(self) -> _Choice | None:
        chosen: _Choice | None = self.query_one("#access", ResourceTable).current
        return chosen

    @property
    def is_needed(self) -> bool:
        """Whether an identity needs a role, or an old one's roles may move."""
        return self.form.needs_role or self.form.changes_identity

    @property
    def answer(self) -> str:
        """The choice under the cursor while the step is in front, else the one made; empty without an identity."""
        if not self.is_needed or not (self.form.identity.is_chosen or self.form.existing is not None):
            return ""
        chosen = self._under_cursor if self.is_mounted and self.display else None
        if self.form.changes_identity:
            return _ANSWERS[chosen.after if chosen is not None else self.form.identity.after]
        role = chosen.role if chosen is not None else self.form.role
        return role.name if role is not None else "grant nothing"

    def open(self) -> None:
        """Put the cursor on the current choice, and start the checks."""
        table = self.query_one("#access", ResourceTable)
        is_change = self.form.changes_identity
        table.replace(self._moves if is_change else _CHOICES)
        table.select((_MOVES[self.form.identity.after] if is_change else _choice_of(self.form.role)).name)
        table.focus()
        if is_change:
            self.post_message(self.Said("What should happen to the roles on the Spark pool?", "bold"))
            self._read_roles()
        else:
            self.post_message(self.Said("Which role should its identity get on the Spark pool?", "bold"))
            self._start_checks()

    @property
    def _moves(self) -> list[_Choice]:
        """The choices about existing roles, without one that would remove nothing unless it was chosen."""
        existing, choice, after = self.form.existing, self.form.identity.choice, self.form.identity.after
        is_useful = existing is not None and can_clean_up(self.lists, existing, choice)
        return [one for one in _MOVES.values() if is_useful or one.after in (after, RolesAfter.FOLLOW, RolesAfter.STAY)]

    def on_resize(self) -> None:
        """Wrap the findings for the new width."""
        if self.display and not self.form.changes_identity:
            self.call_after_refresh(self._show_findings)

    def _read_roles(self) -> None:
        existing = self.form.existing
        if existing is None or existing.attached_to is None:
            return
        pool, choice = existing.attached_to, self.form.identity.choice
        self._watch(
            self.lists.pool_roles(pool),
            self.lists.synapse_workspace(pool.parent),
            *(self.lists.identities(one.subscription.lower()) for one in choice.user_assigned),
        )
        self._roles_read()

    def _watch(self, *cached_lists: CachedList[Any]) -> None:
        for listed in cached_lists:
            if self._roles_read not in listed.watchers:
                listed.watchers.append(self._roles_read)

    def _roles_read(self) -> None:
        if not self.display or not self.form.changes_identity:
            return
        table = self.query_one("#access", ResourceTable)
        if [one.name for one in table.items] != [one.name for one in self._moves]:
            chosen = self._under_cursor
            table.replace(self._moves)
            if chosen is not None:
                table.select(chosen.name)
        self._show_move()

    def _show_move(self) -> None:
        existing, choice, chosen = self.form.existing, self.form.identity.choice, self._under_cursor
        if existing is None or existing.attached_to is None or chosen is None or not self.form.changes_identity:
            return
        move = move_of(self.lists, existing, choice, chosen.after)
        planned = Plan.of([ComputeEdit(existing, Edit(identity=choice), move)])
        uses = self._uses(planned)
        plan = planned if uses is None else planned.checked(uses)
        (step,) = plan.steps
        left = move if not isinstance(step.request, ComputeEdit) else step.request.move
        consequences: list[tuple[Tone, str]] = [(Tone.GOOD, one) for one in (left.grant_words if left else ())]
        consequences += [(Tone.BAD, one) for one in (*(left.loss_words if left else ()), *step.harms)]
        consequences += [
            (Tone.WARNING, one) for one in (*step.warnings, *roles_left(self.lists, existing, choice, move))
        ]
        parts = [(f"{glyph(tone)} {sentence}\n", style(tone)) for tone, sentence in consequences]
        roles = self.lists.pool_roles(existing.attached_to)
        if planned.workspaces and uses is None:
            parts = [("Reading which other attached pools run as an identity that loses a role …\n", "$dim")]
        elif not roles.complete and roles.problem is None:
            parts = [("Reading the roles on the pool …\n", "$dim")]
        elif not parts:
            parts = [("No roles on the pool have to move.\n", "$dim")]
        self.query_one("#findings", Static).update(content("\n", *parts))

    def _uses(self, plan: Plan) -> Uses | Problem | None:
        """Which attached pools run as which principals; None if the plan removes no role or this is not read yet."""
        if not plan.workspaces:
            return None
        workspace = self.form.workspace.id
        self._watch(self.lists.uses(workspace))
        return uses_of(self.lists, workspace)

    def _start_checks(self, *, again: bool = False) -> None:
        request = self.form.request
        if request is not None:
            # What a grant needs is checked in any case, so that it is known when one is chosen.
            self._preflight.check([replace(request, role=self.form.role or ADMINISTRATOR)], again=again)
        self._show_findings()

    def accept(self) -> None:
        """Take the choice under the cursor."""
        chosen = self._under_cursor
        if chosen is not None:
            if self.form.changes_identity:
                self.form.identity.after = chosen.after
            else:
                self.form.role = chosen.role
            self.post_message(self.Done())

    def refresh_list(self) -> None:
        """Check again."""
        existing = self.form.existing
        if self.form.changes_identity and existing is not None and existing.attached_to is not None:
            self.lists.read_again(self.lists.pool_roles(existing.attached_to))
        self.open()
        if not self.form.changes_identity:
            self._start_checks(again=True)

    def _show_findings(self) -> None:
        """Show the findings that matter for the choice under the cursor: in a line what is good, then the rest."""
        chosen = self._under_cursor
        grants = chosen is None or chosen.role is not None
        panel = self.query_one("#findings", Static)
        if self._preflight.findings is None:
            panel.update(content((f"\n{self._preflight.waiting}", "$dim")))
            return
        width = panel.content_size.width or self.app.size.width
        found = [one for one in self._preflight.findings if grants or not one.is_about_grants]
        good = [line(one.status) for one in found if one.tone is Tone.GOOD]
        against = [one for one in self._preflight.against if one in found]
        parts: Parts = ["\n", *finding_lines(against, width)]
        if good:
            parts.append((f"{glyph(Tone.GOOD)} {wrap(' · '.join(good), width, 2)}", style(Tone.GOOD)))
        panel.update(content(*parts))
