"""Step 3: the managed identity: none, system-assigned, user-assigned, or both."""

from textual import on
from textual.app import ComposeResult

from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.drafts import Standing, standing
from tui.ui.keys import key_name
from tui.ui.resource_lists import ResourceLists
from tui.ui.widgets.identity_picker import IdentityPicker, kind_name


class IdentityStep(Step):
    """The identity picker as a step."""

    title = "Identity"

    def __init__(self, form: Form, lists: ResourceLists) -> None:
        super().__init__(form, lists, id="identity-step")

    def compose(self) -> ComposeResult:
        """The picker."""
        yield IdentityPicker(
            self.form.identity,
            self.lists,
            self.form.workspace.id.subscription,
            "Which managed identity should the compute have?",
            f"{key_name('attach.next')} goes on",
            key_name("attach.new"),
        )

    @property
    def picker(self) -> IdentityPicker:
        """The picker."""
        return self.query_one(IdentityPicker)

    @property
    def answer(self) -> str:
        """The kind of identity, and how many there are."""
        draft = self.form.identity
        if not draft.is_chosen and self.form.existing is None:
            return ""
        if draft.choice.problem:
            return ""
        name = kind_name(draft.kind)
        return f"{name} ×{len(draft.identities)}" if draft.kind.has_user else name

    @property
    def problem(self) -> str:
        """Which chosen identity no longer exists, as far as the lists show."""
        draft = self.form.identity
        gone = (one for one in draft.choice.user_assigned if standing(self.lists, one) is Standing.GONE)
        return next((f"{one.name} is no longer in {one.resource_group}; Azure refuses it." for one in gone), "")

    def open(self) -> None:
        """Show the current part of the picker."""
        self.picker.open()

    def accept(self) -> None:
        """Take the kind under the cursor, or the chosen identities."""
        self.picker.accept()

    def back(self) -> bool:
        """Go from the subscriptions to the identities, from there to the kinds."""
        return self.picker.back()

    def refresh_list(self) -> None:
        """Read the identities again."""
        self.picker.refresh_list()

    @property
    def submit_word(self) -> str:
        """The label of enter in the visible list."""
        return self.picker.submit_word

    @property
    def copyable(self) -> tuple[str, str]:
        """The visible problem."""
        return self.picker.problem_text, "the problem"

    @on(IdentityPicker.Done)
    def _chosen(self, event: IdentityPicker.Done) -> None:
        event.stop()
        self.post_message(self.Done())

    @on(IdentityPicker.Changed)
    def _changed(self, event: IdentityPicker.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(IdentityPicker.Said)
    def _said(self, event: IdentityPicker.Said) -> None:
        event.stop()
        self.post_message(self.Said(event.text, event.tone))
