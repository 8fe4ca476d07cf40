"""A question before something that cannot be taken back."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.key_guard import Guarded
from tui.ui.keys import key_name
from tui.ui.stack import OwnScreen
from tui.ui.text import content
from tui.ui.widgets.dialog import Dialog

_TOO_EARLY = "That key came too early and was ignored. Press it again."


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


class ConfirmScreen(Guarded, ModalScreen[bool], OwnScreen[bool]):
    """Answers True only to a deliberate `y`; enter is no answer, so that a typed-ahead key destroys nothing.

    Args:
        question: What is asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Leave everything as it is"),
    ]

    CONFIRMS = frozenset({"answer(True)"})

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._has_ignored = False

    def compose(self) -> ComposeResult:
        """Title, sentences, keys."""
        with Dialog():
            yield Static(content((self._question.title, "bold")), classes="dialog-title", markup=False)
            if self._question.warning:
                yield Static(content((f"\n{self._question.warning}", "$warning")), markup=False)
            yield Static(self._sentences, id="sentences", markup=False)
            yield Static(self._keys, id="confirm-keys", classes="dialog-keys", markup=False)

    @property
    def _sentences(self) -> Content:
        losses = self._question.losses
        return content(*((f"\n{one}\n", "$error" if one in losses else "") for one in self._question.lines)).rstrip()

    @property
    def _keys(self) -> Content:
        """The keys with what they do; the one that confirms is dim while it does not count."""
        keys = [
            (key_name("confirm.yes", "y"), self._question.yes, "bold $accent" if self.takes_answers else "$dim"),
            (key_name("confirm.no", "n"), self._question.no, "bold $accent"),
        ]
        if self._question.more:
            keys.append((key_name("detach.plan", "p"), self._question.more, "bold $accent"))
        parts = [part for name, word, style in keys for part in ((name, style), f" {word}    ")]
        return content(*([(f"{_TOO_EARLY}\n", "$warning")] if self._has_ignored else []), *parts)

    def ask(self, question: Question) -> None:
        """Ask again, because more is known or something else was chosen."""
        is_another = question.lines != self._question.lines
        self._question = question
        self.query_one("#sentences", Static).update(self._sentences)
        self.guard_changed()
        if is_another:
            self.guard_content()

    def guard_changed(self) -> None:
        """Show whether the key that confirms counts."""
        for keys in self.query("#confirm-keys").results(Static):
            keys.update(self._keys)

    def say_ignored(self) -> None:
        """Say that a key came too early to be meant for this question."""
        self._has_ignored = True
        self.guard_changed()

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)
