"""The interface of a wizard step to the screen that leads through the steps."""

from textual.containers import Vertical
from textual.message import Message

from tui.ui.attach.form import Form
from tui.ui.containment import Contained
from tui.ui.resource_lists import ResourceLists


class Step(Contained, Vertical):
    """One step."""

    title = ""

    class Done(Message):
        """The step is answered.

        Attributes:
            step: The step.
        """

        step: "Step | None" = None

    class Changed(Message):
        """The answer has changed, and the step stays open."""

    class Said(Message):
        """There is a message for the status line.

        Args:
            text: A sentence.
            tone: Its style.
        """

        def __init__(self, text: str, tone: str = "$error") -> None:
            super().__init__()
            self.text = text
            self.tone = tone

    def __init__(self, form: Form, lists: ResourceLists, *, id: str) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.form = form
        self.lists = lists

    def post_message(self, message: Message) -> bool:
        """Send a message, with the step if it is `Done`."""
        if isinstance(message, Step.Done):
            message.step = self
        return super().post_message(message)

    @property
    def answer(self) -> str:
        """The answer in a few words; empty while there is none."""
        return ""

    @property
    def problem(self) -> str:
        """Why the answer cannot be sent, in one sentence; empty if it can, or while there is none."""
        return ""

    @property
    def is_needed(self) -> bool:
        """Whether the step applies, given the answers before."""
        return True

    def open(self) -> None:
        """Show the step and take the focus."""

    def accept(self) -> None:
        """Take the current answer, or say why it cannot be taken."""

    def back(self) -> bool:
        """Go back inside the step.

        Returns:
            False if the step is at its beginning.
        """
        return False

    def refresh_list(self) -> None:
        """Read the visible list again."""

    @property
    def submit_word(self) -> str:
        """The label of enter in the visible field."""
        return "choose"

    @property
    def copies_document(self) -> bool:
        """Whether `copyable` is a document for another program."""
        return False

    @property
    def copyable(self) -> tuple[str, str]:
        """The text to copy and its name; both may be empty."""
        return "", ""
