"""The question before a detach."""

from collections.abc import Collection, Sequence
from typing import Any

from textual.content import Content

from tui.domain.compute import Compute
from tui.domain.consequences import detach_facts, named_by
from tui.domain.errors import Problem
from tui.domain.phrases import enumerated, plural
from tui.domain.plan import Detachment, Plan
from tui.domain.principals import principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal, RoleChange, roles_to_remove
from tui.domain.uses import Uses
from tui.ui.dialogs import ConfirmScreen, Question
from tui.ui.fitting import fit_lines
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.preflight import Preflight
from tui.ui.reads import Reads
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.role_moves import uses_of
from tui.ui.session import Session
from tui.ui.text import Parts, content, glyph, style

_MOST_CHECKED, _MOST_ON_LOW = (3, 6), (1, 4)
"""How many results of the preflight are shown, and in how many lines each; and the same on a low terminal."""
_ROOMY = 32
"""The lines of a terminal that is not low."""
_DIALOG_WIDTH, _DIALOG_FRAME = 84, 6
"""The cells of a dialog, and those of its border and padding."""


def question(
    computes: Sequence[Compute],
    gone: Collection[ResourceId],
    remark: str = "",
    removed: Sequence[Removal] = (),
) -> Question:
    """The question before a detach: what stays, and what is lost.

    Args:
        computes: The computes.
        gone: The Spark pools and identities that are known to be gone.
        remark: A warning about the selection, in one sentence; may be empty.
        removed: The roles that are removed as well.
    """
    stays, losses, others = detach_facts(computes, gone, removed)
    lines = (*stays, *losses, *others)
    if len(computes) == 1:
        title = f"Detach {computes[0].name}?"
        return Question(title, lines, yes="detach", no="cancel", more="plan", warning=remark, losses=frozenset(losses))
    number = plural(len(computes), "Spark pool")
    return Question(
        title=f"Detach {number}?",
        lines=lines,
        yes=f"detach {number}",
        no="cancel",
        more="plan",
        warning=remark,
        losses=frozenset(losses),
    )


