"""Choosing a workspace: recent ones first, then those of a subscription, or a pasted id."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from textual import on
from textual.binding import Binding
from textual.widget import Widget

from tui.domain.errors import Problem
from tui.domain.ordering import by_name
from tui.domain.pasted import resource_id_in
from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId
from tui.domain.workspaces import Subscription, Workspace
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import CachedList, ResourceLists, complete_list
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.columns import NO_SUBSCRIPTION, SUBSCRIPTION_COLUMNS, Cell, Column


@dataclass(frozen=True, slots=True)
class _Choice:
    """A workspace that can be chosen.

    Attributes:
        workspace: The workspace; of a recent one perhaps only its id.
        subscription: The name or GUID of its subscription, if it differs from that of the list.
        note: `recent`, `open now`, or nothing.
        rank: Its place among the recent ones; all others have the same.
    """

    workspace: Workspace
    subscription: str
    note: str
    rank: int


_WORKSPACE_COLUMNS: tuple[Column[_Choice], ...] = (
    Column("WORKSPACE", lambda choice: Cell(choice.workspace.name), 0, most=40),
    Column("RESOURCE GROUP", lambda choice: Cell(choice.workspace.id.resource_group), 1, most=40),
    Column("", lambda choice: Cell(choice.note, "dim"), 2, most=8, if_filled=True, is_words=True),
    Column("SUBSCRIPTION", lambda choice: Cell(choice.subscription, "dim"), 3, most=36, if_filled=True),
    Column("REGION", lambda choice: Cell(choice.workspace.location, "dim"), 4, most=20),
    Column("KIND", lambda choice: Cell(choice.workspace.kind, "dim"), 5, most=16, if_filled=True),
)


class PickerScreen(BaseScreen):
    """Two lists: the workspaces of one subscription with all recent ones, and the subscriptions.

    It starts with the workspaces if there are any, because users nearly always want one of these.
    """

    opened_by = "switch_workspace"
    IN_WORKSPACE = False
    WHERE = "picker"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = ""

    def __init__(self, session: Session, flow: Flow) -> None:
        super().__init__(session, flow)
        self._lists = ResourceLists(self.reads, session.operations)
        here = session.where.workspace
        self._subscription = here.subscription if here is not None else session.subscription
        # The requested resource group applies to the first workspace only.
        self._group = "" if here is not None else session.resource_group
        self._searched, self._why_asked = ("", "") if here is not None else (session.workspace_name, session.why_asked)
        self._begins_with_workspaces = bool(self._subscription or session.where.recent)
        self._tenants: set[str] = set()
        self._has_chosen_subscription = False
        self._ranks = {
            one.workspace.key: number
            for number, one in enumerate(one for one in session.where.recent if one.workspace != here)
        }

    def content(self) -> Iterable[Widget]:
        """Create both lists, of which one is visible."""
        yield Chooser(
            (*SUBSCRIPTION_COLUMNS, Column("TENANT", self._tenant, 3, most=36, if_filled=True)),
            lambda one: one.id,
            self._order,
            hint="type to search, or paste a workspace's resource id",
            id="subscriptions",
        )
        yield Chooser(
            _WORKSPACE_COLUMNS,
            lambda one: one.workspace.id.key,
            lambda one: (one.rank, by_name(one.workspace.name), one.workspace.id.key),
            hint="type to search, or paste a workspace's resource id",
            id="workspaces",
        )

    @property
    def place(self) -> str:
        """What the user chooses here."""
        return "open a workspace"

    @property
    def has_way_back(self) -> bool:
        """Whether there is a list or a screen to go back to."""
        return self._is_second_list or super().has_way_back

    @property
    def _is_second_list(self) -> bool:
        """Whether the visible list was reached from the other one."""
        showing = any(chooser.display for chooser in self.query("#workspaces"))
        return showing != self._begins_with_workspaces

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the key that leads to the subscriptions while they are visible."""
        if action == "subscriptions":
            return any(chooser.display for chooser in self.query("#workspaces"))
        return super().check_action(action, parameters)

    def label(self, binding: Binding) -> str:
        """Name the key that opens a workspace."""
        is_last = binding.action == "submit" and self._workspaces.display
        return "open" if is_last else super().label(binding)

    def on_mount(self) -> None:
        """Show one list, and put the cursor into its field."""
        self.query_one("#workspaces").display = self._begins_with_workspaces
        self.query_one("#subscriptions").display = not self._begins_with_workspaces
        self._workspaces.clear(self._searched)
        self._shown.take_focus()

    def begin(self) -> None:
        """Begin to read."""
        if self._begins_with_workspaces:
            self._show_workspaces(self._subscription)
        else:
            self._show_subscriptions()

    @property
    def _subscriptions(self) -> Chooser[Subscription]:
        return self.query_one("#subscriptions", Chooser)

    @property
    def _workspaces(self) -> Chooser[_Choice]:
        return self.query_one("#workspaces", Chooser)

    @property
    def _shown(self) -> Chooser[Subscription] | Chooser[_Choice]:
        return self._workspaces if self._workspaces.display else self._subscriptions

    @property
    def _reason(self) -> tuple[tuple[str, str], ...]:
        """Why the user has to choose although something names the workspace, as parts of the message."""
        return ((f"{self._why_asked} ", "$warning"),) if self._why_asked else ()

    def _order(self, one: Subscription) -> tuple[bool, int, tuple[str, str]]:
        """Usable subscriptions first, among them the most recent ones."""
        recent = [found.workspace.subscription.lower() for found in self.session.where.recent]
        rank = recent.index(one.id.lower()) if one.id.lower() in recent else len(recent)
        return not one.usable, rank, by_name(one.name)

    def _show_subscriptions(self) -> None:
        self._workspaces.display = False
        self._subscriptions.display = True
        self._subscriptions.follow(
            self._lists.subscriptions(), self._subscription_read, "subscription", NO_SUBSCRIPTION
        )
        self._subscriptions.take_focus()
        self.say(
            *self._reason,
            ("Which subscription?", "bold"),
            (f"  Type a few letters, {key_name('field.submit')} chooses.", "$dim"),
        )
        self.refresh_bindings()

    def _subscription_read(self, one: Subscription) -> Subscription:
        self.session.where.add_name(one.id, one.name)
        before = len(self._tenants)
        self._tenants.add(one.tenant_id.lower())
        if before == 1 and len(self._tenants) > 1 and not self.session.where.tenants:
            # With one tenant no names are needed, and so no request.
            self.reads.start("tenants", self._read_tenants)
        return one

    async def _read_tenants(self) -> None:
        with suppress(Problem):
            async for page in self.session.operations.pages(lambda azure: azure.tenants()):
                self.session.where.add_tenants(page.items)
                self._subscriptions.show_again()

    def _tenant(self, one: Subscription) -> Cell:
        return Cell(self.session.where.tenant(one.tenant_id) if len(self._tenants) > 1 else "", "dim")

    def _show_workspaces(self, subscription: str) -> None:
        self._subscription = subscription
        self._subscriptions.display = False
        self._workspaces.display = True
        listed: CachedList[Workspace] = self._lists.workspaces(subscription) if subscription else complete_list([])
        advice = f"{key_name('picker.subscriptions')} lists the subscriptions"
        self._workspaces.follow(listed, self._in_group, "workspace", advice, lambda: self._recent(listed))
        self._workspaces.take_focus()
        name = self.session.where.name_of(subscription) or subscription
        group = f" in resource group {self._group}" if self._group else ""
        self.say(
            *self._reason,
            (f"Which workspace of {name}{group}?" if subscription else "Which workspace?", "bold"),
            (f"  {advice}.", "$dim"),
        )
        self.refresh_bindings()

    def _in_group(self, workspace: Workspace) -> _Choice | None:
        """The row of a workspace; None if it is not in the requested resource group."""
        group = self._group.lower()
        if group and workspace.id.resource_group.lower() != group:
            return None
        return self._choice(workspace)

    def _recent(self, listed: CachedList[Workspace]) -> list[_Choice]:
        """The rows of recent workspaces that are not in the list; in a chosen subscription, only its own."""
        keys = {workspace.id.key for workspace in listed.items}
        return [
            self._choice(Workspace(one.workspace))
            for one in self.session.where.recent
            if one.workspace.key not in keys
            and one.workspace.key in self._ranks
            and not (self._has_chosen_subscription and one.workspace.subscription.lower() != self._subscription.lower())
        ]

    def _choice(self, workspace: Workspace) -> _Choice:
        is_open = workspace.id == self.session.where.workspace
        rank = self._ranks.get(workspace.id.key)
        guid = workspace.id.subscription
        return _Choice(
            workspace,
            "" if guid.lower() == self._subscription.lower() else self.session.where.name_of(guid) or guid,
            "open now" if is_open else "" if rank is None else "recent",
            len(self._ranks) if rank is None else rank,
        )

    @on(Chooser.Chosen, "#subscriptions")
    def _subscription_chosen(self, event: Chooser.Chosen) -> None:
        self._has_chosen_subscription = True
        self._workspaces.clear(self._searched)
        self._show_workspaces(event.item.id)

    @on(Chooser.Chosen, "#workspaces")
    def _workspace_chosen(self, event: Chooser.Chosen) -> None:
        if self.is_active:
            self.flow.open_workspace(event.item.workspace.id)

    @on(Chooser.Typed)
    def _id_typed(self, event: Chooser.Typed) -> None:
        if not self.is_active:
            return
        try:
            self.flow.open_workspace(resource_id_in(event.text, ML_WORKSPACE_TYPE))
        except InvalidResourceId as error:
            self.say_until_key((str(error), "$error"))

    def action_choose(self) -> None:
        """Put the cursor into the field."""
        self._shown.take_focus()

    def action_refresh(self) -> None:
        """Read the visible list again."""
        listed = self._shown.listed
        if listed is not None:
            self._lists.read_again(listed)

    async def action_copy(self) -> None:
        """Copy the visible problem."""
        text = self._shown.problem_text
        if text:
            await self.copy(text, "the problem")

    def action_subscriptions(self) -> None:
        """Show the subscriptions."""
        self._show_subscriptions()

    def action_back(self) -> None:
        """Go back to the other list if this one was reached from it, else to the screen before."""
        if not self._is_second_list:
            super().action_back()
        elif self._begins_with_workspaces:
            self._workspaces.clear(self._searched)
            self._show_workspaces(self._subscription)
        else:
            self._show_subscriptions()
