"""A scroll that keeps its newest line in sight."""

from textual.containers import VerticalScroll

from tui.ui.containment import Contained
from tui.ui.text import line


class Tail(Contained, VerticalScroll):
    """Shows the end of what it holds, until its reader scrolls away from it, and again once he is back at it."""

    def on_mount(self) -> None:
        """Begin at the end."""
        self.anchor()

    def on_focus(self) -> None:
        """Show that the keys that scroll go here, by a word too: a colour alone is not seen everywhere."""
        self.border_title = line("▌ events ")

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.border_title = None

    def begin_at_top(self, *, is_wanted: bool) -> None:
        """Show the beginning instead of the end, where that is what its reader has to know.

        Args:
            is_wanted: Whether it is; otherwise the end is shown again.
        """
        self.set_class(is_wanted, "-top")
        if is_wanted:
            self.anchor(False)
            self.scroll_home(animate=False, immediate=True, force=True)
            # While the bar is not shown, Textual scrolls only if forced, and leaves the bar where it was.
            self.vertical_scrollbar.position = 0
        else:
            self.anchor()

    # Textual moves the bar of an anchored container without painting it again; with content that is shorter than the
    # container it goes wrong in other ways, too: https://github.com/Textualize/textual/issues/6652

    def watch_virtual_size(self) -> None:
        """Paint the bar where it stands when lines were added."""
        self.vertical_scrollbar.refresh()

    def on_resize(self) -> None:
        """Paint the bar where it stands when there is more or less room for the lines."""
        self.vertical_scrollbar.refresh()
