"""The Synapse roles that reach an attached pool, and the keys that grant and remove them."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace

from textual import on
from textual.widget import Widget

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.exports.requests import ask_for_grants
from tui.domain.held_roles import HeldRole, held_role, without_role
from tui.domain.operation import Operation, Verb
from tui.domain.ordering import by_name
from tui.domain.phrases import plural
from tui.domain.plan import Plan
from tui.domain.principals import Directory, Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange, grant_of
from tui.domain.role_plans import removal_plan
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleDefinition, RoleScope
from tui.domain.states import Tone
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.readiness import Assessor
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.screens import changes
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.text import clock, glyph
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.table import ResourceTable

_SHORT_KINDS = {
    "you": "you",
    "system-assigned identity": "system MI",
    "user-assigned identity": "user MI",
    "Synapse workspace itself": "Synapse",
    "Azure ML workspace itself": "Azure ML",
    "User": "user",
    "Group": "group",
    "ServicePrincipal": "application",
}
"""Types of principals, short enough for 80 columns; MI is a managed identity."""


def _kind(row: HeldRole) -> Cell:
    return Cell(row.kind or row.assignment.principal_type or "type not given", "dim")


def _short_kind(row: HeldRole) -> Cell:
    kind = row.kind or row.assignment.principal_type
    return Cell(_SHORT_KINDS.get(kind, kind or "not given"), "dim")


def _short_role(row: HeldRole) -> Cell:
    return Cell(row.role.removeprefix("Synapse "))


def _name(row: HeldRole) -> Cell:
    if row.is_stray:
        return Cell(row.name, "warning")
    return Cell(f"{glyph(Tone.GOOD)} {row.name}" if row.is_needed else row.name, "good" if row.is_own else "")


def _scope(row: HeldRole) -> Cell:
    scope = "workspace, inherited" if row.is_inherited else "this pool"
    return Cell(f"{scope}, stray", "warning") if row.is_stray else Cell(scope)


def _short_scope(row: HeldRole) -> Cell:
    return Cell("stray", "warning") if row.is_stray else Cell("workspace" if row.is_inherited else "this pool")


_COLUMNS: tuple[Column[HeldRole], ...] = (
    Column("PRINCIPAL", _name, 0, most=40),
    Column("ROLE", lambda row: Cell(row.role), 1, most=30, short=_short_role),
    Column("SCOPE", _scope, 2, short=_short_scope, is_words=True),
    Column("TYPE", _kind, 3, most=28, short=_short_kind, is_words=True),
)


class RolesScreen(BaseScreen):
    """The role assignments that reach a pool, direct ones first.

    Args:
        about: The ids of stray role assignments; the cursor goes to the first of them.
    """

    WHERE = "roles"
    BINDINGS = bindings(WHERE)

    def __init__(
        self,
        session: Session,
        flow: Flow,
        workspace: Workspace,
        compute: Compute,
        pool: ResourceId,
        about: Collection[str] = (),
    ) -> None:
        super().__init__(session, flow)
        self._strays = frozenset(one.lower() for one in about)
        self._seeks_stray = bool(about)
        self._workspace = workspace
        self._compute = compute
        self._pool = pool
        self._scope = RoleScope.of_pool(pool)
        self._lists = ResourceLists(self.reads, session.operations)
        self._assessor = Assessor(workspace, None)
        self._directory = Directory()
        self._has_directory = False
        self._directory.add_computes([compute], workspace.name)
        self._synapse: SynapseWorkspace | None = None
        self._list: CachedList[RoleAssignment] | None = None
        self._definitions: tuple[RoleDefinition, ...] = ()

    def content(self) -> Iterable[Widget]:
        """Create the problem panel and the roles."""
        yield ProblemPanel(id="problem")
        yield ResourceTable(
            _COLUMNS, lambda row: row.assignment.id, lambda row: (row.is_inherited, not row.is_own, by_name(row.name))
        )

    @property
    def place(self) -> str:
        """Whose roles they are."""
        return f"{self._workspace.name} › {self._compute.name} › roles on {self._pool.parent.name}/{self._pool.name}"

    @property
    def _table(self) -> ResourceTable[HeldRole]:
        return self.query_one(ResourceTable)

    def on_mount(self) -> None:
        """Say what will be read."""
        self._table.say("Reading the roles …")
        self._show_summary()

    def begin(self) -> None:
        """Read the roles, the Synapse workspace and the principals."""
        self._list = self._lists.pool_roles(self._pool, fresh=False)
        self._list.watchers.append(self._show)
        self.reads.start("synapse", self._read_synapse)
        self.reads.start("directory", self._read_directory)

    async def _read_synapse(self) -> None:
        """Read the Synapse workspace, and the names of its custom roles if they can be listed."""
        operations, parent = self.session.operations, self._pool.parent
        with suppress(Problem):
            self._synapse = synapse = await operations.call(lambda azure: azure.synapse_workspace(parent))
            self.show_keys()
            self._definitions = await operations.call(lambda azure: azure.role_definitions(synapse))
            self._show()

    async def _read_directory(self) -> None:
        with suppress(Problem):
            self._directory = await self.session.operations.call(self._assessor.directory)
            self._has_directory = True
            self._show()

    def _show(self) -> None:
        listed = self._list
        if listed is None:
            return
        self._table.replace(self._row(one) for one in listed.items)
        if self._seeks_stray:
            self._select_stray()
        again, grant = key_name("roles.refresh"), key_name("roles.grant")
        hint = f"{again} tries again · {grant} grants anyway · {key_name('roles.copy')} copies this"
        self.query_one(ProblemPanel).show_problem(listed.problem, hint)
        if listed.complete or listed.problem is not None:
            hint = "" if self.reason_against("grant") else f" Press {key_name('roles.grant')} to grant one."
            self._table.say("" if listed.problem or listed.unreadable else f"Nobody has a role on this pool.{hint}")
        self._show_summary()
        self.show_keys()

    def _select_stray(self) -> None:
        key = next((row.assignment.id for row in self._table.items if row.is_stray), None)
        if key is not None:
            self._seeks_stray = False
            self._table.select(key)

    def _row(self, assignment: RoleAssignment) -> HeldRole:
        row = held_role(
            assignment,
            self._compute,
            self._pool,
            self._directory,
            self._definitions,
            is_directory_read=self._has_directory,
        )
        return replace(row, is_stray=row.is_stray or assignment.id.lower() in self._strays)

    def _show_summary(self) -> None:
        listed = self._list
        if listed is None or not (listed.complete or listed.problem):
            self.say((listed.waiting if listed and listed.waiting else "reading …", "$dim"))
            return
        missing = self._missing
        if listed.problem is not None:
            self.say((f"The roles on {self._pool.name} cannot be read.", "$error"))
        elif listed.unreadable:
            self.say(
                (f"{plural(len(self._table.items), 'role')} · ", "$dim"),
                (f"{listed.unread_words}: which identities lack a role is unknown", "$warning"),
            )
        elif missing:
            names = ", ".join(principal.name for principal in missing)
            verb = "has" if len(missing) == 1 else "have"
            fix = key_name("roles.fix")
            self.say((f"{glyph(Tone.BAD)} {names} {verb} no role here: jobs fail with 403. {fix} grants it.", "$error"))
        else:
            direct = sum(not row.is_inherited for row in self._table.items)
            inherited = len(self._table.items) - direct
            words = f"{plural(direct, 'role')} on this pool, {inherited} inherited from the workspace"
            self.say((f"{words} · as of {clock(listed.as_of)}" if listed.as_of is not None else words, "$dim"))

    @property
    def _missing(self) -> list[Principal]:
        """The compute's principals without a role that lets jobs run."""
        listed = self._list
        if listed is None or not listed.complete or listed.unreadable:
            return []
        return list(without_role(self._compute, self._pool, tuple(listed.items)))

    @property
    def _to_request(self) -> list[Principal]:
        """The principals to request a role for: those that lack it, or all if the roles may not be read."""
        problem = self._list.problem if self._list is not None else None
        unread = problem is not None and problem.is_denied
        return list(principals_of(self._compute)) if unread else self._missing

    # Events and keys

    def operation_changed(self, operation: Operation) -> None:
        """Read the roles again after they were changed."""
        if operation.verb is Verb.ROLES and operation.end is not None and self._list is not None:
            self._lists.read_again(self._list)
        self.show_keys()

    @on(ResourceTable.Highlighted)
    def _highlighted(self) -> None:
        self.show_keys()

    def why_not(self, action: str) -> str | None:
        """Why a key is not available now."""
        if action in ("grant", "remove", "fix") and self._synapse is None:
            return f"The Synapse workspace {self._pool.parent.name} has not been read yet, or you may not read it."
        if action == "remove" and self._table.current is None:
            return "There is no role here."
        if action in ("grant", "remove", "fix"):
            row = self._table.current
            is_inherited = action == "remove" and row is not None and row.is_inherited
            busy = changes.why_busy(self, self._pool.parent if is_inherited else self._pool, elsewhere=True)
            if busy is not None:
                return busy
        if action == "message" and self._to_request:
            return None
        if action in ("fix", "message") and not self._missing:
            return f"No role of {self._compute.name} is known to be missing."
        return None

    def action_grant(self) -> None:
        """Grant a role."""
        if not self.refused("grant") and self._synapse is not None:
            self.flow.grant(
                self._workspace,
                self._compute,
                self._pool,
                self._synapse,
                self._assessor,
                self._list.items if self._list is not None else (),
            )

    def action_remove(self) -> None:
        """Show what stops working without the role under the cursor, before it is removed."""
        row, listed, synapse = self._table.current, self._list, self._synapse
        if self.refused("remove") or row is None or listed is None or synapse is None:
            return
        holder = self._directory.find(row.assignment.principal_id)
        self.flow.plan(removal_plan(self._compute, self._pool, synapse, row, holder, listed.items))

    def action_fix(self) -> None:
        """Grant Synapse Administrator on this pool to each identity of the compute without a role."""
        synapse = self._synapse
        if not self.refused("fix") and synapse is not None:
            self.flow.plan(Plan.of([self._change(synapse)]))

    async def action_message(self) -> None:
        """Copy a message to someone who can grant the missing roles."""
        if not self.refused("message"):
            grants = tuple(grant_of(ADMINISTRATOR, principal, self._scope) for principal in self._to_request)
            await self.copy(ask_for_grants(grants), "a message to a Synapse Administrator")

    def _change(self, synapse: SynapseWorkspace) -> RoleChange:
        grants = tuple(grant_of(ADMINISTRATOR, principal, self._scope) for principal in self._missing)
        return RoleChange(synapse, self._pool, grants, compute=self._compute.id)

    def action_refresh(self) -> None:
        """Read the roles again."""
        self.session.operations.forget_reads()
        if self._list is not None:
            self._lists.read_again(self._list)

    async def action_copy(self) -> None:
        """Copy the problem, or the object id under the cursor."""
        problem, row = self.query_one(ProblemPanel).problem, self._table.current
        if problem is not None:
            await self.copy(problem.report, "the problem")
        elif row is not None:
            await self.copy(row.assignment.principal_id, f"the object id of {row.name}")
