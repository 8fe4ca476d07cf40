"""What Textual itself draws, in ASCII where that is all that the terminal has: bars, frames and the palette."""

from typing import ClassVar

from textual.app import App
from textual.command import CommandPalette
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widgets import Input

from tui.domain.pasted import one_line
from tui.ui.containment import Contained
from tui.ui.text import is_ascii_only
from tui.ui.widgets.field import Masking


class Palette(Contained, CommandPalette):
    """Textual's palette, which stands still; style sheets do not reach its frames."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands")

    @staticmethod
    def on_one_line(pasted: str) -> str:
        """All of a paste on one line, because Textual's own field takes the first line only.

        Args:
            pasted: The paste.
        """
        return " ".join(one_line(pasted).splitlines())

    def on_mount(self) -> None:
        """Keep the cursor from blinking, which would write to an idle terminal, and take the frames away."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.highlighter = Masking()
        if is_ascii_only():
            for part in self.query("#--input, CommandList, LoadingIndicator"):
                part.styles.border = ("blank", "black")


class _Bars(ScrollBarRender):
    """A bar that ends with whole cells, because only block characters show a part of one."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def draw_frames(app: App[None]) -> None:
    """Draw frames and bars with the characters that the terminal has.

    Args:
        app: The app, which the style sheet knows by a class.
    """
    app.set_class(is_ascii_only(), "-ascii")
    ScrollBar.renderer = _Bars if is_ascii_only() else ScrollBarRender
