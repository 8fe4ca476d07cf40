"""Step 3: the managed identity: none, system-assigned, user-assigned, or both."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.domain.identity import IdentityKind, UserAssignedIdentity
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE, InvalidResourceId, ResourceId
from tui.domain.workspaces import Subscription
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.catalog import Catalog
from tui.ui.screens.picker import NO_SUBSCRIPTION, SUBSCRIPTION_COLUMNS
from tui.ui.text import content
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.table import Cell, Column, ResourceTable

_HINT = "type the first letters of an identity's name, or paste its resource id"


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: IdentityKind
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    identity: UserAssignedIdentity
    place: int | None


_KINDS = (
    _Kind(IdentityKind.NONE, "off", "no identity; jobs run as the user who submits them"),
    _Kind(IdentityKind.SYSTEM, "system-assigned", "Azure makes a principal that lives and dies with the attachment"),
    _Kind(IdentityKind.USER, "user-assigned", "identities of yours, one or several, in an order"),
    _Kind(IdentityKind.SYSTEM_AND_USER, "system and user", "both of them"),
)

_KIND_COLUMNS: tuple[Column[_Kind], ...] = (
    Column("MANAGED IDENTITY", lambda one: Cell(one.name), 0),
    Column("", lambda one: Cell(one.meaning, "dim"), 1, most=70),
)

_CANDIDATE_COLUMNS: tuple[Column[_Candidate], ...] = (
    Column("IDENTITY", lambda row: Cell(row.identity.name), 0, most=40),
    Column("CHOSEN", lambda row: Cell("" if row.place is None else f"{row.place + 1}", "good"), 1, right=True),
    Column("RESOURCE GROUP", lambda row: Cell(row.identity.id.resource_group, "dim"), 2, most=32),
    Column("REGION", lambda row: Cell(row.identity.location, "dim"), 3),
)


class IdentityStep(Step):
    """First the kind; then, where it needs them, the user-assigned identities in their order."""

    title = "Identity"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+up,shift+up",
            "shift(-1)",
            "Earlier",
            id="identity.earlier",
            key_display="^↑",
            tooltip="Move the identity under the cursor forward; the first submits jobs by default",
        ),
        Binding(
            "ctrl+down,shift+down",
            "shift(1)",
            "Later",
            id="identity.later",
            key_display="^↓",
            tooltip="Move the identity under the cursor back",
        ),
        Binding(
            "ctrl+t",
            "subscription",
            "Subscription",
            id="identity.subscription",
            tooltip="Search the identities of another subscription",
        ),
    ]

    def __init__(self, form: Form, catalog: Catalog) -> None:
        super().__init__(form, catalog, id="identity-step")
        self._subscription = form.workspace.id.subscription

    def compose(self) -> ComposeResult:
        """The kinds, the identities and the subscriptions, of which one is seen."""
        yield ResourceTable(_KIND_COLUMNS, lambda one: one.kind.value, id="kinds")
        yield Static("", id="chosen", markup=False)
        yield Chooser(
            _CANDIDATE_COLUMNS,
            lambda row: row.identity.id.key,
            lambda row: (row.place is None, row.place or 0, row.identity.name.lower()),
            hint=_HINT,
            id="identities",
        )
        yield Chooser(
            SUBSCRIPTION_COLUMNS,
            lambda one: one.id,
            lambda one: (not one.usable, one.name.lower()),
            hint="type to search",
            id="identity-subscriptions",
        )

    def on_mount(self) -> None:
        """Begin to read the identities, which may be asked for."""
        self.query_one("#kinds", ResourceTable).put(_KINDS)
        self._show("kinds")
        self.catalog.identities(self._subscription)

    # What the screen asks

    @property
    def answer(self) -> str:
        """The kind, and how many identities."""
        form = self.form
        if not form.identity_is_chosen and form.existing is None:
            return ""
        name = next(one.name for one in _KINDS if one.kind is form.kind)
        return f"{name} ×{len(form.identities)}" if form.kind.has_user else name

    def open(self) -> None:
        """Show the part at which the user stands."""
        if self.query_one("#kinds").display:
            kinds = self.query_one("#kinds", ResourceTable)
            kinds.select(self.form.kind.value)
            kinds.focus()
            self._say("Which managed identity shall the compute have?")
        elif self._candidates.display:
            self._candidates.take_focus()
            self._tell_chosen()
            self._say("enter adds or removes the identity under the cursor; tab goes on.")
        else:
            self._subscriptions.take_focus()
            self._say("Search the identities of which subscription?")

    def accept(self) -> None:
        """Take the kind under the cursor, or the identities that were chosen."""
        if self.query_one("#kinds").display:
            chosen: _Kind | None = self.query_one("#kinds", ResourceTable).current
            if chosen is None:
                return
            self.form.kind = chosen.kind
            self.form.identity_is_chosen = True
            if not self.form.kind.has_user:
                self.post_message(self.Done())
                return
            self._follow()
            self._show("identities")
            self.open()
            return
        problem = self.form.choice.problem
        if problem:
            self._say(problem, "$error")
        else:
            self.post_message(self.Done())

    def back(self) -> bool:
        """From the subscriptions to the identities, from there to the kinds."""
        if self.query_one("#kinds").display:
            return False
        self._show("kinds" if self._candidates.display else "identities")
        self.open()
        return True

    def refresh_list(self) -> None:
        """Read the identities again."""
        shelf = self._candidates.shelf
        if shelf is not None:
            self.catalog.read_again(shelf)

    @property
    def copyable(self) -> tuple[str, str]:
        """The problem that is shown."""
        return self._candidates.problem_text, "the problem"

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

    def _say(self, text: str, tone: str = "bold") -> None:
        self.post_message(self.Said(text, tone))

    def _follow(self) -> None:
        identities = self.catalog.identities(self._subscription)
        advice = "ctrl+t searches another subscription"
        self._candidates.follow(identities, self._candidate, "user-assigned identity", advice)

    def _candidate(self, identity: UserAssignedIdentity) -> _Candidate:
        chosen = self.form.identities
        return _Candidate(identity, chosen.index(identity.id) if identity.id in chosen else None)

    def _tell_chosen(self) -> None:
        chosen = self.form.identities
        if not chosen:
            self.query_one("#chosen", Static).update(content(("None chosen yet.\n", "$warning")))
            return
        parts: list[object | tuple[object, str]] = [("Chosen, in this order: ", "$dim")]
        for number, identity in enumerate(chosen, start=1):
            parts += [(f"{number} {identity.name}", "bold"), "   "]
        parts.append(
            (
                "\nIt is documented that the first submits jobs by default; the wire has no order, Azure decides.\n",
                "$dim",
            )
        )
        self.query_one("#chosen", Static).update(content(*parts))

    def _toggle(self, identity: ResourceId) -> None:
        chosen = self.form.identities
        if identity in chosen:
            chosen.remove(identity)
        else:
            chosen.append(identity)
        self._changed()

    def _changed(self) -> None:
        self._candidates.show_again()
        self._tell_chosen()

    def action_shift(self, by: int) -> None:
        """Move the identity under the cursor in the order."""
        row = self._candidates.table.current if self._candidates.display else None
        if row is None or row.place is None:
            self._say("Only a chosen identity has a place in the order: enter adds it.", "$warning")
            return
        chosen = self.form.identities
        target = row.place + by
        if 0 <= target < len(chosen):
            chosen[row.place], chosen[target] = chosen[target], chosen[row.place]
            self._changed()

    def action_subscription(self) -> None:
        """Search the identities of another subscription."""
        if self._candidates.display:
            self._subscriptions.follow(self.catalog.subscriptions(), lambda one: one, "subscription", NO_SUBSCRIPTION)
            self._show("identity-subscriptions")
            self.open()

    @on(Chooser.Chosen, "#identities")
    def _identity_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._toggle(event.item.identity.id)

    @on(Chooser.Chosen, "#identity-subscriptions")
    def _subscription_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._subscription = event.item.id
        self._follow()
        self._show("identities")
        self.open()

    @on(Chooser.Typed)
    def _id_typed(self, event: Chooser.Typed) -> None:
        event.stop()
        try:
            identity = ResourceId.parse(event.text, USER_ASSIGNED_IDENTITY_TYPE)
        except InvalidResourceId as error:
            self._say(str(error), "$error")
            return
        self._candidates.clear()
        self._toggle(identity)
        self._candidates.table.select(identity.key)
