"""The identity editor: the current identity, the new one, and the consequences."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Operation, Verb
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RolesAfter
from tui.domain.states import Tone
from tui.domain.uses import Uses
from tui.domain.workspaces import Workspace
from tui.ui.drafts import IdentityDraft, Standing, standing
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.role_moves import can_clean_up, move_of, roles_left, uses_of
from tui.ui.screens.base import ALERT_STYLES, BaseScreen, MessageParts
from tui.ui.screens.computes_reload import ComputesReload
from tui.ui.session import Session
from tui.ui.text import Parts, content, fold, glyph, line, style, wrap
from tui.ui.widgets.identity_picker import IdentityPicker
from tui.ui.widgets.problem import ProblemPanel

_MAX_SENTENCES = 8
_ROLES_KEYS = {
    RolesAfter.FOLLOW: "move roles",
    RolesAfter.CLEAN_UP: "remove old roles",
    RolesAfter.STAY: "keep roles",
}
_ROLES_MESSAGES = {
    RolesAfter.FOLLOW: "Roles on the pool move to the new identity. A user-assigned identity keeps its role.",
    RolesAfter.CLEAN_UP: "Old identities lose their role on the pool, unless another attached pool runs as them.",
    RolesAfter.STAY: "Roles stay as they are.",
}


class IdentityScreen(BaseScreen):
    """Changes the managed identity of one or several attached pools.

    Args:
        computes: The attached pools from the list; they are read again at once.
    """

    WHERE = "identity"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = ""

    def __init__(self, session: Session, flow: Flow, workspace: Workspace, computes: Sequence[Compute]) -> None:
        super().__init__(session, flow)
        self._workspace = workspace
        self._lists = ResourceLists(self.reads, session.operations)
        refresh = key_name("identity.refresh")
        self._reload = ComputesReload(computes, session.operations, self._computes_changed, refresh)
        self._draft_key = ("identity", frozenset(compute.id for compute in computes))
        stored = session.drafts.pop(self._draft_key, None)
        self._draft = stored if isinstance(stored, IdentityDraft) else IdentityDraft()
        self._draft.take(self._common)
        self._previewed = self._draft.choice
        self._question: MessageParts = ()

    def content(self) -> Iterable[Widget]:
        """Create the parts for the current identity, the new one and the consequences."""
        yield ProblemPanel(id="problem")
        with Horizontal(id="identity"):
            with VerticalScroll(id="now", can_focus=False):
                yield Static("", id="now-text", markup=False)
            with Vertical(id="new"):
                yield IdentityPicker(
                    self._draft,
                    self._lists,
                    self._workspace.id.subscription,
                    f"Which managed identity should {self._reload.names} have?",
                    f"{key_name('identity.review')} shows the plan",
                    key_name("identity.new"),
                )
        with VerticalScroll(id="follows", can_focus=False):
            yield Static("", id="follows-text", markup=False)

    @property
    def place(self) -> str:
        """Whose identity it is."""
        return f"{self._workspace.name} › {self._reload.names} › identity"

    @property
    def _picker(self) -> IdentityPicker:
        return self.query_one(IdentityPicker)

    @property
    def _consequences(self) -> VerticalScroll:
        return self.query_one("#follows", VerticalScroll)

    @property
    def _common(self) -> IdentityChoice:
        """The identity that all of them have; none if they differ."""
        if not self._are_alike:
            return IdentityChoice(IdentityKind.NONE)
        return IdentityChoice.of(self._reload.items[0].identity)

    @property
    def _are_alike(self) -> bool:
        first, *others = (IdentityChoice.of(compute.identity) for compute in self._reload.items)
        return all(other == first for other in others)

    @property
    def unsent(self) -> str:
        """The new identity, if it differs from the current one."""
        is_changed = self._draft.is_chosen and (not self._are_alike or self._draft.choice != self._common)
        return f"the identity of {self._reload.names}" if is_changed else ""

    @property
    def _is_undecided(self) -> bool:
        """Whether the identities differ and none is chosen yet."""
        return not self._draft.is_chosen and not self._are_alike

    def on_mount(self) -> None:
        """Name the key that scrolls the consequences whenever they overflow."""
        self.watch(self._consequences, "show_vertical_scrollbar", self._name_scroll_key, init=False)

    def begin(self) -> None:
        """Read the computes, their identities and the roles on their pools."""
        self.reads.start("computes", self._reload.read)
        self._lists.subscriptions()
        for identity in self._assigned:
            self._follow(self._lists.identities(identity.subscription.lower()))
        for pool in self._pools:
            self._follow(self._lists.pool_roles(pool))
            self._follow(self._lists.synapse_workspace(pool.parent))
        self._picker.open()
        self._show()

    def _follow(self, listed: CachedList[Any]) -> None:
        if self._show not in listed.watchers:
            listed.watchers.append(self._show)

    @property
    def _assigned(self) -> list[ResourceId]:
        return [assigned.id for compute in self._reload.items for assigned in compute.identity.user_assigned]

    @property
    def _pools(self) -> list[ResourceId]:
        pools = {compute.attached_to for compute in self._reload.items if compute.attached_to is not None}
        return sorted(pools, key=lambda pool: pool.key)

    def _computes_changed(self) -> None:
        self.query_one(ProblemPanel).show_problem(self._reload.problem, f"{key_name('identity.refresh')} tries again")
        if not self._draft.is_chosen:
            self._draft.take(self._common)
            self._picker.show_again()
        self._show()

    # Display

    def _show(self) -> None:
        now = self.query_one("#now", VerticalScroll)
        self.query_one("#now-text", Static).update(content(*self._now(max(12, now.scrollable_content_region.width))))
        self.query_one("#follows-text", Static).update(
            content(*self._consequence_parts(max(40, self._consequences.scrollable_content_region.width)))
        )
        self.show_keys()

    def _name_scroll_key(self, overflows: bool) -> None:
        more = key_name("identity.more")
        self._consequences.border_title = line(f"consequences · {more} shows more") if overflows else ""
        self.refresh_bindings()

    def fit(self) -> None:
        """Wrap the texts for the new width."""
        self._show()

    def _now(self, width: int) -> Parts:
        parts: Parts = [("NOW\n", "bold $dim")]
        for compute in self._reload.items:
            identity = compute.identity
            if len(self._reload.items) > 1:
                parts.append((f"{fold(compute.name, width)}\n", "bold"))
            if not identity.kind.has_system and not identity.kind.has_user:
                parts.append("none\n")
            if identity.kind.has_system:
                parts += [
                    "system-assigned\n",
                    (f"  {fold(identity.principal_id or 'pending', width, 2)}\n", "$dim"),
                ]
            for number, assigned in enumerate(identity.user_assigned, start=1):
                found = standing(self._lists, assigned.id)
                parts.append(f"{number} {fold(assigned.name, width, 2)}\n")
                if found is not Standing.HERE:
                    tone = Tone.BAD if found is Standing.GONE else Tone.WARNING
                    parts.append((f"  {glyph(tone)} {found.value}\n", style(tone)))
                parts.append((f"  {fold(assigned.id.resource_group, width, 2)}\n", "$dim"))
            parts.append("\n")
        return parts

    def _consequence_parts(self, width: int) -> Parts:
        sentences = self._sentences(self._previewed)
        if not sentences:
            return [("No changes.", "$dim")]
        parts: Parts = (
            [("Nothing is chosen yet; with the row under the cursor:\n", "$dim")] if self._is_undecided else []
        )
        for tone, sentence in sentences[:_MAX_SENTENCES]:
            parts.append((f"{glyph(tone)} {wrap(sentence, width, 2)}\n", style(tone)))
        if len(sentences) > _MAX_SENTENCES:
            parts.append((f"… and {len(sentences) - _MAX_SENTENCES} more; the plan shows all.", "$dim"))
        return parts

    def _sentences(self, choice: IdentityChoice) -> list[tuple[Tone, str]]:
        """The consequences of a choice, with names of computes only if there are several."""
        sentences: list[tuple[Tone, str]] = []
        planned = self._plan(choice)
        uses = self._uses(planned)
        plan = planned if uses is None else planned.checked(uses)
        is_reading = bool(planned.workspaces) and uses is None
        for step, before in zip(plan.steps, planned.steps, strict=True):
            request, planned_request = step.request, before.request
            if not isinstance(request, ComputeEdit) or not isinstance(planned_request, ComputeEdit):
                continue
            prefix = f"{request.name}: " if len(self._reload.items) > 1 else ""
            found: list[tuple[Tone, str]] = [(Tone.BAD, sentence) for sentence in self._gone(choice)]
            if IdentityChoice.of(request.compute.identity) != choice:
                move = request.move
                found += [(Tone.BAD, sentence) for sentence in (*step.harms, *(move.loss_words if move else ()))]
                found += [(Tone.WARNING, sentence) for sentence in step.warnings]
                left = roles_left(self._lists, request.compute, choice, planned_request.move)
                found += [(Tone.WARNING, sentence) for sentence in left]
                found += [(Tone.GOOD, sentence) for sentence in (move.grant_words if move else ())]
                found = found or [(Tone.NEUTRAL, "No side effects.")]
            sentences += [(tone, prefix + sentence) for tone, sentence in found]
        if is_reading:
            sentences.insert(
                0, (Tone.WARNING, "Reading which other attached pools run as an identity that loses a role …")
            )
        return list(dict.fromkeys(sentences))

    def _plan(self, choice: IdentityChoice) -> Plan:
        """The plan of a choice, whatever else runs as the identities that lose roles."""
        return Plan.of(
            ComputeEdit(compute, Edit(identity=choice), move_of(self._lists, compute, choice, self._draft.after))
            for compute in self._reload.items
            if compute.id is not None
        )

    def _uses(self, plan: Plan) -> Uses | Problem | None:
        """Which attached pools run as which principals; None if the plan removes no role or this is not read yet."""
        if not plan.workspaces:
            return None
        self._follow(self._lists.uses(self._workspace.id))
        return uses_of(self._lists, self._workspace.id)

    def _gone(self, choice: IdentityChoice) -> list[str]:
        return [
            f"{one.name} is no longer in {one.resource_group}; Azure refuses it. Remove it."
            for one in choice.user_assigned
            if standing(self._lists, one) is Standing.GONE
        ]

    # Events and keys

    @on(IdentityPicker.Changed)
    def _changed(self, event: IdentityPicker.Changed) -> None:
        for identity in event.choice.user_assigned:
            self._follow(self._lists.identities(identity.subscription.lower()))
        if self._previewed != event.choice:
            self._consequences.scroll_home(animate=False)
        self._previewed = event.choice
        self._show()

    @on(IdentityPicker.Said)
    def _said(self, event: IdentityPicker.Said) -> None:
        said = ((event.text, event.tone),)
        if event.tone in ALERT_STYLES:
            self.say_until_key(*said, over=self._question)
            return
        if event.tone == "bold":
            self._question = said
        self.say(*said)

    @on(IdentityPicker.Done)
    def _done(self) -> None:
        self._previewed = self._draft.choice
        if not self.shows_result("review"):
            self._reload.when_read(self, "review", self._show_plan)

    def _show_plan(self) -> None:
        reason = self._reload.why_not_ready
        if reason is not None:
            self.say((reason, "$warning"))
            return
        choice = self._draft.choice
        plan = self._plan(choice)
        uses = self._uses(plan)
        more = [
            (step.target, sentence)
            for step in plan.steps
            if isinstance(step.request, ComputeEdit)
            for sentence in roles_left(self._lists, step.request.compute, choice, step.request.move)
        ]
        lost = [(step.target, sentence) for step in plan.steps for sentence in self._gone(choice)]
        plan = plan.with_warnings(more).with_harms(lost)
        known = uses if isinstance(uses, Uses) else None
        self.flow.plan(plan, leave_caller=True, uses=known)

    def operation_changed(self, operation: Operation) -> None:
        """List an identity that was created."""
        if operation.verb is Verb.CREATE_IDENTITY:
            self._picker.identity_written(operation)

    def why_not(self, action: str) -> str | None:
        """Why a key is not available."""
        return self._picker.why_no_new if action == "new" else None

    def action_new(self) -> None:
        """Open the form for a new identity."""
        if not self.refused("new"):
            self._picker.await_new()
            self.flow.new_identity(self._picker.subscription, self._workspace)

    def label(self, binding: Binding) -> str:
        """Name the keys by what they do in the current list."""
        if binding.action == "move_roles":
            return _ROLES_KEYS[self._next_after]
        return self._picker.submit_word if binding.action == "submit" else super().label(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the scrolling key where everything is visible."""
        if action == "more":
            return self.is_mounted and self._consequences.show_vertical_scrollbar
        return super().check_action(action, parameters)

    def action_more(self) -> None:
        """Scroll the consequences by a page; from the end, to the beginning."""
        if self._consequences.scroll_offset.y >= self._consequences.max_scroll_y:
            self._consequences.scroll_home(animate=False)
        else:
            self._consequences.scroll_page_down(animate=False)

    @property
    def _next_after(self) -> RolesAfter:
        """The next choice about the roles, without one that would change nothing."""
        order = list(RolesAfter)
        following = order[(order.index(self._draft.after) + 1) % len(order)]
        is_useful = following is not RolesAfter.CLEAN_UP or any(
            can_clean_up(self._lists, one, self._previewed) for one in self._reload.items
        )
        return following if is_useful else order[(order.index(following) + 1) % len(order)]

    def action_move_roles(self) -> None:
        """Switch to the next choice about the roles."""
        self._draft.after = self._next_after
        self.say((_ROLES_MESSAGES[self._draft.after], "bold"))
        self._show()

    def action_accept(self) -> None:
        """Choose the row under the cursor."""
        self._picker.accept()

    def action_review(self) -> None:
        """Show the plan of the current choice; without one, say what is missing."""
        if self._is_undecided:
            take = key_name("identity.accept")
            words = f"Their identities differ, and none is chosen yet: {take} chooses the row under the cursor."
            self.say_until_key((words, "$warning"), over=self._question)
        else:
            self._picker.accept()

    def action_back(self) -> None:
        """Go back one choice; from the first, leave and keep the choice for the next time."""
        if not self._picker.back():
            if self._draft.is_chosen or self._draft.after is not RolesAfter.FOLLOW:
                self.session.drafts[self._draft_key] = self._draft
            super().action_back()

    def action_refresh(self) -> None:
        """Read the computes, their roles and the current list again."""
        self.reads.start("computes", self._reload.read)
        for pool in self._pools:
            self._lists.read_again(self._lists.pool_roles(pool))
        self._picker.refresh_list()

    async def action_copy(self) -> None:
        """Copy the problem, or the consequences."""
        problem = self.query_one(ProblemPanel).problem
        if problem is not None or self._picker.problem_text:
            await self.copy(problem.report if problem else self._picker.problem_text, "the problem")
        else:
            text = "\n".join(sentence for _, sentence in self._sentences(self._previewed))
            await self.copy(text, "the consequences")
