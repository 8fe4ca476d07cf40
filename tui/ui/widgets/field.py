"""A text field of one line."""

from rich.highlighter import Highlighter
from rich.text import Text
from textual.binding import Binding
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import Input

from tui.domain.pasted import LONGEST_PASTE, one_line
from tui.domain.text import lines_of, masked, without_invisible
from tui.ui.containment import Contained
from tui.ui.keys import bindings

# Enter bubbles like the arrow keys, which choose what it accepts.
_EDITING = {binding.action for binding in Input.BINDINGS if isinstance(binding, Binding)} - {"submit"}


class Masking(Highlighter):
    """Masks control characters in a field, because a paste may contain them."""

    def __call__(self, text: str | Text) -> Text:
        """The text as it is drawn, of the same length."""
        return Text(masked(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Colour nothing."""


class Field(Contained, Input):
    """An input with our key bindings.

    Its cursor does not blink, because that would write 2.6 KB a second to the terminal. Names, ids and addresses lose
    invisible characters; prose keeps them. A paste of several lines is kept whole: wrapped ids are joined, other lines
    follow one another.

    Args:
        hint: The placeholder.
        is_prose: Whether it holds prose, not a name, an id or an address.
    """

    class PasteChanged(Message):
        """A paste was changed or rejected; `text` is the sentence that says so."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    BINDINGS = bindings("field")

    def __init__(
        self,
        hint: str = "",
        *,
        is_prose: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(placeholder=hint, id=id, compact=True, select_on_focus=False, highlighter=Masking())
        self.cursor_blink = False
        self._is_prose = is_prose

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace text, as every key and paste does."""
        super().replace(text if self._is_prose else without_invisible(text), start, end)

    def _on_paste(self, event: Paste) -> None:
        """Insert the whole paste; Textual would only insert the first line."""
        event.stop()
        event.prevent_default()
        if len(event.text) > LONGEST_PASTE:
            words = f"The paste is longer than {LONGEST_PASTE:,} characters and was not inserted."
            self.post_message(self.PasteChanged(words))
            return
        lines = lines_of(event.text)
        filled = [line for line in lines if line.strip()]
        if len(filled) > 1:
            text = " ".join(map(str.strip, filled)) if self._is_prose else one_line(event.text)
        else:
            text = filled[0] if filled else max(lines, key=len)
        selection = self.selection
        if selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *selection)
        if len(filled) > 1:
            self.post_message(self.PasteChanged(f"{len(filled)} pasted lines were joined into one."))

    def suggest(self, text: str) -> None:
        """Fill in a text, all selected, so that typing replaces it."""
        self.value = text
        self.select_all()

    async def on_key(self, event: Key) -> None:
        """Run editing keys in order.

        Textual inserts a letter at once but runs a binding only after the key has bubbled up to the app, so that in a
        burst, as from a slow line, ctrl+u would delete the letters typed after it.
        https://github.com/Textualize/textual/issues/6605
        """
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.binding.action in _EDITING:
            event.stop()
            event.prevent_default()
            await self.run_action(active.binding.action)
