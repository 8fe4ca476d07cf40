"""A field to type into, on one line, quiet while nobody types."""

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Input

from tui.domain.text import masked

# Enter goes the long way, as the arrows do that choose what it takes.
_EDITING = {one.action for one in Input.BINDINGS if isinstance(one, Binding)} - {"submit"}


class Masking(Highlighter):
    """Draws what is in a field without anything that a terminal would obey: a paste may hold it."""

    def __call__(self, text: str | Text) -> Text:
        """The text as it may be drawn, of the same length."""
        return Text(masked(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Nothing is coloured."""


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
        super().__init__(placeholder=hint, id=id, compact=True, select_on_focus=False, highlighter=Masking())
        self.cursor_blink = False

    async def on_key(self, event: Key) -> None:
        """Act on editing keys in the order in which they come.

        Textual inserts a letter at once but runs a binding only after the key has bubbled up to the app,
        so that in a burst, as a slow line delivers it, ctrl+u would delete the letters typed behind it.
        """
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.binding.action in _EDITING:
            event.stop()
            event.prevent_default()
            await self.run_action(active.binding.action)
