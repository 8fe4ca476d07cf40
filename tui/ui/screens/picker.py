"""Choose the workspace to work in: subscription, then workspace, by typing."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId
from tui.domain.workspaces import Subscription, Workspace
from tui.ui.catalog import Catalog
from tui.ui.screens.base import HouseScreen
from tui.ui.session import Session
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.table import Cell, Column

NO_SUBSCRIPTION = "sign in as someone who has one: az login"
"""What to do where the list of subscriptions is empty."""

SUBSCRIPTION_COLUMNS: tuple[Column[Subscription], ...] = (
    Column("SUBSCRIPTION", lambda one: Cell(one.name, "" if one.usable else "dim"), 0, most=48),
    Column("STATE", lambda one: Cell(one.state, "dim" if one.usable else "warning"), 2),
    Column("ID", lambda one: Cell(one.id, "dim"), 1, most=36),
)

_WORKSPACE_COLUMNS: tuple[Column[Workspace], ...] = (
    Column("WORKSPACE", lambda one: Cell(one.name), 0, most=40),
    Column("RESOURCE GROUP", lambda one: Cell(one.id.resource_group), 1, most=40),
    Column("REGION", lambda one: Cell(one.location, "dim"), 2, most=20),
    Column("KIND", lambda one: Cell(one.kind, "dim"), 3, most=16),
)


class PickerScreen(HouseScreen):
    """Two lists, one after the other.

    Args:
        session: The run.
        opened: Called with the workspace that was chosen.
    """

    opened_by = "switch_workspace"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="picker.choose", tooltip="Choose the row under the cursor"),
        Binding("ctrl+r", "refresh", "Refresh", id="picker.refresh", tooltip="Read the list again"),
        Binding("ctrl+y", "copy", "Copy", id="picker.copy", show=False, tooltip="Copy the problem that is shown"),
    ]
    AUTO_FOCUS = "#subscriptions Input"

    def __init__(self, session: Session, opened: Callable[[ResourceId], None]) -> None:
        super().__init__(session)
        self._opened = opened
        self._catalog = Catalog(self.reads, session.operations)
        self._subscription = ""
        self._subscription_name = ""

    def content(self) -> Iterable[Widget]:
        """The list of subscriptions and the list of workspaces, of which one is seen."""
        yield Chooser(
            SUBSCRIPTION_COLUMNS,
            lambda one: one.id,
            lambda one: (not one.usable, one.name.lower()),
            hint="type to search, or paste a workspace's resource id",
            id="subscriptions",
        )
        yield Chooser(
            _WORKSPACE_COLUMNS,
            lambda one: one.id.key,
            lambda one: (one.name.lower(), one.id.key),
            hint="type to search, or paste a workspace's resource id",
            id="workspaces",
        )

    @property
    def place(self) -> str:
        """What is being chosen."""
        return "open a workspace"

    @property
    def has_way_back(self) -> bool:
        """From the workspaces to the subscriptions, from there to the screen before, if there is one."""
        return any(chooser.display for chooser in self.query("#workspaces")) or super().has_way_back

    def on_mount(self) -> None:
        """Show one list at a time."""
        self.query_one("#workspaces").display = False

    def begin(self) -> None:
        """Read the subscriptions, and the workspaces of one that a flag gave."""
        self._subscriptions.follow(self._catalog.subscriptions(), lambda one: one, "subscription", NO_SUBSCRIPTION)
        if self.session.subscription:
            self._show_workspaces(self.session.subscription, self.session.subscription)
        else:
            self._ask_subscription()

    @property
    def _subscriptions(self) -> Chooser[Subscription]:
        return self.query_one("#subscriptions", Chooser)

    @property
    def _workspaces(self) -> Chooser[Workspace]:
        return self.query_one("#workspaces", Chooser)

    @property
    def _shown(self) -> Chooser[Subscription] | Chooser[Workspace]:
        return self._workspaces if self._workspaces.display else self._subscriptions

    def _ask_subscription(self) -> None:
        self._workspaces.display = False
        self._subscriptions.display = True
        self._subscriptions.take_focus()
        self.say(("Which subscription?", "bold"), ("  Type a few letters, enter chooses.", "$dim"))

    def _show_workspaces(self, subscription: str, name: str) -> None:
        self._subscription, self._subscription_name = subscription, name
        group = self.session.resource_group.lower()

        def wanted(workspace: Workspace) -> Workspace | None:
            return workspace if not group or workspace.id.resource_group.lower() == group else None

        self._subscriptions.display = False
        self._workspaces.display = True
        self._workspaces.clear()
        workspaces = self._catalog.workspaces(subscription)
        self._workspaces.follow(workspaces, wanted, "workspace", "esc goes back to the subscriptions")
        self._workspaces.take_focus()
        within = f" in resource group {self.session.resource_group}" if group else ""
        self.say((f"Which workspace of {name}{within}?", "bold"), ("  esc goes back to the subscriptions.", "$dim"))

    @on(Chooser.Chosen, "#subscriptions")
    def _subscription_chosen(self, event: Chooser.Chosen) -> None:
        self._show_workspaces(event.item.id, event.item.name)

    @on(Chooser.Chosen, "#workspaces")
    def _workspace_chosen(self, event: Chooser.Chosen) -> None:
        self._opened(event.item.id)

    @on(Chooser.Typed)
    def _id_typed(self, event: Chooser.Typed) -> None:
        try:
            self._opened(ResourceId.parse(event.text, ML_WORKSPACE_TYPE))
        except InvalidResourceId as error:
            self.say((str(error), "$error"))

    def action_choose(self) -> None:
        """Enter outside the field puts the cursor into it."""
        self._shown.take_focus()

    def action_refresh(self) -> None:
        """Read the list that is shown again."""
        shelf = self._shown.shelf
        if shelf is not None:
            self._catalog.read_again(shelf)

    async def action_copy(self) -> None:
        """Copy the problem that is shown."""
        text = self._shown.problem_text
        if text:
            await self.copy(text, "the problem")

    def action_back(self) -> None:
        """From workspaces to subscriptions, from there to the screen before."""
        if self._workspaces.display:
            self._ask_subscription()
        else:
            super().action_back()
