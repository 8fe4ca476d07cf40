"""A question before something that cannot be taken back."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.keys import key_name
from tui.ui.text import content
from tui.ui.widgets.dialog import Dialog


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        title: The question, in one sentence.
        lines: What will happen, and what will not, a sentence each.
        yes: What `y` does, in a word.
        no: What every other way out does, in a word or two.
        more: What `p` shows, in a word; empty where there is nothing more.
        warning: What is easily overlooked, in one sentence; empty for nothing.
    """

    title: str
    lines: tuple[str, ...]
    yes: str
    no: str = "cancel"
    more: str = ""
    warning: str = ""


class ConfirmScreen(ModalScreen[bool]):
    """Answers True only to a deliberate `y`; enter is no answer, so that a typed-ahead key destroys nothing.

    Args:
        question: What is asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Leave everything as it is"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Title, sentences, keys."""
        with Dialog():
            yield Static(content((self._question.title, "bold")), classes="dialog-title", markup=False)
            if self._question.warning:
                yield Static(content((f"\n{self._question.warning}", "$warning")), markup=False)
            for sentence in self._question.lines:
                yield Static(content(f"\n{sentence}"), markup=False)
            keys = [
                (key_name("confirm.yes", "y"), self._question.yes),
                (key_name("confirm.no", "n"), self._question.no),
            ]
            if self._question.more:
                keys.append((key_name("detach.plan", "p"), self._question.more))
            parts = [part for name, word in keys for part in ((name, "bold $accent"), f" {word}    ")]
            yield Static(content(*parts), classes="dialog-keys", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)
