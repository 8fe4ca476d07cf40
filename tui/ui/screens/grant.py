"""Granting a Synapse role: scope, role and principal, each with the usual choices first."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.ordering import by_name
from tui.domain.plan import Plan
from tui.domain.principals import Directory, Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange, grant_of
from tui.domain.roles import (
    ADMINISTRATOR,
    BUILT_IN,
    JobsRun,
    RoleAssignment,
    RoleDefinition,
    RoleScope,
    looks_like_object_id,
    object_id_in,
)
from tui.domain.states import Tone
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.readiness import Assessor
from tui.operations.waits import TYPED_SECONDS
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import complete_list
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.text import Parts, content, glyph, line, shorten
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.columns import Cell, Column

_ANSWER_CELLS = 20
_PARTS = ("scope", "role", "principal")
_QUESTIONS = {
    "scope": "Scope of the role?",
    "role": "Which role?",
    "principal": "Who gets the role? Type a name, the workspace's name, or paste an object id.",
}


@dataclass(frozen=True, slots=True)
class _Scope:
    scope: RoleScope
    pool: ResourceId | None
    rank: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    principal: Principal
    rank: int


def _jobs_run(jobs_run: JobsRun) -> Cell:
    styles = {JobsRun.DOCUMENTED: "", JobsRun.UNCONFIRMED: "warning", JobsRun.UNKNOWN: "warning", JobsRun.NO: "dim"}
    return Cell(jobs_run.short, styles[jobs_run])


_SCOPE_COLUMNS: tuple[Column[_Scope], ...] = (
    Column("SCOPE", lambda scope: Cell(scope.scope.text), 0, most=48),
    Column("", lambda scope: Cell(("this pool", "all pools", "another pool")[scope.rank], "dim"), 1, is_words=True),
)
_ROLE_COLUMNS: tuple[Column[RoleDefinition], ...] = (
    Column("ROLE", lambda role: Cell(role.name), 0, most=40),
    Column("JOBS RUN", lambda role: _jobs_run(role.jobs_run), 1, is_words=True),
    Column("", lambda role: Cell(role.jobs_run.text, "dim"), 2, most=60, is_words=True),
)
_PRINCIPAL_COLUMNS: tuple[Column[_Candidate], ...] = (
    Column("PRINCIPAL", lambda candidate: Cell(candidate.principal.name), 0, most=36),
    Column("USED BY", lambda candidate: Cell(", ".join(candidate.principal.used_by), "dim"), 1, most=40, is_list=True),
    Column("TYPE", lambda candidate: Cell(candidate.principal.kind, "dim"), 2, most=28, is_words=True),
)


class GrantScreen(BaseScreen):
    """Three lists, one after the other, each with the usual choices first.

    Everything works even when pools, roles and principals cannot be listed: the pool, the built-in
    roles and the compute's own identities are known, and the user can type an object id.

    Args:
        assignments: The role assignments that reach the pool, as far as they were read.
        again: A failed grant whose answers are used again.
    """

    WHERE = "grant"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = ""

    def __init__(
        self,
        session: Session,
        flow: Flow,
        workspace: Workspace,
        compute: Compute,
        pool: ResourceId,
        synapse: SynapseWorkspace,
        assessor: Assessor,
        assignments: Sequence[RoleAssignment] = (),
        again: Grant | None = None,
    ) -> None:
        super().__init__(session, flow)
        self._workspace = workspace
        self._compute = compute
        self._pool = pool
        self._synapse = synapse
        self._assessor = assessor
        self._assignments = tuple(assignments)
        self._chosen_scope = _Scope(RoleScope.of_pool(pool), pool, 0)
        self._role: RoleDefinition = ADMINISTRATOR
        self._again = again
        self._index = 0
        self._has_read_principals = False
        own = Directory()
        own.add_computes([compute], workspace.name)
        self._scopes = complete_list([self._chosen_scope, _Scope(RoleScope(pool.parent.name), None, 1)])
        self._roles = complete_list(list(BUILT_IN))
        self._principals = complete_list(_candidates(own, compute))

    def content(self) -> Iterable[Widget]:
        """Create the answers so far and the three lists."""
        with Horizontal(id="wizard"):
            yield Static("", id="steps", markup=False)
            with Vertical(id="step"):
                yield Chooser(
                    _SCOPE_COLUMNS,
                    lambda one: str(one.scope).lower(),
                    lambda one: (one.rank, by_name(one.scope.text)),
                    hint="type to search",
                    is_id=_is_never_id,
                    id="scope",
                )
                yield Chooser(
                    _ROLE_COLUMNS, lambda one: one.id.lower(), hint="type to search", is_id=_is_never_id, id="role"
                )
                yield Chooser(
                    _PRINCIPAL_COLUMNS,
                    lambda one: one.principal.object_id.lower(),
                    lambda one: (one.rank, by_name(one.principal.name)),
                    hint="type a name, or paste an object id",
                    is_id=looks_like_object_id,
                    id_of=lambda one: one.principal.object_id,
                    read_id=object_id_in,
                    id="principal",
                )

    @property
    def unsent(self) -> str:
        """The grant, after the first answer."""
        return f"the grant on {self._pool.name}" if self._index else ""

    @property
    def place(self) -> str:
        """What the user does here."""
        return f"{self._workspace.name} › {self._compute.name} › grant a role"

    def on_mount(self) -> None:
        """Ask the first question with the choices known so far."""
        self._chooser("scope").follow(self._scopes, lambda one: one, "scope", f"{key_name('grant.back')} goes back")
        self._chooser("role").follow(
            self._roles, self._grantable, "role", f"{key_name('grant.back')} goes back to the scope"
        )
        self._chooser("principal").follow(self._principals, self._ranked, "principal", "paste an object id")
        if self._again is None:
            self._ask(0)
        else:
            self._answer_again(self._again)

    def begin(self) -> None:
        """Read the other choices."""
        self.reads.start("pools", self._read_pools)
        self.reads.start("roles", self._read_roles)
        self.reads.start("people", self._read_principals)

    def _answer_again(self, grant: Grant) -> None:
        other = _Scope(grant.scope, self._pool.parent.child("bigDataPools", grant.scope.item), 2)
        self._chosen_scope = next((one for one in self._scopes.items if one.scope == grant.scope), other)
        self._role = grant.role
        self._ask(2, grant.principal.object_id)

    async def _read_pools(self) -> None:
        with suppress(Problem):
            async for page in self.session.operations.pages(lambda azure: azure.spark_pools(self._pool.parent)):
                others = [one.id for one in page.items if one.id != self._pool]
                self._scopes.add([_Scope(RoleScope.of_pool(other), other, 2) for other in others])

    async def _read_roles(self) -> None:
        built_in = {role.id for role in BUILT_IN}
        with suppress(Problem):
            roles = await self.session.operations.call(lambda azure: azure.role_definitions(self._synapse))
            self._roles.add([role for role in roles if role.id.lower() not in built_in])

    async def _read_principals(self) -> None:
        with suppress(Problem):
            directory = await self.session.operations.call(self._assessor.directory)
            self._has_read_principals = True
            self._principals.items.clear()
            self._principals.add(_candidates(directory, self._compute))

    def _grantable(self, role: RoleDefinition) -> RoleDefinition | None:
        """The role, if it can be granted at the chosen scope."""
        return role if role.on_pools or self._chosen_scope.scope.is_workspace else None

    def _ranked(self, one: _Candidate) -> _Candidate:
        """Rank the compute's identities that lack the role before those that have it."""
        has_role = one.rank == 0 and self._existing(one.principal) is not None
        return replace(one, rank=1) if has_role else one

    def _existing(self, principal: Principal) -> RoleAssignment | None:
        """The assignment that gives a principal the chosen role at the chosen scope, if there is one."""
        scope, role = self._chosen_scope.scope, self._role.id.lower()
        held = [
            one
            for one in self._assignments
            if one.held_by(principal.object_id) and one.role_id.lower() == role and one.scope.covers(scope)
        ]
        return next((one for one in held if one.scope == scope), held[0] if held else None)

    def _chooser(self, name: str) -> Chooser[Any]:
        return self.query_one(f"#{name}", Chooser)

    def _ask(self, index: int, typed: str = "") -> None:
        self._index = index
        for number, part in enumerate(_PARTS):
            self._chooser(part).display = number == index
        chooser = self._chooser(_PARTS[index])
        chooser.clear(typed)
        chooser.show_again()
        chooser.take_focus()
        self.say(
            (_QUESTIONS[_PARTS[index]], "bold"),
            (f"  {key_name('field.submit')} chooses the row under the cursor.", "$dim"),
        )
        self._draw()

    def _draw(self) -> None:
        answers = (self._chosen_scope.scope.text, self._role.name, "")
        parts: Parts = []
        for number, (part, answer) in enumerate(zip(_PARTS, answers, strict=True)):
            here, done = number == self._index, number < self._index
            parts += [
                (f"{line('▌') if here else ' '}{number + 1} {part.title():<9}", "bold $accent" if here else ""),
                (f"{glyph(Tone.GOOD) if done else ' '}\n", "$success"),
                (f"   {shorten(line(answer), _ANSWER_CELLS) if done else ''}\n\n", "$dim"),
            ]
        self.query_one("#steps", Static).update(content(*parts))

    def _answered_early(self, index: int) -> bool:
        """Whether the user answered twice before the next list was visible; the second answer is for that list."""
        if self._index > index:
            self._chooser(_PARTS[self._index]).choose()
        return self._index > index

    @on(Chooser.Chosen, "#scope")
    def _scope_chosen(self, event: Chooser.Chosen) -> None:
        if self._answered_early(0):
            return
        self._chosen_scope = event.item
        if self._grantable(self._role) is None:
            self._role = ADMINISTRATOR
        self._ask(1)

    @on(Chooser.Chosen, "#role")
    def _role_chosen(self, event: Chooser.Chosen) -> None:
        if self._answered_early(1):
            return
        self._role = event.item
        self._ask(2)

    @on(Chooser.Chosen, "#principal")
    def _principal_chosen(self, event: Chooser.Chosen) -> None:
        if self.is_active:
            self._plan(event.item.principal)

    @on(Chooser.Typed, "#principal")
    def _id_typed(self, event: Chooser.Typed) -> None:
        if not self.is_active:
            return
        object_id = object_id_in(event.text)
        if not object_id:
            self.say_until_key(
                ("There is no object id in this text, or more than one. ", "$error"),
                ("An object id is a GUID; a client id or a resource id does not work here.", "$dim"),
            )
            return
        found = next(
            (one for one in self._principals.items if one.principal.object_id.lower() == object_id.lower()), None
        )
        self._plan(found.principal if found else Principal.typed(object_id))

    def _plan(self, principal: Principal) -> None:
        existing = self._existing(principal)
        grant = grant_of(self._role, principal, self._chosen_scope.scope)
        grant = replace(grant, is_held=existing is not None and existing.scope == grant.scope)
        change = RoleChange(
            self._synapse, self._chosen_scope.pool or self._synapse.id, (grant,), compute=self._compute.id
        )
        plan = Plan.of([change]).with_warnings((change.id, one) for one in self._warnings(principal))
        self.flow.plan(plan, leave_caller=True)

    def _warnings(self, principal: Principal) -> Iterable[str]:
        """Reasons against a grant: a role inherited from the workspace, or an unknown object id."""
        existing = self._existing(principal)
        if existing is not None and existing.scope != self._chosen_scope.scope:
            yield f"{principal.name} already is {self._role.name} on {existing.scope.text}, which applies here too."
        if principal.is_typed:
            who = (
                "belongs to no compute, managed identity or workspace that you can read"
                if self._has_read_principals
                else "is not known yet, because identities are still being read"
            )
            yield (
                f"The object id {principal.object_id} {who}. "
                f"If Synapse does not know it either, sparkpool gives up after "
                f"{TYPED_SECONDS:.0f} seconds, and nothing is granted."
            )

    def action_back(self) -> None:
        """Go back one question; from the first, leave."""
        if self._index:
            self._ask(self._index - 1)
        else:
            super().action_back()


def _is_never_id(_: str) -> bool:
    """Scopes and roles are chosen by name only; the slash of a scope's name does not make it an id."""
    return False


def _candidates(directory: Directory, compute: Compute) -> list[_Candidate]:
    """All principals: the compute's own identities first, then those of other computes."""
    own = {principal.object_id.lower(): principal for principal in principals_of(compute)}
    everybody = own | directory.principals
    return [_Candidate(one, 0 if key in own else 2 if one.used_by else 3) for key, one in everybody.items()]
