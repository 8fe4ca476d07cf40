"""A field to type into, on one line, quiet while nobody types."""

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

# Enter goes the long way, as the arrows do that choose what it takes.
_EDITING = {one.action for one in Input.BINDINGS if isinstance(one, Binding)} - {"submit"}


class Masking(Highlighter):
    """Draws what is in a field without anything that a terminal would obey: a paste may hold it."""

    def __call__(self, text: str | Text) -> Text:
        """The text as it may be drawn, of the same length."""
        return Text(masked(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Nothing is coloured."""


class Field(Contained, Input):
    """An input whose enter key is shown with what it does here.

    A blinking cursor would write 2.6 KB a second to the terminal, so it stands still.

    Names, ids and addresses lose the characters that no screen shows; text for people keeps them. Of a paste of
    several lines nothing is lost: an id that was wrapped is joined, and other lines follow one another.

    Args:
        hint: What it says while it is empty.
        is_prose: Whether it holds text for people, and not a name, an id or an address.
    """

    class PasteChanged(Message):
        """The field does not hold what was pasted as it was: lines were joined, or none of it was taken.

        Args:
            words: The sentence that says so.
        """

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

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
        """Put a text in the place of another, as each key and each paste does."""
        super().replace(text if self._is_prose else without_invisible(text), start, end)

    def _on_paste(self, event: Paste) -> None:
        """Insert all that was pasted; Textual's own takes the first line and drops the others."""
        event.stop()
        event.prevent_default()
        if len(event.text) > LONGEST_PASTE:
            words = f"The paste is longer than {LONGEST_PASTE:,} letters. None of it was taken."
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
        """Hold a text that was not typed, selected whole, so that typing replaces it."""
        self.value = text
        self.select_all()

    async def on_key(self, event: Key) -> None:
        """Act on editing keys in the order in which they come.

        Textual inserts a letter at once but runs a binding only after the key has bubbled up to the app,
        so that in a burst, as a slow line delivers it, ctrl+u would delete the letters typed behind it.
        https://github.com/Textualize/textual/issues/6605
        """
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.binding.action in _EDITING:
            event.stop()
            event.prevent_default()
            await self.run_action(active.binding.action)
