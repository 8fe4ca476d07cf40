"""What every step of the wizard is to the screen that leads through them."""

from textual.containers import Vertical
from textual.message import Message

from tui.ui.attach.form import Form
from tui.ui.catalog import Catalog
from tui.ui.containment import Contained


class Step(Contained, Vertical):
    """One step.

    Args:
        form: The answers, which it reads and writes.
        catalog: The lists.
        id: Its name.
    """

    title = ""

    class Done(Message):
        """The step is answered; on to the next.

        Attributes:
            step: The step.
        """

        step: "Step | None" = None

    class Changed(Message):
        """The answer has changed, and the step goes on."""

    class Said(Message):
        """There is something to say on the status line.

        Args:
            text: A sentence.
            tone: The style of it.
        """

        def __init__(self, text: str, tone: str = "$error") -> None:
            super().__init__()
            self.text = text
            self.tone = tone

    def __init__(self, form: Form, catalog: Catalog, *, id: str) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.form = form
        self.catalog = catalog

    def post_message(self, message: Message) -> bool:
        """Send a message, which names the step if it is the one that it is answered."""
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
        """Whether there is anything to answer, given the answers before."""
        return True

    def open(self) -> None:
        """The step has come to the front: show what is known and take the focus."""

    def accept(self) -> None:
        """Take the answer as it stands, or say why it cannot be taken."""

    def back(self) -> bool:
        """Go back inside the step.

        Returns:
            False if there is nothing to go back to.
        """
        return False

    def refresh_list(self) -> None:
        """Read the list that is shown again."""

    @property
    def submit_word(self) -> str:
        """What enter does in the field that is shown, in a word or two."""
        return "choose"

    @property
    def copies_document(self) -> bool:
        """Whether what can be copied is a document for another program."""
        return False

    @property
    def copyable(self) -> tuple[str, str]:
        """What `copy` copies here, and its name; both empty for nothing."""
        return "", ""
