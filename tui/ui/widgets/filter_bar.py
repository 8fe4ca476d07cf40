"""The filter of a list: a field that opens above it."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.ui.containment import Contained
from tui.ui.keys import bindings
from tui.ui.widgets.field import Field


class FilterBar(Contained, Horizontal):
    """A field behind a slash; enter and the down key lead to the list, which stays filtered.

    Args:
        hint: What can be typed.
    """

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar > Static { width: 2; padding: 0 0 0 1; color: $accent; text-style: bold; background: $panel; }
    FilterBar > Field { width: 1fr; }
    """
    BINDINGS = bindings("filter")

    class Left(Message):
        """The user goes on to the list."""

    def __init__(self, hint: str = "type words to find") -> None:
        super().__init__()
        self.display = False
        self._field = Field(hint, id="filter")

    def compose(self) -> ComposeResult:
        """The slash and the field."""
        yield Static("/", markup=False)
        yield self._field

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen, with the focus or without."""
        return bool(self.display)

    @property
    def value(self) -> str:
        """The typed text."""
        return self._field.value

    def open(self) -> None:
        """Show it, and put the cursor into it."""
        self.display = True
        self.screen.set_focus(self._field)

    def close(self) -> None:
        """Clear and hide it."""
        self._field.value = ""
        self.display = False

    def action_to_list(self) -> None:
        """Go to the list."""
        self.post_message(self.Left())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the list."""
        event.stop()
        self.post_message(self.Left())
