"""A question before something that cannot be taken back."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.keys import key_name
from tui.ui.text import content


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
        losses: Those of the sentences that say what is lost.
    """

    title: str
    lines: tuple[str, ...]
    yes: str
    no: str = "cancel"
    more: str = ""
    warning: str = ""
    losses: frozenset[str] = frozenset()


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
        with VerticalScroll(classes="dialog"):
            yield Static(content((self._question.title, "bold")), markup=False)
            if self._question.warning:
                yield Static(content((f"\n{self._question.warning}", "$warning")), markup=False)
            yield Static(self._sentences, id="sentences", markup=False)
            yield Static(self._keys, id="answers", classes="dialog-keys", markup=False)

    @property
    def _sentences(self) -> Content:
        losses = self._question.losses
        return content(*((f"\n{one}\n", "$error" if one in losses else "") for one in self._question.lines)).rstrip()

    @property
    def _keys(self) -> Content:
        keys = [
            (key_name("confirm.yes", "y"), self._question.yes),
            (key_name("confirm.no", "n"), self._question.no),
        ]
        if self._question.more:
            keys.append((key_name("detach.plan", "p"), self._question.more))
        return content(*(part for name, word in keys for part in ((name, "bold $accent"), f" {word}    ")))

    def ask(self, question: Question) -> None:
        """Ask again, because more is known or something else was chosen."""
        self._question = question
        self.query_one("#sentences", Static).update(self._sentences)
        self.query_one("#answers", Static).update(self._keys)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)
