"""The keys that work where the user stands, each with what it does or why it does not apply."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.ui.keys import MOVES, key_name
from tui.ui.screens.base import HouseScreen
from tui.ui.stack import OwnScreen
from tui.ui.text import content, fit, line, wrap

_KEY_CELLS = 14
_LABEL_CELLS = 18
_DIALOG_CELLS, _FRAME_CELLS = 84, 8


class HelpScreen(ModalScreen[None], OwnScreen[None]):
    """Lists the bindings that are active on a screen, from the bindings themselves.

    Args:
        about: The screen that it explains.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close", id="help.close", tooltip="Close this help"),
    ]

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """One line for each action."""
        with VerticalScroll(classes="dialog"):
            # The way out stands at the top, because the end of a long list is out of sight.
            close = key_name("help.close", "esc")
            heading = ("Keys that work here", "bold"), "   ", (close, "bold $accent"), " close", "\n"
            yield Static(content(*heading), markup=False)
            yield Static(content(*self._rows()), markup=False)

    def _rows(self) -> list[object | tuple[object, str]]:
        keys: dict[str, list[str]] = {}
        bindings: dict[str, Binding] = {}
        for active in self._about.active_bindings.values():
            if not active.binding.description or not active.binding.id:
                continue
            keys.setdefault(active.binding.action, []).append(self.app.get_key_display(active.binding))
            bindings.setdefault(active.binding.action, active.binding)
        parts: list[object | tuple[object, str]] = []
        width = min(_DIALOG_CELLS, self.app.size.width * 94 // 100) - _FRAME_CELLS
        for action, binding in sorted(bindings.items(), key=lambda item: (item[1].id or "").startswith(MOVES)):
            reason = self._about.reason_against(action) if isinstance(self._about, HouseScreen) else None
            shown = ", ".join(dict.fromkeys(keys[action]))
            parts.append((fit(line(shown), _KEY_CELLS), "$dim" if reason else "bold $accent"))
            parts.append((fit(line(binding.description), _LABEL_CELLS), "$dim" if reason else ""))
            words = wrap(reason or binding.tooltip, width, _KEY_CELLS + _LABEL_CELLS)
            parts.append((f"{words}\n", "$warning" if reason else "$dim"))
        return parts

    def action_close(self) -> None:
        """Close this help."""
        self.dismiss(None)
