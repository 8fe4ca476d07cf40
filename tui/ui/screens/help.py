"""The keys that work on a screen, each with what it does or why it is not available."""

from collections.abc import Sequence
from itertools import zip_longest

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui.ui.dialogs import Dialog, DialogScreen
from tui.ui.keys import bindings, key_name
from tui.ui.text import Parts, content, fit, wrap
from tui.ui.working_keys import HelpLine, help_lines

_KEY_CELLS, _LABEL_CELLS = 14, 18
_COLUMN_CELLS, _BETWEEN_COLUMNS = 76, 3
_LEAST_COLUMN_CELLS = 50
_FRAME_CELLS, _FRAME_LINES = 7, 6


class HelpScreen(DialogScreen[None]):
    """Lists the keys of a screen, in two columns if the list is long."""

    WHERE = "help"
    BINDINGS = bindings(WHERE)

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._lines = help_lines(about)

    def compose(self) -> ComposeResult:
        """Create the heading and the columns."""
        with Dialog() as dialog:
            dialog.id = "help"
            yield Static(self.heading, classes="dialog-title", markup=False)
            with Horizontal(id="help-columns"):
                yield Static("", id="help-left", markup=False)
                yield Static("", id="help-right", markup=False)

    @property
    def heading(self) -> Content:
        """The title and this dialog's keys, at the top because the end of a long list may be out of sight."""
        keys: Parts = [(key_name("help.close"), "bold $accent"), " close"]
        if self.app.check_action("manual", ()):
            keys += ["  ", (key_name("help.manual"), "bold $accent"), " manual"]
        return content(("Keys that work here", "bold"), "   ", *keys, "\n")

    def on_mount(self) -> None:
        """Fill the columns."""
        self._fill()

    def on_resize(self) -> None:
        """Fill the columns for the new size."""
        self._fill()

    def _fill(self) -> None:
        room, lines = self.app.size.width - _FRAME_CELLS, self.app.size.height - _FRAME_LINES
        width = min(room, _COLUMN_CELLS)
        entries = [_entry(one, width) for one in self._lines]
        half = (room - _BETWEEN_COLUMNS) // 2
        is_wide = half >= _LEAST_COLUMN_CELLS and _height(entries) > lines
        columns = [entries]
        if is_wide:
            width = min(half, _COLUMN_CELLS)
            entries = [_entry(one, width) for one in self._lines]
            middle = next(number for number in range(len(entries)) if 2 * _height(entries[:number]) >= _height(entries))
            columns = [entries[:middle], entries[middle:]]
        self.query_one("#help").styles.max_width = (
            _FRAME_CELLS + sum([width] * len(columns)) + _BETWEEN_COLUMNS * is_wide
        )
        right = self.query_one("#help-right", Static)
        right.display = is_wide
        self.query_one("#help-left", Static).update(_joined(columns[0]))
        if is_wide:
            right.update(_joined(columns[1]))
            right.styles.margin = (0, 0, 0, _BETWEEN_COLUMNS)

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss(None)


def _entry(one: HelpLine, width: int) -> Content:
    words_cells = width - _KEY_CELLS - _LABEL_CELLS
    cells = (_KEY_CELLS - 1, _LABEL_CELLS - 1, words_cells)
    styles = ("$dim", "$dim", "$warning") if one.reason else ("bold $accent", "", "$dim")
    texts = (one.shown, one.label, one.reason or one.text)
    columns = [wrap(text, room).split("\n") for text, room in zip(texts, cells, strict=True)]
    rows = [
        content(
            *((f"{fit(part, room)} ", style) for part, room, style in zip(parts, cells, styles, strict=True))
        ).rstrip()
        for parts in zip_longest(*columns, fillvalue="")
    ]
    return _joined(rows)


def _height(entries: Sequence[Content]) -> int:
    return sum(entry.plain.count("\n") + 1 for entry in entries)


def _joined(entries: Sequence[Content]) -> Content:
    return Content("\n").join(entries)
