"""Shows what stands against a plan, below it, so that the plan stays where it is."""

from textual.message import Message
from textual.widgets import Static

from tui.domain.phrases import plural
from tui.ui.containment import Contained
from tui.ui.preflight import Preflight, finding_lines
from tui.ui.text import Parts, content

_PART_OF_SCREEN = 3
_LEAST_LINES = 5


class PreflightPanel(Contained, Static):
    """The result of a preflight in a third of the screen at most; the rest is for the end of the plan's page."""

    DEFAULT_CSS = """
    PreflightPanel { height: auto; padding: 0 1; }
    """

    class Fitted(Message):
        """Another number of results has room."""

    def __init__(self, preflight: Preflight) -> None:
        super().__init__("", id="preflight", markup=False)
        self._preflight = preflight

    def on_mount(self) -> None:
        """Show what is known, and follow it."""
        self._preflight.watchers.append(self.draw)
        self.draw()

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self.draw()

    def draw(self) -> None:
        """Show the current state, the most serious findings first."""
        if not self.is_attached:
            return
        self.display = self._preflight.is_needed
        width = self.content_size.width or max(1, self.app.size.width - self.gutter.width)
        lines = finding_lines(self._preflight.result, width)
        shown = self._room_for(lines)
        parts = lines[:shown]
        if self._preflight.waiting:
            parts = [(self._preflight.waiting, "$dim")]
        elif shown < len(lines):
            parts.append((f"… {plural(len(lines) - shown, 'more result')} at the end of the plan", "$dim"))
        self.update(content(*parts).rstrip())
        before = self._preflight.shown
        self._preflight.shown = shown if shown < len(lines) else None
        if before != self._preflight.shown or self._preflight.shown is not None:
            self.post_message(self.Fitted())

    def _room_for(self, lines: Parts) -> int:
        """How many findings have room; at least one."""
        most = max(_LEAST_LINES, self.app.size.height // _PART_OF_SCREEN)
        heights = [str(part[0]).count("\n") if isinstance(part, tuple) else 0 for part in lines]
        if sum(heights) <= most:
            return len(lines)
        number = 1
        while number < len(lines) and sum(heights[: number + 1]) < most:
            number += 1
        return number
