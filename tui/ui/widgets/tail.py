"""A scroll that keeps its newest line in sight."""

from textual.containers import VerticalScroll


class Tail(VerticalScroll):
    """Shows the end of what it holds, until its reader scrolls away from it, and again once he is back at it."""

    def on_mount(self) -> None:
        """Begin at the end."""
        self.anchor()

    # Textual moves the bar of an anchored container without painting it again.

    def watch_virtual_size(self) -> None:
        """Paint the bar where it stands when lines were added."""
        self.vertical_scrollbar.refresh()

    def on_resize(self) -> None:
        """Paint the bar where it stands when there is more or less room for the lines."""
        self.vertical_scrollbar.refresh()
