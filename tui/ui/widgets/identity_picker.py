"""Chooses a managed identity: none, system-assigned, user-assigned in an order, or both."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.identity import IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.operation import Operation, Succeeded, Watch
from tui.domain.ordering import by_name
from tui.domain.pasted import resource_id_in
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE, InvalidResourceId, ResourceId
from tui.domain.workspaces import Subscription
from tui.ui.containment import Contained
from tui.ui.drafts import IdentityDraft, Standing, standing
from tui.ui.keys import bindings, key_name
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.text import Parts, content
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.columns import NO_SUBSCRIPTION, SUBSCRIPTION_COLUMNS, Cell, Column
from tui.ui.widgets.table import ResourceTable

_HINT = "type to search, or paste a resource id"


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: IdentityKind
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    identity: UserAssignedIdentity
    place: int | None
    note: str = ""


_KINDS = (
    _Kind(IdentityKind.NONE, "none", "jobs run as the submitter"),
    _Kind(IdentityKind.SYSTEM, "system-assigned", "tied to this compute"),
    _Kind(IdentityKind.USER, "user-assigned", "one or more existing ones"),
    _Kind(IdentityKind.SYSTEM_AND_USER, "both", "system- and user-assigned"),
)

_KIND_COLUMNS: tuple[Column[_Kind], ...] = (
    Column("IDENTITY", lambda row: Cell(row.name), 0, is_words=True),
    Column("", lambda row: Cell(row.meaning, "dim"), 1, most=70, is_words=True),
)

_CANDIDATE_COLUMNS: tuple[Column[_Candidate], ...] = (
    Column("IDENTITY", lambda row: Cell(row.identity.name), 0, most=40),
    Column("CHOSEN", lambda row: Cell("" if row.place is None else f"{row.place + 1}", "good"), 1, right=True),
    Column("RESOURCE GROUP", lambda row: Cell(row.identity.id.resource_group, "dim"), 3, most=32),
    Column("REGION", lambda row: Cell(row.identity.location, "dim"), 4),
    Column("", lambda row: Cell(row.note, "warning"), 2, most=34, is_words=True),
)


def kind_name(kind: IdentityKind) -> str:
    """The name of an identity type."""
    return next(row.name for row in _KINDS if row.kind is kind)


class IdentityPicker(Contained, Vertical):
    """Asks for the type, then if needed for the user-assigned identities in their order.

    Args:
        draft: The choice, which is read and written.
        lists: The lists.
        subscription: The GUID of the workspace's subscription, which is searched first.
        question: The question for the type.
        next_key: The key that continues from the identities, and what it does.
        new_key: The key that creates an identity.
    """

    DEFAULT_CSS = """
    IdentityPicker { height: 1fr; }
    IdentityPicker > #kinds { height: 6; }
    IdentityPicker > #chosen { height: auto; }
    IdentityPicker #chosen-order { height: auto; }
    """
    BINDINGS = bindings("identity-picker")

    class Done(Message):
        """The choice is complete."""

    class Changed(Message):
        """The choice has changed, or would change with the row under the cursor."""

        def __init__(self, choice: IdentityChoice) -> None:
            super().__init__()
            self.choice = choice

    class Said(Message):
        """A sentence for the status line, with its style."""

        def __init__(self, text: str, tone: str) -> None:
            super().__init__()
            self.text = text
            self.tone = tone

    def __init__(
        self, draft: IdentityDraft, lists: ResourceLists, subscription: str, question: str, next_key: str, new_key: str
    ) -> None:
        super().__init__()
        self._draft = draft
        self._lists = lists
        self._home = subscription.lower()
        self._subscription = self._home
        self._question = question
        self._next_key = next_key
        self._new_key = new_key
        self._awaits_new = False

    def compose(self) -> ComposeResult:
        """The types, the identities and the subscriptions, one of which is visible."""
        yield ResourceTable(_KIND_COLUMNS, lambda row: row.kind.value, id="kinds")
        with Vertical(id="chosen"):
            yield Static("", id="chosen-names", markup=False)
            yield Static("", id="chosen-order", classes="roomy", markup=False)
        yield Chooser(
            _CANDIDATE_COLUMNS,
            lambda row: row.identity.id.key,
            lambda row: (row.place is None, row.place or 0, by_name(row.identity.name)),
            hint=_HINT,
            id="identities",
        )
        yield Chooser(
            SUBSCRIPTION_COLUMNS,
            lambda row: row.id,
            lambda row: (not row.usable, by_name(row.name)),
            hint="type to search",
            id="identity-subscriptions",
        )

    def on_mount(self) -> None:
        """Start reading the identities, which may be needed."""
        self.query_one("#kinds", ResourceTable).put(_KINDS)
        self._show("kinds")
        self._lists.identities(self._subscription)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of the list of identities while it is hidden."""
        return action not in ("shift", "subscription") or (self.is_mounted and self._candidates.display)

    # For the screen

    def open(self) -> None:
        """Focus the visible part."""
        if self.asks_for_kind:
            kinds = self.query_one("#kinds", ResourceTable)
            kinds.select(self._draft.kind.value)
            kinds.focus()
            self._say(self._question)
        elif self._candidates.display:
            self._candidates.take_focus()
            self._show_chosen()
            adds = key_name("field.submit")
            self._say(f"{adds} adds or removes an identity, {self._new_key} creates one; {self._next_key}.")
        else:
            self._subscriptions.take_focus()
            self._say("Search identities in which subscription?")

    @property
    def asks_for_kind(self) -> bool:
        """Whether the types are visible."""
        return bool(self.query_one("#kinds").display)

    def accept(self) -> None:
        """Accept the type under the cursor, or the chosen identities."""
        if self.asks_for_kind:
            chosen: _Kind | None = self.query_one("#kinds", ResourceTable).current
            if chosen is None:
                return
            self._draft.kind = chosen.kind
            self._draft.is_chosen = True
            if not chosen.kind.has_user:
                self.post_message(self.Done())
                return
            self._follow()
            self._show("identities")
            self.open()
            self.post_message(self.Changed(self._draft.choice))
            return
        problem = self._draft.choice.problem
        if problem:
            self._say(problem, "$error")
        else:
            self.post_message(self.Done())

    def back(self) -> bool:
        """Go back from the subscriptions to the identities, or from those to the types.

        Returns:
            False if there is nothing to go back to.
        """
        if self.asks_for_kind:
            return False
        self._show("kinds" if self._candidates.display else "identities")
        self.open()
        return True

    @property
    def subscription(self) -> str:
        """The GUID of the subscription whose identities are listed."""
        return self._subscription

    @property
    def why_no_new(self) -> str | None:
        """Why no identity can be created, in one sentence; None if one can."""
        if self._candidates.display:
            return None
        return "Choose user-assigned or both first: new identities are user-assigned."

    def await_new(self) -> None:
        """Choose the next identity that this program creates."""
        self._awaits_new = True

    def identity_written(self, operation: Operation) -> None:
        """List an identity that was created, and choose it if it was created for the list that is shown.

        The cursor and the text of a user who is choosing stay.
        """
        end = operation.end
        if not isinstance(end, Succeeded) or not isinstance(end.resource, UserAssignedIdentity):
            return
        new = end.resource.id
        self._lists.add_identity(end.resource)
        is_shown = all(part.display for part in self._candidates.ancestors_with_self if isinstance(part, Widget))
        if not self._awaits_new or not is_shown or operation.watch is Watch.ELSEWHERE:
            return
        self._awaits_new = False
        if not self.screen.is_active:
            self._candidates.clear()
        if new not in self._draft.identities:
            self._toggle(new)
        if not self.screen.is_active:
            self._candidates.table.select(new.key)

    def refresh_list(self) -> None:
        """Read the identities again."""
        listed = self._candidates.listed
        if listed is not None:
            self._lists.read_again(listed)

    def show_again(self) -> None:
        """Show a draft that was changed from outside."""
        if self.asks_for_kind:
            self.query_one("#kinds", ResourceTable).select(self._draft.kind.value)
        elif self._candidates.display:
            self._changed()

    @property
    def submit_word(self) -> str:
        """What enter does in the field that is shown, in a word or two."""
        return "add/remove" if self._candidates.display else "choose"

    @property
    def problem_text(self) -> str:
        """The problem that is shown, for copying; empty if there is none."""
        return self._candidates.problem_text

    # Inside

    @property
    def _candidates(self) -> Chooser[_Candidate]:
        return self.query_one("#identities", Chooser)

    @property
    def _subscriptions(self) -> Chooser[Subscription]:
        return self.query_one("#identity-subscriptions", Chooser)

    def _show(self, name: str) -> None:
        for part in ("kinds", "identities", "identity-subscriptions"):
            self.query_one(f"#{part}").display = part == name
        self.query_one("#chosen").display = name == "identities"
        self.refresh_bindings()

    def _say(self, text: str, tone: str = "bold") -> None:
        self.post_message(self.Said(text, tone))

    def _follow(self) -> None:
        listed = self._lists.identities(self._subscription)
        advice = f"{self._new_key} creates one · {key_name('identity.subscription')} searches another subscription"
        self._candidates.follow(listed, self._candidate, "user-assigned identity", advice, self._not_listed)

    def _candidate(self, identity: UserAssignedIdentity) -> _Candidate:
        chosen = self._draft.identities
        return _Candidate(identity, chosen.index(identity.id) if identity.id in chosen else None)

    def _not_listed(self) -> Iterator[_Candidate]:
        """The chosen identities that are not in the shown list: in another subscription, or gone."""
        listed = {identity.id for identity in self._lists.identities(self._subscription).items}
        for place, identity in enumerate(self._draft.identities):
            if identity not in listed:
                found = standing(self._lists, identity)
                if found is Standing.READING:
                    self._await(self._lists.identities(identity.subscription.lower()))
                note = found.value or "in another subscription"
                yield _Candidate(UserAssignedIdentity(identity), place, note)

    def _await(self, listed: CachedList[UserAssignedIdentity]) -> None:
        """Update the list when the identities of another subscription are read."""
        if self._lists.identities(self._subscription) is not listed and self._show_again not in listed.watchers:
            listed.watchers.append(self._show_again)

    def _show_again(self) -> None:
        if self._candidates.display:
            self._candidates.show_again()

    def _show_chosen(self) -> None:
        names, order = self.query_one("#chosen-names", Static), self.query_one("#chosen-order", Static)
        chosen = self._draft.identities
        if not chosen:
            names.update(content(("None chosen yet.", "$warning")))
            order.update("")
            return
        parts: Parts = [("Chosen, in this order: ", "$dim")]
        for number, identity in enumerate(chosen, start=1):
            parts += [
                (f"{number} {identity.name}", "bold"),
                (" default for jobs" if number == 1 else "", "$dim"),
                "   ",
            ]
        names.update(content(*parts))
        sentence = "Documented: jobs run as the first by default. The request has no order, so Azure decides.\n"
        order.update(content((sentence, "$dim")))

    def _toggle(self, identity: ResourceId) -> None:
        chosen = self._draft.identities
        if identity in chosen:
            chosen.remove(identity)
        else:
            chosen.append(identity)
        self._draft.is_chosen = True
        self._changed()

    def _changed(self) -> None:
        self._candidates.show_again()
        self._show_chosen()
        self.post_message(self.Changed(self._draft.choice))

    def action_shift(self, by: int) -> None:
        """Move the identity under the cursor in the order."""
        row = self._candidates.table.current if self._candidates.display else None
        if row is None or row.place is None:
            adds = key_name("field.submit")
            self._say(f"Only chosen identities have an order: {adds} adds this one.", "$warning")
            return
        chosen = self._draft.identities
        target = row.place + by
        if 0 <= target < len(chosen):
            chosen[row.place], chosen[target] = chosen[target], chosen[row.place]
            self._draft.is_chosen = True
            self._changed()
            self._candidates.table.select(row.identity.id.key)

    def action_subscription(self) -> None:
        """Search the identities of another subscription."""
        if self._candidates.display:
            self._subscriptions.follow(self._lists.subscriptions(), lambda row: row, "subscription", NO_SUBSCRIPTION)
            self._show("identity-subscriptions")
            self.open()

    def _tenant(self, subscription: str) -> str:
        listed = self._lists.subscriptions().items
        return next((row.tenant_id for row in listed if row.id.lower() == subscription.lower()), "")

    @on(ResourceTable.Highlighted, "#kinds")
    def _kind_highlighted(self) -> None:
        chosen: _Kind | None = self.query_one("#kinds", ResourceTable).current
        if chosen is not None and self.asks_for_kind:
            self.post_message(self.Changed(self._draft.with_kind(chosen.kind)))

    @on(Chooser.Chosen, "#identities")
    def _identity_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._toggle(event.item.identity.id)

    @on(Chooser.Chosen, "#identity-subscriptions")
    def _subscription_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        chosen: Subscription = event.item
        home = self._tenant(self._home)
        if home and chosen.tenant_id and chosen.tenant_id.lower() != home.lower():
            self._say(
                f"{chosen.name} is in a different tenant. A compute can only use identities of its own tenant.",
                "$error",
            )
            return
        self._subscription = chosen.id.lower()
        self._candidates.clear()
        self._follow()
        self._show("identities")
        self.open()

    @on(Chooser.Typed)
    def _id_typed(self, event: Chooser.Typed) -> None:
        event.stop()
        try:
            identity = resource_id_in(event.text, USER_ASSIGNED_IDENTITY_TYPE)
        except InvalidResourceId as error:
            self._say(str(error), "$error")
            return
        self._candidates.clear()
        self._toggle(identity)
        self._candidates.table.select(identity.key)
