"""Textual's own bars, frames and palette, in ASCII where the terminal has nothing else."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar

from textual.app import App
from textual.command import CommandList, CommandPalette
from textual.css.query import NoMatches
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widgets import Input
from textual.worker import Worker

from tui.domain.pasted import one_line
from tui.ui.containment import Contained
from tui.ui.text import is_ascii_only
from tui.ui.widgets.field import Masking


class Palette(Contained, CommandPalette):
    """Textual's palette, without blinking; style sheets do not reach its frames."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands")

    def run_worker(self, work: Any, *args: Any, **how: Any) -> Worker[Any]:
        """Run a search; one that begins while the palette is being closed ends without results."""
        return super().run_worker(partial(self._unless_closed, work), *args, **how)

    async def _unless_closed(self, search: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await search()
        except NoMatches:
            if self.query(CommandList):
                raise
            return None

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
