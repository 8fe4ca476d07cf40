"""A dialog for a problem that stops what the user wanted."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.domain.errors import Problem
from tui.ui.clipboard import copy
from tui.ui.dialogs import DialogScreen, KeyHint
from tui.ui.keys import bindings, key_name
from tui.ui.widgets.problem import ProblemPanel


class ErrorScreen(DialogScreen[None]):
    """Shows one problem until it is closed."""

    WHERE = "error"
    BINDINGS = bindings(WHERE)

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self._problem = problem

    def compose(self) -> ComposeResult:
        """Show the problem, which has its own title, and the keys."""
        with Vertical(classes="dialog"):
            yield ProblemPanel()
            yield self.keys_line()

    def key_hints(self) -> Iterable[KeyHint]:
        """Name the keys that close and that copy."""
        yield KeyHint(key_name("error.close"), "close")
        yield KeyHint(key_name("error.copy"), "copy all")

    def on_mount(self) -> None:
        """Show the problem."""
        self.query_one(ProblemPanel).show_problem(self._problem, offers_sign_in=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the scrolling keys where nothing scrolls."""
        return action != "scroll_message" or self.query_one(ProblemPanel).scrolls

    def action_scroll_message(self, pages: int) -> None:
        """Scroll a message that is longer than its space."""
        self.query_one(ProblemPanel).scroll_message(pages)

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)

    async def action_copy(self) -> None:
        """Copy the whole problem."""
        self.notice(await copy(self.app, self._problem.report, "the problem"), "$accent")
