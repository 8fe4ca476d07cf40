"""The frame of dialogs, their base class, and the question with two answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui.ui.key_guard import Guarded
from tui.ui.keys import bindings, key_name
from tui.ui.stack import OwnScreen
from tui.ui.text import Parts, content, line
from tui.ui.widgets.field import Field

T = TypeVar("T")

_TOO_EARLY = "That key came too early and was ignored. Press it again."


class Dialog(VerticalScroll):
    """The frame of a dialog; it scrolls if it does not fit, with title and keys in view.

    Its title is its first child with the class `dialog-title`.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Dialog.-scrolls > .dialog-title { dock: top; max-height: 3; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def on_mount(self) -> None:
        """Check whether it fits, once its height is known."""
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """Check again for the new size."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        scrolls = self.max_scroll_y > 0
        self.set_class(scrolls, "-scrolls")
        self.border_subtitle = line("↑↓ scroll") if scrolls else None


class KeyHint(NamedTuple):
    """A key at the bottom of a dialog.

    Attributes:
        key: Its name.
        text: What it does, in a few words.
        confirms: Whether it confirms, so that it is dim until it counts.
    """

    key: str
    text: str
    confirms: bool = False


class DialogScreen(Guarded, ModalScreen[T], OwnScreen[T], Generic[T]):
    """A dialog over the screen in front: a title, a body, and at the bottom a notice and the keys."""

    def __init__(self) -> None:
        super().__init__()
        self._notice: tuple[str, str] = ("", "")

    # For subclasses

    @property
    def heading(self) -> Content:
        """The title."""
        raise NotImplementedError

    def body(self) -> Iterable[Widget]:
        """What is between the title and the keys."""
        raise NotImplementedError

    def key_hints(self) -> Iterable[KeyHint]:
        """The keys that are shown at the bottom."""
        return ()

    # The frame

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        with Dialog():
            yield Static(self.heading, classes="dialog-title", markup=False)
            yield from self.body()
            yield self.keys_line()

    def keys_line(self) -> Static:
        """The line with the keys, for a dialog with its own frame."""
        return Static(self._keys, id="dialog-keys", classes="dialog-keys", markup=False)

    @property
    def _keys(self) -> Content:
        words, style = self._notice
        parts: Parts = [(f"{words}\n", style)] if words else []
        for key, does, confirms in self.key_hints():
            counts = self.confirms_now or not confirms
            parts += [(key, "bold $accent" if counts else "$dim"), f" {does}    "]
        return content(*parts)

    @property
    def confirms_now(self) -> bool:
        """Whether a key that confirms has an effect now."""
        return self.takes_answers

    def notice(self, words: str, style: str = "$warning") -> None:
        """Show a sentence above the keys, instead of the previous one."""
        self._notice = words, style
        self.guard_changed()

    def guard_changed(self) -> None:
        """Draw the keys, dim those that do not count yet."""
        for keys in self.query("#dialog-keys").results(Static):
            keys.update(self._keys)

    def say_ignored(self) -> None:
        """Say that a key came too early."""
        self.notice(_TOO_EARLY)

    @on(Field.PasteChanged)
    def _paste_changed(self, event: Field.PasteChanged) -> None:
        event.stop()
        self.notice(event.text, "$accent")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with two answers.

    Attributes:
        title: The question, in one sentence.
        lines: What will happen, and what will not, a sentence each.
        yes: What the confirming key does, in a word or two.
        no: What cancelling does, in a word or two.
        more: What the plan key shows, in a word; empty if it shows nothing.
        warning: What is easily overlooked, in one sentence; may be empty.
        losses: The sentences among `lines` that say what is lost.
    """

    title: str
    lines: tuple[str, ...]
    yes: str
    no: str = "cancel"
    more: str = ""
    warning: str = ""
    losses: frozenset[str] = frozenset()


class ConfirmScreen(DialogScreen[bool]):
    """Answers True only to a deliberate `y`; enter does nothing, so that a typed-ahead key destroys nothing."""

    WHERE = "confirm"
    BINDINGS = bindings(WHERE)

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    @property
    def heading(self) -> Content:
        """The question."""
        return content((self._question.title, "bold"))

    def body(self) -> Iterable[Widget]:
        """The warning, and what will happen."""
        if self._question.warning:
            yield Static(content((f"\n{self._question.warning}", "$warning")), markup=False)
        yield Static(self._sentences, id="sentences", markup=False)

    @property
    def _sentences(self) -> Content:
        losses = self._question.losses
        return content(
            *((f"\n{sentence}\n", "$error" if sentence in losses else "") for sentence in self._question.lines)
        ).rstrip()

    def key_hints(self) -> Iterable[KeyHint]:
        """The two answers, and the plan if there is one."""
        yield KeyHint(key_name("confirm.yes"), self._question.yes, confirms=True)
        yield KeyHint(key_name("confirm.no"), self._question.no)
        if self._question.more:
            yield KeyHint(key_name("detach.plan"), self._question.more)

    def ask(self, question: Question) -> None:
        """Change the question, because more is known or something else was chosen."""
        is_another = question.lines != self._question.lines
        self._question = question
        self.query_one("#sentences", Static).update(self._sentences)
        self.guard_changed()
        if is_another:
            self.guard_content()

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)
