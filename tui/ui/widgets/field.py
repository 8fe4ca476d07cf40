"""A field to type into, on one line, quiet while nobody types."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class Field(Input):
    """An input whose enter key is shown with what it does here.

    A blinking cursor would write 2.6 KB a second to the terminal, so it stands still.

    Args:
        hint: What it says while it is empty.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "Choose",
            id="field.submit",
            key_display="enter",
            tooltip="Take what is typed, or the row under the cursor",
        ),
    ]

    def __init__(self, hint: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(placeholder=hint, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
