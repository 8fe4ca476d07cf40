"""Textual's own bars, frames and palette, in ASCII where the terminal has nothing else."""

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
    """Textual's palette, without blinking; style sheets do not reach its frames."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands")

    @staticmethod
    def on_one_line(pasted: str) -> str:
        """A whole paste on one line, because Textual's own field only inserts the first line."""
        return " ".join(one_line(pasted).splitlines())

    def on_mount(self) -> None:
        """Stop the cursor from blinking, which writes to an idle terminal, and remove the frames in ASCII."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.highlighter = Masking()
        if is_ascii_only():
            for part in self.query("#--input, CommandList, LoadingIndicator"):
                part.styles.border = ("blank", "black")


class _Bars(ScrollBarRender):
    """A bar of whole cells, because only block characters show parts of one."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def draw_frames(app: App[None]) -> None:
    """Draw frames and bars with characters that the terminal has."""
    app.set_class(is_ascii_only(), "-ascii")
    ScrollBar.renderer = _Bars if is_ascii_only() else ScrollBarRender