class DetachScreen(ConfirmScreen):
    """Asks before a detach, offers to remove roles, and leads to the full plan.

    Args:
        gone: The Spark pools and identities that are known to be gone.
        remark: A warning about the selection, in one sentence; may be empty.
        before: A failed detach whose choices are used again; None for the defaults.
    """

    WHERE = "detach"
    BINDINGS = bindings(WHERE)

    def __init__(
        self,
        session: Session,
        flow: Flow,
        computes: Sequence[Compute],
        gone: Collection[ResourceId] = (),
        remark: str = "",
        before: Detachment | None = None,
    ) -> None:
        self._targets = tuple(computes)
        self._gone = frozenset(gone)
        self._remark = remark
        self._flow = flow
        removals = before.roles.removals if before is not None and before.roles is not None else ()
        self._removes_own = before is None or any(not one.shared for one in removals)
        self._removes_shared = any(one.shared for one in removals)
        super().__init__(question(computes, gone, remark))
        self.reads = Reads(self)
        self._lists = ResourceLists(self.reads, session.operations)
        self._preflight = Preflight(self.reads, session.operations)

    def on_mount(self) -> None:
        """Read which roles would remain, and what stands against the detach."""
        for listed in self._by_topic:
            listed.watchers.append(self._show)
        self._preflight.watchers.append(self.guard_changed)
        self._preflight.check_plan(self.plan)
        # What is read before it counts as mounted, which is after this handler, changes nothing on the screen.
        self.call_after_refresh(self._show)

    # What is known

    @property
    def _with_principals(self) -> list[tuple[Compute, ResourceId]]:
        """The computes whose principals may hold roles on their Spark pools."""
        return [(one, one.attached_to) for one in self._targets if one.attached_to and principals_of(one)]

    @property
    def _by_topic(self) -> list[CachedList[Any]]:
        """The lists that are read to find the roles that can be removed."""
        cached_lists: dict[str, CachedList[Any]] = {}
        for compute, pool in self._with_principals:
            found: list[CachedList[Any]] = [self._lists.pool_roles(pool), self._lists.synapse_workspace(pool.parent)]
            if compute.identity.user_assigned and compute.id is not None:
                found.append(self._lists.uses(compute.id.parent))
            cached_lists |= {listed.topic: listed for listed in found}
        return list(cached_lists.values())

    @property
    def is_reading(self) -> bool:
        """Whether the roles that the question names are still being read."""
        return any(not listed.complete and listed.problem is None for listed in self._by_topic)

    @property
    def _uses(self) -> Uses | Problem | None:
        workspaces = {one.id.parent for one, _ in self._with_principals if one.id and one.identity.user_assigned}
        return next((uses_of(self._lists, one) for one in workspaces), None)

    def _removals(self, compute: Compute) -> tuple[tuple[Removal, ...], tuple[Removal, ...]]:
        """The removable roles of a compute's own principal, and of its user-assigned identities."""
        pool = compute.attached_to
        if pool is None or not principals_of(compute) or not self._lists.synapse_workspace(pool.parent).items:
            return (), ()
        roles = self._lists.pool_roles(pool)
        return roles_to_remove(compute, pool, roles.items) if roles.complete else ((), ())

    def _planned(self, *, own: bool, shared: bool) -> Plan:
        requests = []
        for compute in self._targets:
            own_removals, shared_removals = self._removals(compute)
            removals = (*(own_removals if own else ()), *(shared_removals if shared else ()))
            pool, roles = compute.attached_to, None
            if removals and pool is not None:
                synapse = self._lists.synapse_workspace(pool.parent).items[0]
                roles = RoleChange(synapse, pool, removals=removals, compute=compute.id)
            named = tuple(one for one in named_by(compute) if one in self._gone)
            requests.append(Detachment(compute, named, roles))
        plan, uses = Plan.of(requests), self._uses
        return plan if uses is None else plan.checked(uses)

    @property
    def plan(self) -> Plan:
        """What happens on yes, with the current choices."""
        return self._planned(own=self._removes_own, shared=self._removes_shared)

    # Display

    def _show(self) -> None:
        if self.is_mounted:
            plan = self.plan
            self._preflight.check_plan(plan)
            self.ask(question(self._targets, self._gone, self._remark, _removed(plan)))

    @property
    def _keys(self) -> Content:
        lines = [*self._checked, *self._choices, *self._unread]
        return content(*(part for line in lines for part in (*line, "\n")), *(["\n"] if lines else []), super()._keys)

    @property
    def _checked(self) -> list[Parts]:
        """What stands against it, as far as there is room for it; the plan shows the rest."""
        if self._preflight.waiting:
            return [[(self._preflight.waiting, "$dim")]]
        result, size = self._preflight.result, self.app.size
        most, rows = _MOST_CHECKED if size.height >= _ROOMY else _MOST_ON_LOW
        width = min(size.width, _DIALOG_WIDTH) - _DIALOG_FRAME
        lines: list[Parts] = []
        for one in result[:most]:
            rows_of_it = fit_lines(content(f"{glyph(one.tone)} {one.sentence}"), width, rows)
            lines.append([("\n".join(row.plain for row in rows_of_it), style(one.tone))])
        if len(result) > most:
            lines.append([(f"… {plural(len(result) - most, 'more result')} in the plan", "$dim")])
        return lines

    @property
    def _choices(self) -> list[Parts]:
        name = key_name("detach.roles")
        if self.is_reading:
            waiting = next((f": {listed.waiting}" for listed in self._by_topic if listed.waiting), " …")
            lines: list[Parts] = [[(f"Reading the roles that would remain{waiting}", "$dim")]]
            if self._waits_for_roles:
                yes = key_name("confirm.yes")
                lines.append([(name, "bold $accent"), (f" keeps them; then {yes} does not wait", "$dim")])
            return lines
        lines = []
        own = _removed(self._planned(own=True, shared=False))
        if own:
            whose = (
                "its role" if len(self._targets) == 1 and len(own) == 1 else "the roles of system-assigned principals"
            )
            lines.append(_choice(name, self._removes_own, f"also remove {whose} on {_pools(own)}"))
        shared = _removed(self._planned(own=False, shared=True))
        if shared:
            who = enumerated(list(dict.fromkeys(one.name for one in shared)))
            words = f"also remove the role of {who} on {_pools(shared)}, which no other attached pool needs"
            lines.append(_choice(key_name("detach.shared-roles"), self._removes_shared, words))
        return lines

    @property
    def _unread(self) -> list[Parts]:
        problem = next((listed.problem for listed in self._by_topic if listed.problem is not None), None)
        if problem is None or self.is_reading:
            return []
        return [
            [
                (
                    f"Some roles that would remain could not be read and are not removed. {problem.title}",
                    "$warning",
                )
            ]
        ]

    @property
    def _waits_for_roles(self) -> bool:
        """Whether the current choices depend on roles that are still being read."""
        has_own_principals = any(one.identity.kind.has_system for one, _ in self._with_principals)
        return self.is_reading and ((self._removes_own and has_own_principals) or self._removes_shared)

    @property
    def confirms_now(self) -> bool:
        """Whether the roles to remove are known, and the question could be read."""
        return super().confirms_now and not self._waits_for_roles

    # Keys

    def action_answer(self, answer: bool) -> None:
        """Close with the answer; yes is ignored until the roles to remove are read."""
        if answer and self._waits_for_roles:
            self.say_ignored()
        else:
            super().action_answer(answer)

    def action_roles(self) -> None:
        """Toggle the removal of roles of system-assigned principals."""
        self._removes_own = not self._removes_own
        self._show()

    def action_shared_roles(self) -> None:
        """Toggle the removal of roles of user-assigned identities that no other attached pool needs."""
        if self.is_reading:
            self.say_ignored()
        elif _removed(self._planned(own=False, shared=True)):
            self._removes_shared = not self._removes_shared
            self._show()

    def action_plan(self) -> None:
        """Show the full plan, once it is known."""
        if self._waits_for_roles:
            self.say_ignored()
        else:
            uses = self._uses
            known = uses if isinstance(uses, Uses) else None
            self._flow.plan(self.plan, leave_caller=True, uses=known)


def _removed(plan: Plan) -> tuple[Removal, ...]:
    return tuple(
        removal
        for step in plan.steps
        if isinstance(step.request, Detachment) and step.request.roles is not None
        for removal in step.request.roles.removals
    )


def _choice(key: str, is_chosen: bool, words: str) -> Parts:
    return [(key, "bold $accent"), f" [{'x' if is_chosen else ' '}] {words}"]


def _pools(removals: Sequence[Removal]) -> str:
    """The Spark pools of some roles; only their number if there are many."""
    scopes = list(dict.fromkeys(f"{one.assignment.scope.workspace}/{one.assignment.scope.item}" for one in removals))
    return enumerated(scopes) if len(scopes) <= 2 else f"{len(scopes)} Spark pools"
