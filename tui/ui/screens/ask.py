"""A question that the user answers by typing."""

from collections.abc import Callable, Iterable

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui.ui.dialogs import DialogScreen, KeyHint
from tui.ui.keys import bindings, key_name
from tui.ui.text import content
from tui.ui.widgets.field import Field


class AskScreen(DialogScreen[str]):
    """Returns the answer, or None if the user goes back.

    Args:
        question: One or two sentences.
        known: The initial text of the field.
        problem: Says why a text is not an answer; empty if it is one.
    """

    WHERE = "ask"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "Field"

    def __init__(self, question: str, known: str, problem: Callable[[str], str]) -> None:
        super().__init__()
        self._question = question
        self._known = known
        self._problem = problem

    @property
    def heading(self) -> Content:
        """The question."""
        return content((self._question, "bold"), "\n")

    def body(self) -> Iterable[Widget]:
        """Create the field."""
        yield Field(id="answer")

    def key_hints(self) -> Iterable[KeyHint]:
        """Name the keys that answer and that go back."""
        yield KeyHint(key_name("field.submit"), "accept")
        yield KeyHint(key_name("ask.close"), "back")

    def on_mount(self) -> None:
        """Put the known answer into the field."""
        self.query_one(Field).suggest(self._known)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        problem = self._problem(text)
        if problem:
            self.notice(problem, "$error")
        else:
            self.dismiss(text)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
