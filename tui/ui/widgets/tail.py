"""A scroll that keeps its newest line visible."""

from textual.containers import VerticalScroll

from tui.ui.containment import Contained
from tui.ui.text import line


class Tail(Contained, VerticalScroll):
    """Shows the end of its content, unless the user has scrolled away from it."""

    _contents = "events"

    def name_contents(self, word: str) -> None:
        """Set the word for what it shows."""
        if word != self._contents:
            self._contents = word
            if self.has_focus:
                self.on_focus()

    def on_mount(self) -> None:
        """Start at the end."""
        self.anchor()

    def on_focus(self) -> None:
        """Show with a word that scroll keys go here, because not every terminal has colours."""
        self.border_title = line(f"▌ {self._contents} ")

    def on_blur(self) -> None:
        """Remove that word."""
        self.border_title = None

    def begin_at_top(self, *, is_wanted: bool) -> None:
        """Show the beginning if `is_wanted`, otherwise the end."""
        self.set_class(is_wanted, "-top")
        if is_wanted:
            self.anchor(False)
            self.scroll_home(animate=False, immediate=True, force=True)
            # While the bar is hidden, Textual scrolls only if forced, and does not move the bar.
            self.vertical_scrollbar.position = 0
        else:
            self.anchor()

    # Textual moves the bar of an anchored container without repainting it, and has other faults if the content is
    # shorter than the container: https://github.com/Textualize/textual/issues/6652

    def watch_virtual_size(self) -> None:
        """Repaint the bar after lines were added."""
        self.vertical_scrollbar.refresh()

    def on_resize(self) -> None:
        """Repaint the bar for the new size."""
        self.vertical_scrollbar.refresh()
