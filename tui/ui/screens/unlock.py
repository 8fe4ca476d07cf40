"""The dialog before a write to a locked resource: the user types its name."""

from collections.abc import Iterable

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.resource_id import ResourceId
from tui.ui.dialogs import DialogScreen, KeyHint
from tui.ui.keys import bindings, key_name
from tui.ui.text import content
from tui.ui.widgets.field import Field


class UnlockScreen(DialogScreen[bool]):
    """Returns True only if the user types the resource's name.

    Args:
        locked: What is locked.
        doing: What the write does, such as `detaches etl-prod`.
    """

    WHERE = "unlock"
    BINDINGS = bindings(WHERE)

    def __init__(self, locked: ResourceId, doing: str) -> None:
        super().__init__()
        self._locked = locked
        self._doing = doing

    @property
    def heading(self) -> Content:
        """What is locked."""
        return content((f"{self._locked.name} is locked", "bold $warning"))

    def body(self) -> Iterable[Widget]:
        """Say what the write does, and create the field."""
        yield Static(content(f"\nThis {self._doing}."), markup=False)
        yield Static(content("\nTo continue, type the name ", (self._locked.name, "bold"), ":"), markup=False)
        yield Field("its name", id="name")

    def key_hints(self) -> Iterable[KeyHint]:
        """Name the keys that confirm and that cancel."""
        yield KeyHint(key_name("field.submit"), "do it", confirms=True)
        yield KeyHint(key_name("unlock.cancel"), "cancel")

    def on_mount(self) -> None:
        """Put the cursor into the field."""
        self.query_one("#name", Field).focus()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._locked.name:
            self.dismiss(True)
        else:
            self.notice("That is not its name. Nothing was sent." if event.value.strip() else "Type the name first.")

    def action_leave(self) -> None:
        """Close without a write."""
        self.dismiss(False)
