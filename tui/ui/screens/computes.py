"""The home screen: all computes of a workspace, the attached Spark pools first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.events import ScreenResume
from textual.widget import Widget
from textual.widgets import Input

from tui.domain.compute import Compute
from tui.domain.compute_fields import COMPUTE_FIELDS
from tui.domain.errors import Problem
from tui.domain.operation import Operation
from tui.domain.ordering import by_name
from tui.domain.workspaces import Workspace
from tui.ui.keys import bindings, key_name
from tui.ui.readiness_store import ReadinessStore
from tui.ui.screens import changes
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.compute_finding import FILTER_HINT, ComputeFinding
from tui.ui.screens.compute_operations import ComputeOperations
from tui.ui.screens.compute_reading import ComputeReading
from tui.ui.screens.compute_rows import ComputeRow, columns_named, kind_of, share_pools
from tui.ui.screens.compute_status import note_of, position_of, status_parts
from tui.ui.text import Part, clock
from tui.ui.widgets.filter_bar import FilterBar
from tui.ui.widgets.lines import LEAD_GAP, Line
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.table import ResourceTable

if TYPE_CHECKING:
    from tui.domain.readiness import Readiness
    from tui.domain.resource_id import ResourceId
    from tui.operations.readiness import Assessed
    from tui.ui.attach.form import Form
    from tui.ui.ports import Flow
    from tui.ui.session import Session


_MUCH_OLDER = timedelta(minutes=1)


class ComputesScreen(BaseScreen):
    """All computes of one workspace.

    Args:
        session: The run.
        flow: Opens the screens that follow it.
    """

    WHERE = "computes"
    BINDINGS = bindings(WHERE)

    def __init__(self, session: Session, flow: Flow, workspace: ResourceId) -> None:
        super().__init__(session, flow)
        self._workspace = Workspace(workspace)
        self._has_read_subscription = False
        self._draft: Form | None = None
        self._readiness_store = ReadinessStore(session, self.reads, self._show_assessed, self._update_summary)
        self._summary: list[Part] = []
        self._why_empty = ""
        self._listing = ComputeReading(
            session,
            workspace,
            self.reads,
            self._arrived,
            self._reading_changed,
            self._read_ended,
            lambda: self.app.screen is self,
        )
        self._finding = ComputeFinding(lambda: self.table, lambda: self.query_one(FilterBar), self._list_changed)
        self._row_operations = ComputeOperations(
            session, workspace, self.reads, self._readiness_store, lambda: self.table, self._assess_again
        )

    def content(self) -> Iterable[Widget]:
        """Create the filter, the problem panel and the list."""
        yield FilterBar(FILTER_HINT)
        yield ProblemPanel(id="problem")
        yield ResourceTable(
            columns_named(self.session.columns),
            lambda row: row.compute.name.lower(),
            lambda row: by_name(row.compute.name),
            COMPUTE_FIELDS,
            group=lambda row: not row.compute.is_spark_pool,
            kind=kind_of,
            id="computes",
        )

    @property
    def unsent(self) -> str:
        """The answers of a wizard that the user left."""
        return self._draft.unsent if self._draft is not None else ""

    @property
    def place(self) -> str:
        """Resource group and workspace."""
        return f"{self._workspace.id.resource_group} › {self._workspace.name}"

    def on_mount(self) -> None:
        """Sort by name, and say what will be read."""
        self.table.sort("name")
        self._announce_reading()

    def begin(self) -> None:
        """Read the list, and open the spec file given on the command line."""
        self._listing.begin()
        if self.session.spec_files:
            self.flow.open_spec(self._workspace, self.session.spec_files.pop())

    @on(ScreenResume)
    def _resumed(self) -> None:
        self.table.focus()
        if self._draft is not None and self._draft.sent:
            # The next key should act on the compute that was just attached.
            self.table.select(self._draft.name.lower())
            self._draft = None
        self._listing.seen_again()

    @property
    def table(self) -> ResourceTable[ComputeRow]:
        """The list."""
        return self.query_one("#computes", ResourceTable)

    # Reading

    def _read(self) -> None:
        self._announce_reading()
        self._listing.begin()

    def _announce_reading(self) -> None:
        self._listing.announce()
        self.query_one(ProblemPanel).show_problem(None)
        self._explain_empty(f"Reading the computes of {self._workspace.name} …")
        self.table.fade(bool(self.table.items))
        self._show_summary()

    def _arrived(self, computes: Sequence[Compute]) -> None:
        open_operations = self._row_operations.open()
        self._listing.has_changed |= any(self._differs(compute) for compute in computes)
        self.table.put(self._row_operations.row(compute, open_operations) for compute in computes)
        self.show_account()
        self._reading_changed()

    def _read_ended(self, problem: Problem | None) -> None:
        self.table.fade(False)
        if problem is None:
            self._finish_read()
        else:
            self._show_failure(problem)
        self._reading_changed()

    def _reading_changed(self) -> None:
        """Update the status line; a quiet read does not replace another message."""
        if self._listing.is_quiet:
            self._update_summary()
        else:
            self._show_summary()

    def _finish_read(self) -> None:
        known = [row.compute.name.lower() for row in self.table.items]
        gone = [key for key in known if key not in self._listing.names and not self._row_operations.keeps_row(key)]
        self.table.drop(gone)
        self._mark_shared_pools()
        self.query_one(ProblemPanel).show_problem(None)
        attach = f" Press {key_name('computes.attach')} to attach a Spark pool."
        hint = "" if self.reason_against("attach") else attach
        self._explain_empty(f"No computes in {self._workspace.name} yet.{hint}")
        self._row_operations.show()
        has_changed = gone or self._listing.has_changed
        if has_changed and self._listing.is_quiet:
            # Whoever changed a compute may also have changed its pool and its roles.
            self.session.operations.forget_reads()
        if has_changed or not self._listing.is_quiet:
            self._assess_again()
        self.session.opened(self._workspace.id)
        if not self._workspace.location:
            self.reads.start("workspace", self._read_workspace)
        if not self.session.where.subscription_name and not self._has_read_subscription:
            self._has_read_subscription = True
            self.reads.start("subscription", self._read_subscription)

    def _mark_shared_pools(self) -> None:
        self.table.put(share_pools(self.table.items))

    def _differs(self, compute: Compute) -> bool:
        row = self.table.get(compute.name.lower())
        return row is None or row.compute.raw != compute.raw

    def _assess_again(self) -> None:
        """Check the attached pools in sight now, the others when they come into sight."""
        self._readiness_store.invalidate(self._workspace, [row.compute for row in self.table.items])
        self._assess_visible()

    @on(ResourceTable.Seen)
    def _assess_visible(self) -> None:
        rows = self.table.items if self._finding.needs_all else self.table.in_sight
        self._readiness_store.request(row.compute for row in rows)

    def _show_assessed(self, assessed: Assessed) -> None:
        row = self.table.get(assessed.compute.name.lower())
        if row is not None and row.operation is None:
            self.table.put([replace(row, readiness=assessed.readiness)])
            self._update_summary()

    def _explain_empty(self, why: str | None = None) -> None:
        """Say why no rows are shown; None keeps the reason why there are no computes."""
        self._why_empty = self._why_empty if why is None else why
        hides = self._finding.why_nothing if self.table.total else ""
        self.table.say(hides or self._why_empty)

    def _list_changed(self) -> None:
        """Show that other rows are shown, or in another order."""
        self._explain_empty()
        self._show_summary()
        self.show_keys()

    def _show_failure(self, problem: Problem) -> None:
        self._explain_empty("")
        again, other = key_name("computes.refresh"), key_name("app.workspace")
        copies = key_name("computes.copy")
        hint = f"{again} tries again · {other} opens another workspace · {copies} copies this"
        self.query_one(ProblemPanel).show_problem(problem, hint)

    async def _read_workspace(self) -> None:
        """Read the workspace's region, which an attach needs; only once the list is on the screen."""
        workspace = self._workspace.id
        with suppress(Problem):
            self._workspace = await self.session.operations.call(lambda azure: azure.workspace(workspace))

    async def _read_subscription(self) -> None:
        """Read the subscription's name for the header; only once the list is on the screen."""
        guid = self._workspace.id.subscription
        with suppress(Problem):
            found = await self.session.operations.call(lambda azure: azure.subscription(guid))
            self.session.where.add_name(guid, found.name)
            self.session.opened(self._workspace.id)
            self.show_frame()

    def _update_summary(self) -> None:
        self._show_position()
        if self.query_one("#status", Line).says(*self._summary):
            self._show_summary()

    def _show_position(self) -> None:
        status = self.query_one("#status", Line)
        status.lead(position_of(self.table))
        status.note(note_of(self.table))

    @property
    def _status_cells(self) -> int:
        """The width of the status line, without the position."""
        position = position_of(self.table)
        return self.size.width - (len(position) + LEAD_GAP if position else 0)

    def fit(self) -> None:
        """Say as much of the state of the list as fits."""
        self._update_summary()

    def restore_message(self) -> None:
        """Show the state of the list again after a key's message."""
        if self.is_temporary:
            self._show_summary()

    def _show_summary(self) -> None:
        table = self.table
        waiting = [self._readiness_store.waiting] if self._readiness_store.waiting else []
        leading, trailing = [*self._listing.leading_words, *waiting], self._listing.trailing_words
        if self._finding.fault:
            self._summary = [(self._finding.fault, "$warning")]
        elif not table.total and not self._listing.has_answer:
            # The number of computes is unknown before a read has finished.
            words = [] if self._listing.is_under_way else ["nothing read yet"]
            self._summary = [(" · ".join([*leading, *words, *trailing]), "$dim")]
        else:
            trailing = [*self._older_readiness, *trailing]
            self._summary = status_parts(table, self._finding, leading, trailing, self._status_cells)
        self.say(*self._summary)
        self._show_position()

    @property
    def _older_readiness(self) -> list[str]:
        """What the status line says about a readiness that is clearly older than the list."""
        as_of, read_at = self._readiness_store.as_of, self._listing.read_at
        is_older = as_of is not None and read_at is not None and read_at - as_of >= _MUCH_OLDER
        return [f"readiness as of {clock(as_of)}"] if as_of is not None and is_older else []

    # Operations on rows

    def tick(self) -> None:
        """Update the elapsed time of running operations."""
        self._row_operations.show()

    def operation_changed(self, operation: Operation) -> None:
        """Show an operation on its row, and its result when it ends."""
        if operation.verb.is_of_roles:
            self._row_operations.follow_roles(operation)
        if (operation.verb.is_of_roles or not operation.verb.is_of_compute) and operation.end is not None:
            self._assess_again()
        if operation.verb.is_of_roles and operation.end is not None:
            self._say_outcome(operation)
        if not self._row_operations.concerns(operation):
            return
        if operation.end is None:
            self._row_operations.show_progress(operation)
            self._update_summary()
        else:
            self._row_operations.end(operation)
            self._mark_shared_pools()
            self._assess_again()
            self._show_summary()
            self._say_outcome(operation)
        self.show_keys()

    def _say_outcome(self, operation: Operation) -> None:
        outcome = self._row_operations.outcome(operation)
        if outcome is not None:
            self.say(outcome)

    def reports(self, operation: Operation) -> bool:
        """Whether it is an operation of this workspace, or a change of roles."""
        return operation.verb.is_of_roles or self._row_operations.concerns(operation)

    # Keys

    def why_not(self, action: str) -> str | None:
        """Why a key is not available for the row under the cursor."""
        row = self.table.current
        if action in ("open", "open_pool", "show_yaml", "mark", "fix", "message") and row is None:
            return "There is no compute here."
        if action in changes.ACTIONS:
            return changes.why_not(self, action, self._marked_or_current)
        if row is None:
            return None
        match action:
            case "open_pool":
                reason = changes.why_no_pool(row.compute)
            case "fix" if self.table.marked:
                reasons = [self._why_no_fix(one) for one in self.table.marked]
                reason = None if None in reasons else next(iter(reasons))
            case "fix":
                reason = self._why_no_fix(row)
            case "message":
                reason = changes.why_no_message(self._assessed)
            case "mark":
                reason = row.compute.why_not_markable
            case "show_yaml" if not row.compute.is_spark_pool:
                reason = "Only attached Spark pools can be written as a spec file."
            case _:
                reason = None
        return reason

    def _why_no_fix(self, row: ComputeRow) -> str | None:
        busy = f"The {row.operation.verb.noun} of {row.compute.name} has not ended." if row.operation else ""
        return changes.why_no_fix(row.compute, None if busy else row.readiness, busy)

    @property
    def _marked_or_current(self) -> list[Compute]:
        """The marked computes, else the one under the cursor."""
        row = self.table.current
        rows = self.table.marked or ([row] if row is not None else [])
        return [one.compute for one in rows]

    @property
    def _assessed(self) -> list[tuple[Compute, Readiness | None]]:
        """The marked computes, else the one under the cursor, each with its readiness if that is current."""
        row = self.table.current
        rows = self.table.marked or ([row] if row is not None else [])
        return [(one.compute, None if one.operation else one.readiness) for one in rows]

    @on(ResourceTable.Highlighted)
    def _highlighted(self) -> None:
        # A plan that is ready belongs to the row where its key was pressed.
        self.drop_result("fix")
        self._show_position()
        self.show_keys()

    def action_open(self) -> None:
        """Open the compute under the cursor."""
        self._open("overview")

    def action_show_yaml(self) -> None:
        """Open the compute under the cursor at its YAML."""
        if not self.refused("show_yaml"):
            self._open("yaml")

    def action_open_pool(self) -> None:
        """Open the Spark pool of the compute under the cursor."""
        row = self.table.current
        if not self.refused("open_pool") and row is not None and row.compute.attached_to is not None:
            self.flow.pools.open(row.compute.attached_to)

    def _open(self, tab: str) -> None:
        row = self.table.current
        if row is not None:
            self.flow.open_compute(self._workspace, row.compute, tab)

    def action_attach(self) -> None:
        """Open the attach wizard."""
        if not self.refused("attach"):
            self._draft = self.flow.attach(self._workspace, self._draft)

    async def action_identity(self) -> None:
        """Change the identity of the marked Spark pools, or of the one under the cursor."""
        await self._change("identity")

    async def action_roles(self) -> None:
        """Show the Synapse roles on the Spark pool under the cursor."""
        await self._change("roles")

    async def action_edit(self) -> None:
        """Edit tags and description of the marked Spark pools, or of the one under the cursor."""
        await self._change("edit")

    async def action_export(self) -> None:
        """Export the marked Spark pools, or the one under the cursor, as other tools' files and commands."""
        await self._change("export")

    async def action_detach(self) -> None:
        """Detach the marked Spark pools, or the one under the cursor, after a question."""
        await self._change("detach")

    async def _change(self, action: str) -> None:
        selected = self._marked_or_current
        rows = [self.table.get(compute.name.lower()) for compute in selected]
        gone = {one for row in rows if row is not None and row.readiness is not None for one in row.readiness.gone}
        remark = self._hidden_warning(selected)
        await self.flow.act(self, action, self._workspace, selected, gone=gone, remark=remark)

    def _hidden_warning(self, selected: Sequence[Compute]) -> str:
        """A warning that some of the selected computes are out of sight; empty if none is."""
        here, hidden = self.table.current, [row.compute.name for row in self.table.hidden_marks]
        is_beside = here is not None and hidden and all(compute.name != here.compute.name for compute in selected)
        beside = here.compute.name if here is not None and is_beside else ""
        return changes.hidden_warning(len(selected), hidden, beside)

    async def action_fix(self) -> None:
        """Fix the most serious problem of each marked Spark pool, or of the one under the cursor."""
        from tui.domain.fixes import fix_of, left_words, together

        here = self.table.current
        rows = self.table.marked or ([here] if here is not None else [])
        found = {row.compute.name: None if row.operation else fix_of(row.compute, row.readiness) for row in rows}
        fixes = [fix for fix in found.values() if fix is not None]
        if self.refused("fix") or not fixes:
            return
        made = together(fixes)
        left = [fix.compute.name for fix in fixes if fix not in made]
        words = left_words(left, [name for name, fix in found.items() if fix is None])
        hidden = self._hidden_warning([row.compute for row in rows])
        await self.flow.fixes.fix(self, self._workspace, made, " ".join(filter(None, (hidden, words))))

    async def action_message(self) -> None:
        """Copy a message to those who can make the marked Spark pools, or the one under the cursor, ready."""
        if not self.refused("message"):
            await self.copy(changes.message_of(self._assessed), "a message to those who can fix it")

    def action_mark(self) -> None:
        """Mark or unmark the Spark pool under the cursor."""
        if not self.refused("mark"):
            self.drop_result("fix")
            self.table.toggle_mark()
            self._show_summary()
            self.show_keys()

    def label(self, binding: Binding) -> str:
        """Name the clear key only while a filter is open; the status line names it for marks."""
        if binding.action == "clear":
            return "clear filter" if self._is_filtering else "show all" if self._finding.only_problems else ""
        if binding.action == "only_problems" and self._finding.only_problems:
            return "show all"
        return super().label(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable the clear key only where there is something to clear."""
        if action == "clear":
            return self.has_frame and (self._finding.is_on or bool(self.table.marked))
        return super().check_action(action, parameters)

    @property
    def _is_filtering(self) -> bool:
        return self.query_one(FilterBar).is_open

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(FilterBar).open()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self._finding.filter(event.value)

    @on(FilterBar.Left)
    def _filtered(self) -> None:
        self.table.focus()

    def action_only_problems(self) -> None:
        """Show problems and warnings only, or all rows again."""
        self._finding.show_problems(not self._finding.only_problems)

    def action_clear(self) -> None:
        """Close the filter; without one, show all rows; then remove all marks."""
        if self._finding.is_on:
            self._finding.clear()
        else:
            self.drop_result("fix")
            self.table.unmark()
            self._show_summary()
            self.show_keys()
        self.table.focus()

    def action_sort(self) -> None:
        """Sort by the next visible column."""
        self._finding.sort_by_next()

    def action_reverse(self) -> None:
        """Sort in the other direction."""
        self._finding.reverse()

    def action_sort_by_readiness(self) -> None:
        """Sort by readiness, problems first; again in the other direction."""
        self._finding.sort_by_readiness()

    def action_refresh(self) -> None:
        """Read the list again, and everything that its readiness depends on."""
        self.session.operations.forget_reads()
        self._read()

    async def action_copy(self) -> None:
        """Copy the problem, or the resource id of the compute under the cursor."""
        problem = self.query_one(ProblemPanel).problem
        row = self.table.current
        if problem is not None:
            await self.copy(problem.report, "the problem")
        elif row is not None and row.compute.id is not None:
            await self.copy(str(row.compute.id), f"the resource id of {row.compute.name}")
