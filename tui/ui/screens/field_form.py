"""A form of text fields that leads to a plan: what the forms of Spark pools and identities share."""

from abc import abstractmethod
from collections.abc import Iterable
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.field_texts import FieldInput, InvalidText
from tui.ui.keys import key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import ResourceLists
from tui.ui.screens.base import BaseScreen
from tui.ui.session import DraftKey, Session
from tui.ui.text import content
from tui.ui.widgets.field import Field
from tui.ui.widgets.problem import ProblemPanel

I = TypeVar("I", bound=FieldInput)  # noqa: E741 - the input
R = TypeVar("R")

TAGS_LABEL = "Tags"
"""The field that takes a line of its own; typed tags are added to those that are there."""


class FieldFormScreen(BaseScreen, Generic[I, R]):
    """One line for each field, the notes on the input below them, and the key that shows the plan of the request `R`.

    Unsent input is kept for the next time.

    Args:
        known: The input so far; unsent input of the last time replaces it if it is untouched.
    """

    AUTO_FOCUS = "Field"
    PREFIX: ClassVar[str]
    """What the ids of the fields start with."""

    def __init__(self, session: Session, flow: Flow, known: I) -> None:
        super().__init__(session, flow)
        self._input: I = known
        self._lists = ResourceLists(self.reads, session.operations)
        self._has_draft = known.is_untouched and self._take_draft()
        self._wrong: Enum | None = None

    def content(self) -> Iterable[Widget]:
        """Create a line for each field, and the notes on the input."""
        yield ProblemPanel(id="problem")
        for one in self._input.fields:
            name, is_tags = one.name.lower(), one.value == TAGS_LABEL
            example = 'such as team=data "note=two words"' if is_tags else ""
            field = Field(example, is_prose=is_tags, id=f"{self.PREFIX}-{name}")
            # A typed value replaces the current one; tags are added to the others.
            field.select_on_focus = not is_tags
            field.set_class(is_tags, "long")
            field.set_class(not is_tags, "short")
            with Horizontal(classes="part"):
                yield Static(content((one.value, "$dim")), classes="label", markup=False)
                yield field
                if not is_tags:
                    yield Static("", id=f"hint-{name}", classes="hint", markup=False)
        yield Static("", id="notes", markup=False)

    def on_mount(self) -> None:
        """Show the known values, and unsent input of the last time."""
        self._fill()
        self._show_notes()
        if self._has_draft:
            self.say(("Your unsent edits are back.", "bold"))
        else:
            self._show_question()

    # What the forms differ in

    @property
    @abstractmethod
    def _question(self) -> str:
        """What the form is about, as a sentence."""

    @property
    @abstractmethod
    def _draft_key(self) -> DraftKey:
        """Under which key unsent input is kept."""

    @property
    @abstractmethod
    def _unsent_words(self) -> str:
        """What is unsent, in a few words."""

    @abstractmethod
    def _with_draft(self, stored: object) -> I:
        """The input with what was kept for it, as far as it fits."""

    @abstractmethod
    def _hint(self, one: Enum) -> Content:
        """What can be written into a field, in a few words."""

    @abstractmethod
    def _notes(self) -> Content:
        """What the input means."""

    @abstractmethod
    def _checked_request(self) -> R:
        """The request.

        Raises:
            InvalidText: If a field is wrong, the first in the order of the fields.
        """

    @abstractmethod
    def _show_plan(self) -> None:
        """Show the plan of the request, if there is one now."""

    # Drafts

    def _take_draft(self) -> bool:
        """Continue with the input of the last time."""
        self._input = self._with_draft(self.session.drafts.pop(self._draft_key, None))
        return not self._input.is_untouched

    @property
    def unsent(self) -> str:
        """The input, if there is any."""
        return "" if self._input.is_untouched else self._unsent_words

    def action_back(self) -> None:
        """Leave, and keep unsent input for the next time."""
        if not self._input.is_untouched:
            self.session.drafts[self._draft_key] = self._input
        super().action_back()

    # Fields

    def _field(self, one: Enum) -> Input:
        return self.query_one(f"#{self.PREFIX}-{one.name.lower()}", Input)

    def _fill(self) -> None:
        """Show the input, without touching what already stands there."""
        for one in self._input.fields:
            field, text = self._field(one), self._input.text(one)
            if field.value.strip() == text.strip():
                continue
            with self.prevent(Input.Changed):
                field.value = text
            if field.has_focus and field.select_on_focus:
                field.select_all()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        one = next((one for one in self._input.fields if event.input is self._field(one)), None)
        if one is not None:
            self._input = self._input.with_text(one, event.value)
            self._show_notes()
            if one is self._wrong:
                self._wrong = None
                self._show_question()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._field(self._input.fields[-1]):
            self.action_review()
        else:
            self.action_move(1)

    def action_move(self, by: int) -> None:
        """Go to the field above or below."""
        fields = [self._field(one) for one in self._input.fields]
        here = next((number for number, field in enumerate(fields) if field is self.focused), None)
        if here is None:
            fields[0].focus()
        elif here + by in range(len(fields)):
            fields[here + by].focus()

    def label(self, binding: Binding) -> str:
        """Name the submit key by what it does in the focused field."""
        if binding.action == "submit":
            return "review" if self.focused is self._field(self._input.fields[-1]) else "next field"
        return super().label(binding)

    def on_descendant_focus(self) -> None:
        """Name the keys for the field that has the focus."""
        self.show_keys()

    def _show_question(self) -> None:
        next_field, review = key_name("field.submit"), key_name(f"{self.WHERE}.review")
        self.say((f"{self._question} ", "bold"), f"{next_field} goes to the next field, {review} shows the plan.")

    def _show_notes(self) -> None:
        for one in self._input.fields:
            for hint in self.query(f"#hint-{one.name.lower()}").results(Static):
                hint.update(self._hint(one))
        self.query_one("#notes", Static).update(self._notes())

    # The plan

    def action_review(self) -> None:
        """Show the plan, or say why there is none."""
        if self._request() is not None and not self.shows_result("review"):
            self._show_plan()

    def _request(self) -> R | None:
        """The request; None if a field is wrong, which is said and has the focus then."""
        try:
            return self._checked_request()
        except InvalidText as error:
            self._wrong, label = error.field, error.field.value
            self._field(error.field).focus()
            self.say((str(error) if str(error).startswith(label) else f"{label}: {error}", "$error"))
            return None

    async def action_copy(self) -> None:
        """Copy the problem."""
        problem = self.query_one(ProblemPanel).problem
        if problem is not None:
            await self.copy(problem.report, "the problem")
