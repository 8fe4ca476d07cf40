"""One question that is answered by typing."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.ui.keys import key_name
from tui.ui.stack import OwnScreen
from tui.ui.text import content
from tui.ui.widgets.dialog import Dialog
from tui.ui.widgets.field import Field


class AskScreen(ModalScreen[str], OwnScreen[str]):
    """Answers with what was typed, or with nothing where the person goes back.

    Args:
        question: The question, a sentence or two.
        known: What the field holds at first.
        problem: Says why a text is no answer; empty if it is one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="ask.close", tooltip="Leave everything as it is"),
    ]
    AUTO_FOCUS = "Field"

    def __init__(self, question: str, known: str, problem: Callable[[str], str]) -> None:
        super().__init__()
        self._question = question
        self._known = known
        self._problem = problem

    def compose(self) -> ComposeResult:
        """The question, the field, the keys."""
        with Dialog():
            yield Static(content((self._question, "bold"), "\n"), classes="dialog-title", markup=False)
            yield Field(id="answer")
            yield Static("", id="why", markup=False)
            yield Static(
                content(
                    (key_name("field.submit", "enter"), "bold $accent"),
                    " take it    ",
                    (key_name("ask.close", "esc"), "bold $accent"),
                    " back",
                ),
                classes="dialog-keys",
                markup=False,
            )

    def on_mount(self) -> None:
        """Begin with what is known."""
        field = self.query_one(Field)
        field.suggest(self._known)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        problem = self._problem(text)
        if problem:
            self.query_one("#why", Static).update(content((problem, "$error")))
        else:
            self.dismiss(text)

    @on(Field.PasteChanged)
    def _paste_changed(self, event: Field.PasteChanged) -> None:
        event.stop()
        self.query_one("#why", Static).update(content((event.words, "$accent")))

    def action_close(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)
