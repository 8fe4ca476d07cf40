"""Step 2: the name of the compute, checked while the user types."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from tui.domain.states import Tone
from tui.operations.service import Operations
from tui.ui.attach.attached import AttachedPools
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.resource_lists import ResourceLists
from tui.ui.text import content, glyph
from tui.ui.widgets.field import Field


class NameStep(Step):
    """A field with the proposed name, and a verdict on it.

    Args:
        attached: Knows where the pool is already attached.
        operations: Knows which names are being written.
    """

    title = "Name"

    def __init__(self, form: Form, lists: ResourceLists, attached: AttachedPools, operations: Operations) -> None:
        super().__init__(form, lists, id="name-step")
        self._attached = attached
        self._operations = operations

    def compose(self) -> ComposeResult:
        """The field and the verdict."""
        yield Static(content(("Name of the compute in the workspace", "$dim")), markup=False)
        yield Field(id="name")
        yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Check again whenever more computes are known."""
        self._attached.watchers.append(self._show_verdict)

    @property
    def answer(self) -> str:
        """The name."""
        return self.form.name

    @property
    def problem(self) -> str:
        """Why the name cannot be used."""
        return self._verdict()[0] if self.form.name else ""

    def open(self) -> None:
        """Show the current name."""
        field = self.query_one("#name", Field)
        with self.prevent(Input.Changed):
            if self.form.name_is_typed:
                field.value = self.form.name
            else:
                field.suggest(self.form.name)
        field.focus()
        self._show_verdict()
        self.post_message(self.Said("Name for the compute. Jobs refer to it by this name.", "bold"))

    def accept(self) -> None:
        """Take the name if it can be used."""
        problem, _ = self._verdict()
        if problem:
            self.post_message(self.Said(problem))
        else:
            self.post_message(self.Done())

    @property
    def submit_word(self) -> str:
        """The label of enter."""
        return "take name"

    @on(Input.Changed, "#name")
    def _typed(self, event: Input.Changed) -> None:
        self.form.name = event.value.strip()
        self.form.name_is_typed = bool(self.form.name)
        self._show_verdict()
        self.post_message(self.Changed())

    @on(Input.Submitted, "#name")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.accept()

    def judge_again(self) -> None:
        """Check the name again."""
        if self.form.name:
            self._show_verdict()

    def _verdict(self) -> tuple[str, str]:
        problem, remark = self.form.check_name(self.lists.computes(self.form.workspace.id).items)
        if not problem and self.form.name:
            compute = self.form.workspace.id.child("computes", self.form.name)
            problem = self._operations.why_busy(compute, elsewhere=True) or ""
        return problem, remark

    def _show_verdict(self) -> None:
        problem, remark = self._verdict()
        computes = self.lists.computes(self.form.workspace.id)
        unsure = (
            ""
            if computes.complete
            else "\nThe list of computes is not complete yet; the name is checked again before sending."
        )
        if problem:
            words = content((f"\n{glyph(Tone.BAD)} {problem}", "$error"))
        elif self.form.existing is not None:
            words = content((f"\n{glyph(Tone.WARNING)} {remark}", "$warning"))
        elif remark:
            words = content((f"\n{glyph(Tone.WARNING)} {remark}", "$warning"), (unsure, "$dim"))
        else:
            words = content((f"\n{glyph(Tone.GOOD)} Valid and available", "$success"), (unsure, "$dim"))
        again = "" if problem else self._attached.remark()
        if again:
            words = content(words, (f"\n{glyph(Tone.WARNING)} {again}", "$warning"))
        self.query_one("#verdict", Static).update(words)
