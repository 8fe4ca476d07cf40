"""The question before a write to something locked: its name is typed, or nothing is sent."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.domain.resource_id import ResourceId
from tui.ui.key_guard import Guarded
from tui.ui.keys import key_name
from tui.ui.stack import OwnScreen
from tui.ui.text import content
from tui.ui.widgets.dialog import Dialog
from tui.ui.widgets.field import Field


class UnlockScreen(Guarded, ModalScreen[bool], OwnScreen[bool]):
    """Answers True only to the name itself.

    Args:
        locked: What is locked.
        doing: What would be done, such as `detaches etl-prod`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", id="unlock.cancel", tooltip="Leave everything as it is"),
    ]

    CONFIRMS = frozenset({"submit"})

    def __init__(self, locked: ResourceId, doing: str) -> None:
        super().__init__()
        self._locked = locked
        self._doing = doing

    def compose(self) -> ComposeResult:
        """What is locked, what would be done, and the field."""
        with Dialog():
            yield Static(
                content((f"{self._locked.name} is locked", "bold $warning")), classes="dialog-title", markup=False
            )
            yield Static(content(f"\nThis {self._doing}."), markup=False)
            yield Static(content("\nTo do it, type the name ", (self._locked.name, "bold"), ":"), markup=False)
            yield Field("its name", id="name")
            yield Static("", id="unlock-said", markup=False)
            yield Static(self._keys, id="unlock-keys", classes="dialog-keys", markup=False)

    @property
    def _keys(self) -> Content:
        """The keys with what they do; the one that confirms is dim while it does not count."""
        return content(
            (key_name("field.submit", "enter"), "bold $accent" if self.takes_answers else "$dim"),
            " do it    ",
            (key_name("unlock.cancel", "esc"), "bold $accent"),
            " cancel",
        )

    def guard_changed(self) -> None:
        """Show whether the key that confirms counts."""
        for keys in self.query("#unlock-keys").results(Static):
            keys.update(self._keys)

    def on_mount(self) -> None:
        """Put the cursor into the field."""
        self.query_one("#name", Field).focus()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._locked.name:
            self.dismiss(True)
            return
        said = "Type the name first." if not event.value.strip() else "That is not its name. Nothing was sent."
        self.query_one("#unlock-said", Static).update(content((said, "$warning")))

    @on(Field.PasteChanged)
    def _paste_changed(self, event: Field.PasteChanged) -> None:
        event.stop()
        self.query_one("#unlock-said", Static).update(content((event.words, "$accent")))

    def say_ignored(self) -> None:
        """Say that a key came too early, or as one of several, to be meant for this question."""
        said = "That key came too early and was ignored. Nothing was sent; press it again."
        for line in self.query("#unlock-said").results(Static):
            line.update(content((said, "$warning")))

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)
