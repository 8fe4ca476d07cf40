"""Tags and description of attached pools, in a form or in the user's editor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.ordering import by_name
from tui.domain.plan import Plan
from tui.domain.tags import tag_edit, tag_problem
from tui.domain.workspaces import Workspace
from tui.ui.drafts import TagsDraft
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.computes_reload import ComputesReload
from tui.ui.session import Session
from tui.ui.text import content, dash
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.field import Field
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.table import ResourceTable

_UNSHOWABLE = "has line breaks or characters that a field cannot show; {} edits it"
_DIFFERENT = "differs"


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    now: str
    new: str
    tone: str


_COLUMNS: tuple[Column[_Tag], ...] = (
    Column("TAG", lambda tag: Cell(tag.name), 0, most=40),
    Column("NOW", lambda tag: Cell(tag.now, "dim"), 2, most=40),
    Column("NEW", lambda tag: Cell(tag.new, tag.tone), 1, most=40),
)


class TagsScreen(BaseScreen):
    """Changes tags and description of one or several attached pools.

    Args:
        computes: The attached pools from the list; they are read again at once.
    """

    WHERE = "tags"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#description"

    def __init__(self, session: Session, flow: Flow, workspace: Workspace, computes: Sequence[Compute]) -> None:
        super().__init__(session, flow)
        self._workspace = workspace
        refresh = key_name("tags.refresh")
        self._reload = ComputesReload(computes, session.operations, self._computes_changed, refresh)
        self._draft_key = ("tags", frozenset(compute.id for compute in computes))
        stored = session.drafts.pop(self._draft_key, None)
        self._stored_draft = stored if isinstance(stored, TagsDraft) else None
        draft = self._stored_draft or TagsDraft()
        self._description = draft.description
        self._changes = dict(draft.changes)
        self._text = draft.text

    def content(self) -> Iterable[Widget]:
        """Create the description, the fields of a tag, and the list of tags."""
        yield ProblemPanel(id="problem")
        with Horizontal(classes="part"):
            yield Static(content(("Description", "$dim")), classes="label", markup=False)
            yield Field("none", is_prose=True, id="description")
        with Horizontal(classes="part"):
            yield Static(content(("Set a tag", "$dim")), classes="label", markup=False)
            yield Field("name", id="tag-name")
            yield Static("=", classes="equals", markup=False)
            yield Field("value", is_prose=True, id="tag-value")
        yield ResourceTable(_COLUMNS, lambda one: one.name.lower(), lambda one: by_name(one.name), id="tags")
        yield Static("", id="mistakes", markup=False)

    @property
    def place(self) -> str:
        """Whose tags they are."""
        return f"{self._workspace.name} › {self._reload.names} › tags and description"

    def on_mount(self) -> None:
        """Show the values from the list, and unsent edits of the last time."""
        self._table.say("No tags yet.")
        self._fill_description()
        self._fill()
        self._show_hint()
        if self._stored_draft is not None:
            for name, text in (("tag-name", self._stored_draft.name), ("tag-value", self._stored_draft.value)):
                self._field(name).value = text
            self.say(("Your unsent edits are back.", "bold"))

    def begin(self) -> None:
        """Read the computes again."""
        self.reads.start("computes", self._reload.read)

    @property
    def _table(self) -> ResourceTable[_Tag]:
        return self.query_one("#tags", ResourceTable)

    @property
    def _single(self) -> Compute | None:
        return self._reload.items[0] if len(self._reload.items) == 1 else None

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    def _show_hint(self) -> None:
        self.say(
            (f"Tags and description of {self._reload.names}. ", "bold"),
            f"{key_name('field.submit')} sets a tag, {key_name('tags.review')} shows the plan.",
        )

    def _computes_changed(self) -> None:
        self.query_one(ProblemPanel).show_problem(self._reload.problem, f"{key_name('tags.refresh')} tries again")
        if self._description is None:
            self._fill_description()
        self._fill()

    def _fill_description(self) -> None:
        field, compute = self._field("description"), self._single
        text = compute.description if compute is not None else ""
        if compute is None:
            field.placeholder = "leave empty to keep each one"
        elif not text.isprintable():
            field.placeholder = _UNSHOWABLE.format(key_name("tags.editor"))
            text = ""
        with self.prevent(Input.Changed):
            field.value = text if self._description is None else self._description

    def _fill(self) -> None:
        names: dict[str, str] = {}
        for compute in self._reload.items:
            for name in compute.tags:
                names.setdefault(name.lower(), name)
        for name in self._changes:
            names.setdefault(name.lower(), name)
        self._table.replace(self._row(name) for name in names.values())
        self.show_keys()

    def _row(self, name: str) -> _Tag:
        now = self._now(name)
        changed = {one.lower(): value for one, value in self._changes.items()}
        if name.lower() not in changed:
            return _Tag(name, now, "", "")
        value = changed[name.lower()]
        if value is None:
            return _Tag(name, now, "removed", "bad")
        return _Tag(name, now, value or '""', "good" if now == dash() else "warning")

    def _now(self, name: str) -> str:
        values = [
            next((value for key, value in compute.tags.items() if key.lower() == name.lower()), None)
            for compute in self._reload.items
        ]
        known = {value for value in values if value is not None}
        if not known:
            return dash()
        if len(known) > 1:
            return _DIFFERENT
        some = sum(value is not None for value in values)
        text = next(iter(known))
        return text if some == len(values) else f"{text} ({some} of {len(values)})"

    @property
    def _edit(self) -> Edit:
        return Edit(description=self._description, tags=dict(self._changes))

    @property
    def _plan(self) -> Plan:
        return Plan.of(ComputeEdit(compute, self._edit) for compute in self._reload.items)

    # Fields

    @on(Input.Changed, "#description")
    def _description_typed(self, event: Input.Changed) -> None:
        compute = self._single
        if compute is None or not compute.description.isprintable():
            self._description = event.value or None
        else:
            self._description = event.value if event.value != compute.description else None

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name = self._field("tag-name").value.strip()
        if event.input.id == "description":
            self._field("tag-name").focus()
        elif event.input.id == "tag-name" and not name:
            self.action_review()
        elif event.input.id == "tag-name":
            known = next((one for one in self._table.items if one.name.lower() == name.lower()), None)
            if known is not None:
                self._put_into_fields(known)
            self._field("tag-value").focus()
            # A typed value replaces the current one.
            self._field("tag-value").select_all()
        else:
            self._set(name, self._field("tag-value").value)

    def _set(self, name: str, value: str) -> None:
        problem = tag_problem(name, value)
        if problem:
            self.say((problem, "$error"))
            return
        known = next((one.name for one in self._table.items if one.name.lower() == name.lower()), name)
        self._changes = {key: one for key, one in self._changes.items() if key.lower() != known.lower()}
        if self._now(known) != value:
            self._changes[known] = value
        self._fill()
        self._table.select(known.lower())
        for field in ("tag-name", "tag-value"):
            self._field(field).value = ""
        self._field("tag-name").focus()
        if known == name:
            self._show_hint()
        else:
            self.say((f"Azure spells this tag {known}; tag names ignore letter case.", "$warning"))

    def _put_into_fields(self, tag: _Tag) -> None:
        changed = {one.lower(): value for one, value in self._changes.items()}
        value = changed.get(tag.name.lower())
        if value is None:
            value = "" if tag.now in (dash(), _DIFFERENT) else self._value(tag.name)
        if not (tag.name + value).isprintable():
            edit, remove = key_name("tags.editor"), key_name("tags.remove")
            self.say(
                (
                    f"This tag contains characters the form cannot show. {edit} edits it; {remove} removes it.",
                    "$warning",
                )
            )
            return
        self._field("tag-name").value, self._field("tag-value").value = tag.name, value
        self._field("tag-value").focus()

    def _value(self, name: str) -> str:
        for compute in self._reload.items:
            for key, value in compute.tags.items():
                if key.lower() == name.lower():
                    return value
        return ""

    # Keys

    def label(self, binding: Binding) -> str:
        """Name the submit key by what it does in the focused field."""
        if binding.action != "submit" or self.focused is None:
            return super().label(binding)
        if self.focused.id == "tag-value":
            return "set tag"
        is_done = self.focused.id == "tag-name" and not self._field("tag-name").value.strip()
        return "review" if is_done else "next field"

    @on(Input.Changed, "#tag-name")
    def _tag_name_typed(self) -> None:
        self.show_keys()

    def why_not(self, action: str) -> str | None:
        """Why a key is not available now."""
        if action == "editor":
            return None if self._single is not None else "Several Spark pools are marked; the editor takes one."
        if action in ("change", "remove"):
            return None if self._table.current is not None else "There is no tag here."
        return None

    @on(ResourceTable.Highlighted)
    def _highlighted(self) -> None:
        self.show_keys()

    def action_change(self) -> None:
        """Put the tag under the cursor into the fields."""
        tag = self._table.current
        if tag is not None and self._table.has_focus:
            self._put_into_fields(tag)

    def action_remove(self) -> None:
        """Remove the tag under the cursor, or undo its change."""
        tag = self._table.current
        if tag is None or self.refused("remove"):
            return
        before = len(self._changes)
        self._changes = {key: value for key, value in self._changes.items() if key.lower() != tag.name.lower()}
        if len(self._changes) == before:
            self._changes[tag.name] = None
        self._fill()

    def action_review(self) -> None:
        """Show the plan, or say why there is none."""
        if self._field("tag-name").value.strip():
            self._set(self._field("tag-name").value.strip(), self._field("tag-value").value)
            if self._field("tag-name").value:
                return
        if not self.shows_result("review"):
            self._reload.when_read(self, "review", self._show_plan)

    def _show_plan(self) -> None:
        reason = self._reload.why_not_ready
        plan = self._plan
        if reason is not None:
            self.say((reason, "$warning"))
        elif plan.problem:
            self.say((plan.problem, "$error" if plan.to_send else "$warning"))
        else:
            self.flow.plan(plan, leave_caller=True)

    def action_back(self) -> None:
        """Leave, and keep unsent edits for the next time."""
        draft = self._unsent_draft
        if draft != TagsDraft():
            self.session.drafts[self._draft_key] = draft
        super().action_back()

    @property
    def _unsent_draft(self) -> TagsDraft:
        fields = (self._field("tag-name").value, self._field("tag-value").value)
        return TagsDraft(self._description, self._changes, self._text, *fields)

    @property
    def unsent(self) -> str:
        """The tags and description, if there are unsent edits."""
        return f"the tags and description of {self._reload.names}" if self._unsent_draft != TagsDraft() else ""

    def action_refresh(self) -> None:
        """Read the computes again."""
        self.reads.start("computes", self._reload.read)

    def action_editor(self) -> None:
        """Edit tags and description in the user's editor."""
        from tui.specs.tags_file import read_tags_file, write_tags_file
        from tui.ui.editor import EditorFailed, edit

        compute = self._single
        if compute is None or self.refused("editor"):
            return
        after = ComputeEdit(compute, self._edit)
        text = self._text or write_tags_file(compute.name, after.description, after.tags)
        try:
            data = edit(self.app, text, ".yml")
        except EditorFailed as failed:
            self._text = failed.kept.decode("utf-8", "replace") if failed.kept is not None else self._text
            again = f" {key_name('tags.editor')} reopens your text." if failed.kept is not None else ""
            self.say((f"{failed}{again}", "$error"))
            return
        description, tags, problems = read_tags_file(data)
        mistakes = "\n".join(str(problem) for problem in problems)
        self.query_one("#mistakes", Static).update(content((mistakes, "$error")))
        if problems:
            self._text = data.decode("utf-8", "replace")
            opens = key_name("tags.editor")
            words = f"The editor's text was not used; see the errors below. {opens} reopens it."
            self.say((words, "$error"))
            return
        self._text = None
        self._apply_editor_text(compute, description, tags)

    def _apply_editor_text(self, compute: Compute, description: str | None, tags: Mapping[str, str] | None) -> None:
        if description is not None:
            self._description = description if description != compute.description else None
            with self.prevent(Input.Changed):
                self._field("description").value = description if description.isprintable() else ""
            if not description.isprintable():
                self._field("description").placeholder = _UNSHOWABLE.format(key_name("tags.editor"))
        if tags is not None:
            self._changes = tag_edit(compute.tags, tags)
        self._fill()
        self._show_hint()
