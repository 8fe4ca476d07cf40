"""The frame of a dialog."""

from typing import ClassVar

from textual.containers import VerticalScroll

from tui.ui.text import line


class Dialog(VerticalScroll):
    """A dialog, which scrolls where its text is longer than the screen: its title and its keys stay in view then.

    Its first child with the class `dialog-title` is the title.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Dialog.-scrolls > .dialog-title { dock: top; max-height: 3; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def on_mount(self) -> None:
        """Look whether it is too long, as soon as its height is known."""
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """Look again: the terminal may have another size."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        scrolls = self.max_scroll_y > 0
        self.set_class(scrolls, "-scrolls")
        self.border_subtitle = line("↑↓ scrolls") if scrolls else None
