"""Running and past operations, with their steps and events."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from functools import partial

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.events import ScreenResume
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.chain_steps import checklist, steps_of
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation, Verb
from tui.domain.plan import Plan
from tui.domain.ports import RequestWait
from tui.domain.resource_id import ResourceId
from tui.domain.unreadable_operation import UnreadableOperation
from tui.domain.workspaces import Workspace
from tui.ui.keys import bindings, key_name
from tui.ui.messages import JournalRead
from tui.ui.ports import Flow
from tui.ui.questions import abandon_question, stop_question
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.operations_log import event_log
from tui.ui.screens.operations_rows import COLUMNS, Row
from tui.ui.screens.operations_unreadable import unreadable_text
from tui.ui.session import Session
from tui.ui.text import Parts
from tui.ui.widgets.checklist import Checklist
from tui.ui.widgets.filter_bar import FilterBar
from tui.ui.widgets.lines import Line
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import progress_words
from tui.ui.widgets.table import ResourceTable
from tui.ui.widgets.tail import Tail

_EMPTY = "No operations yet. What you attach, change or detach is shown here."
_ROW_ACTIONS = ("correct", "stop_watching", "resume", "open", "other_view", "save_bundle", "copy")
_CORRECTIONS = {
    Verb.ATTACH: "opens the form as it was",
    Verb.UPDATE: "opens the change as it was",
    Verb.DETACH: "asks again",
    Verb.ROLES: "opens what is left to do",
    Verb.CREATE_POOL: "opens the form as it was",
    Verb.CHANGE_POOL: "opens the form with your changes",
    Verb.CREATE_IDENTITY: "opens the form as it was",
    Verb.AZURE_ROLES: "opens what is left to do",
}


_UNREADABLE = "This sparkpool cannot read it; a newer version, or the one that started it, can."


class ActionFailed(Message):
    """The journal prevented what a key was to do; posted from the worker's thread."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class OperationsScreen(BaseScreen):
    """All operations, also of earlier programs, newest first, and the steps or events of the selected one.

    Args:
        selected: The id of the operation to select first; None for the newest.
    """

    opened_by = "operations"
    IN_WORKSPACE = False
    WHERE = "operations"
    BINDINGS = bindings(WHERE)
    GUARDS_ALL = SETTLES = False

    def __init__(self, session: Session, flow: Flow, selected: int | None = None) -> None:
        super().__init__(session, flow)
        self._shown_state: tuple[int, bool, bool] | None = None
        self._state_parts: Parts = []
        self._selected_id = selected
        self._stop_following: Callable[[], None] | None = None
        self._abandon_problems: dict[int, Problem | None] = {}
        self._opened: ResourceId | None = None
        self._corrected: int | None = None
        self._prefers_events = False
        self._steps_at_top_of: int | None = None
        self._log = Content("")

    def content(self) -> Iterable[Widget]:
        """Create the list, and the steps or events below it."""
        yield FilterBar()
        yield ResourceTable(COLUMNS, lambda row: str(row.operation.id), lambda row: -row.operation.id, id="operations")
        with Tail(id="events"):
            yield Checklist(id="checklist")
            yield ProblemPanel(id="problem")
            yield Static("", id="log", markup=False)

    @property
    def place(self) -> str:
        """The name of the screen."""
        return "operations"

    def on_mount(self) -> None:
        """Show the known operations, and follow what other programs write."""
        self._table.say(_EMPTY)
        self._stop_following = self.session.operations.follow_others(lambda: self.post_message(JournalRead()))
        self._fill()
        if self._selected_id is not None:
            self._table.select(str(self._selected_id))
        self._show()

    def on_unmount(self) -> None:
        """Stop following other programs."""
        if self._stop_following is not None:
            self._stop_following()

    @property
    def _table(self) -> ResourceTable[Row]:
        return self.query_one("#operations", ResourceTable)

    @property
    def _current(self) -> Operation | None:
        row = self._table.current
        return row.operation if row is not None and isinstance(row.operation, Operation) else None

    @property
    def _current_unreadable(self) -> UnreadableOperation | None:
        row = self._table.current
        return row.operation if row is not None and isinstance(row.operation, UnreadableOperation) else None

    def _fill(self) -> None:
        operations = self.session.operations
        now = operations.now()
        unreadable = [Row.of_unreadable(one, now) for one in operations.unreadable()]
        self._table.replace([*unreadable, *(Row.of(one, now) for one in operations.operations())])

    @on(ResourceTable.Highlighted)
    def _show(self) -> None:
        operation = self._current
        panel = self.query_one(ProblemPanel)
        if operation is None:
            unreadable = self._current_unreadable
            problem = self._abandon_problems.get(unreadable.id) if unreadable else None
            if problem is not panel.problem:
                self.query_one(Tail).begin_at_top(is_wanted=problem is not None)
            self._show_steps(None)
            panel.show_problem(problem)
            self._show_log(unreadable_text(unreadable) if unreadable else Content(""))
            if unreadable is not None:
                self._say_unreadable(unreadable)
                return
            unrecorded = self.session.operations.journal_problem
            self.say(("Operations", "bold"), *([(f"  {unrecorded}", "$warning")] if unrecorded else ()))
            return
        self._say_state(operation)
        failed = operation.end if isinstance(operation.end, Failed) else None
        correct, copies = key_name("operations.correct"), key_name("operations.copy")
        what = _CORRECTIONS[operation.verb]
        if failed is not None and failed.found is not None and operation.verb is Verb.UPDATE:
            what = "shows both changes"
        elif failed is not None and failed.rest is not None:
            what = _CORRECTIONS[Verb.ROLES]
        hint = f"{correct} {what} · {copies} copies this"
        if failed is not None and operation.is_open:
            how = "reads its state again" if operation.is_unknown else "does the remaining steps"
            hint = f"{key_name('operations.continue')} {how} · {hint}"
        is_new = (failed.problem if failed else None) is not panel.problem
        if is_new or failed is None:
            panel.show_problem(failed.problem if failed else None, hint)
        if self._shows_steps(operation):
            self._show_steps(operation)
        else:
            self._show_steps(None)
            self._show_log(event_log(operation, self.session.operations.now()))
            if is_new or failed is None:
                self.query_one(Tail).begin_at_top(is_wanted=failed is not None)
        self.show_keys()

    def _shows_steps(self, operation: Operation | None) -> bool:
        return operation is not None and not self._prefers_events and bool(steps_of(operation.request))

    def _show_steps(self, operation: Operation | None) -> None:
        """Show the steps of an operation instead of its events; None hides them."""
        tail = self.query_one(Tail)
        items = checklist(operation, self.session.operations.now()) if operation is not None else ()
        self.query_one(Checklist).show_steps(items)
        self.query_one("#log").display = operation is None
        tail.name_contents("events" if operation is None else "steps")
        about = operation.id if operation is not None else None
        if about is not None and about != self._steps_at_top_of:
            tail.begin_at_top(is_wanted=True)
        self._steps_at_top_of = about

    def _show_log(self, log: Content) -> None:
        if not log.is_same(self._log):
            self._log = log
            self.query_one("#log", Static).update(log)

    def _say_unreadable(self, unreadable: UnreadableOperation) -> None:
        abandons = f" · {key_name('operations.stop-watching')} abandons it" if unreadable.is_interrupted else ""
        self._show_state(
            (unreadable.id, not unreadable.has_ended, unreadable.is_interrupted),
            [(f"{unreadable.verb} {unreadable.name}", "bold"), (f" · unreadable{abandons}", "$warning")],
        )
        self.show_keys()

    def _say_state(self, operation: Operation) -> None:
        parts: Parts = [
            (f"{operation.verb.value} {operation.target.name}", "bold"),
            f" · {progress_words(operation, self.session.operations.now())}",
        ]
        if operation.other_cloud:
            parts.append((f" · in the cloud {operation.other_cloud}, which is not open here", "$warning"))
        if operation.is_interrupted and operation.other_cloud:
            parts.append((f" · {key_name('operations.stop-watching')} abandons it", "$warning"))
        elif operation.is_interrupted:
            resumes, abandons = key_name("operations.continue"), key_name("operations.stop-watching")
            parts.append((f" · {resumes} resumes it, {abandons} abandons it", "$warning"))
        elif operation.is_watched_elsewhere:
            parts.append((f" · {operation.watcher} watches it", "$warning"))
        if self.session.operations.journal_problem:
            parts.append((f"  {self.session.operations.journal_problem}", "$warning"))
        self._show_state((operation.id, operation.end is None, operation.is_interrupted), parts)

    def _show_state(self, about: tuple[int, bool, bool], parts: Parts) -> None:
        if about == self._shown_state and not self.query_one("#status", Line).says(*self._state_parts):
            return  # Keep a key's message while only the time changes.
        self._shown_state, self._state_parts = about, parts
        self.say(*parts)

    @on(ScreenResume)
    def _resumed(self) -> None:
        """Drop messages from before another screen opened; every failure is visible here."""
        self._shown_state = None
        self.session.unseen_failures.clear()
        self.show_strip()
        if self._table.items:
            self._show()

    def on_journal_read(self) -> None:
        """Show what the journal holds."""
        self._fill()
        self._show()
        self.show_strip()

    def on_action_failed(self, message: ActionFailed) -> None:
        """Say why a key did nothing, until the next key."""
        problem = message.problem
        words = " ".join(part for part in (problem.title, problem.cause, problem.advice) if part)
        self.say_until_key((words, "$warning"))

    def _report_failure(self, problem: Problem) -> None:
        self.post_message(ActionFailed(problem))

    def reports(self, operation: Operation) -> bool:
        """Every operation is shown here with its end."""
        return True

    def operation_changed(self, operation: Operation) -> None:
        """Show the new event."""
        self._fill()

    def tick(self) -> None:
        """Update the elapsed times."""
        self._fill()

    # Keys

    def why_not(self, action: str) -> str | None:
        """Why a key is not available for the operation under the cursor."""
        operation, unreadable, reason = self._current, self._current_unreadable, None
        if unreadable is not None:
            if action in _ROW_ACTIONS and action != "copy":
                reason = unreadable.why_kept if action == "stop_watching" else _UNREADABLE
        elif operation is None:
            reason = "There is no operation here." if action in _ROW_ACTIONS else None
        elif action in ("correct", "open") and operation.why_out_of_reach is not None:
            reason = operation.why_out_of_reach
        elif action == "correct" and not isinstance(operation.end, Failed):
            reason = "Only failed operations can be corrected."
        elif action == "stop_watching":
            reason = operation.why_watched
        elif action == "resume":
            reason = self.session.operations.why_not_resumed(operation)
        elif action == "open" and operation.compute is None and not operation.verb.is_of_pool:
            what = "roles on a Spark pool" if operation.verb.is_of_compute else "an identity"
            reason = f"It concerns {what}, not a compute. Open a compute from the list."
        elif action == "other_view" and not steps_of(operation.request):
            reason = "It has one step; its events are shown."
        elif action == "save_bundle" and self.session.save_bundle is None:
            reason = "A support bundle cannot be written here."
        return reason

    async def action_correct(self) -> None:
        """Open what led to a failed operation: a form, a plan, or two changes of one compute."""
        operation = self._current
        if not self.refused("correct") and operation is not None:
            if operation.id != self._corrected:
                self.drop_result("correct")
            self._corrected = operation.id
            await self.flow.correct(self, operation)

    def action_stop_watching(self) -> None:
        """Stop watching the selected operation; ask first if it has steps or cannot be read."""
        operation, unreadable = self._current, self._current_unreadable
        if self.refused("stop_watching"):
            return
        if operation is not None and operation.has_steps and operation.is_running:
            self.flow.confirm(stop_question(operation), partial(self._stop, operation))
        elif operation is not None:
            self._stop(operation, is_confirmed=True)
        elif unreadable is not None:
            self.flow.confirm(abandon_question(unreadable), partial(self._abandon_unreadable, unreadable))

    def _stop(self, operation: Operation, is_confirmed: bool | None) -> None:
        if is_confirmed and not self.session.operations.stop_watching(operation, self._report_failure):
            self.refused("stop_watching")

    def _abandon_unreadable(self, unreadable: UnreadableOperation, is_confirmed: bool | None) -> None:
        if is_confirmed:

            def abandoned(problem: Problem | None) -> None:
                self._abandon_problems[unreadable.id] = problem
                self.post_message(JournalRead())

            self.session.operations.abandon_unreadable(unreadable, abandoned)

    def action_resume(self) -> None:
        """Resume the selected operation, after the names of locked resources are typed."""
        operation = self._current
        if not self.refused("resume") and operation is not None:
            self.flow.unlock(self, Plan.of([operation.request]), partial(self._resume, operation))

    def _resume(self, operation: Operation, named: Collection[ResourceId]) -> None:
        is_begun = self.session.operations.resume(operation, named, self._report_failure)
        if not is_begun and not self.refused("resume"):
            self.say_until_key((f"The {operation.verb.noun} of {operation.target.name} is being resumed.", "$warning"))

    def action_open(self) -> None:
        """Open the operation's Spark pool, or read its compute and open it."""
        operation = self._current
        target = operation.compute if operation is not None else None
        if self.refused("open") or operation is None:
            return
        if operation.verb.is_of_pool:
            self.flow.pools.open(operation.target)
            return
        if target is None:
            return
        if self._opened == target and self.shows_result("open"):
            return
        self._opened = target
        self.drop_result("open")
        self.say((f"Reading {target.name} …", "$dim"))
        self.reads.start("open", self._read_and_open, target)

    async def _read_and_open(self, target: ResourceId) -> None:
        def wait(request_wait: RequestWait) -> None:
            self.say((f"Reading {target.name}: waiting, {request_wait.text}", "$dim"))

        try:
            compute = await self.session.operations.call(lambda azure: azure.compute(target), wait, fresh=True)
        except Problem as problem:
            self.say((f"{problem.title} {problem.advice}", "$error"))
            return
        self._shown_state = None
        self._show()
        show = partial(self.flow.open_compute, Workspace(target.parent), compute)
        self.show_result("open", f"the compute {target.name}", show)

    def label(self, binding: Binding) -> str:
        """Name the keys that switch parts and views by what they lead to."""
        if binding.action not in ("other_part", "other_view"):
            return super().label(binding)
        here, there = ("steps", "events") if self._shows_steps(self._current) else ("events", "steps")
        if binding.action == "other_part":
            return "list" if isinstance(self.focused, Tail) else here
        return there if self._current is not None and steps_of(self._current.request) else ""

    def action_other_view(self) -> None:
        """Show the events of the operation instead of its steps, or the steps again."""
        if not self.refused("other_view"):
            self._prefers_events = not self._prefers_events
            is_failed = self._current is not None and isinstance(self._current.end, Failed)
            self._show()
            self.query_one(Tail).begin_at_top(is_wanted=is_failed or not self._prefers_events)

    def action_other_part(self) -> None:
        """Switch between the operations and their steps or events."""
        (self._table if isinstance(self.focused, Tail) else self.query_one(Tail)).focus()

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(FilterBar).open()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        self._table.say(f'No operation matches "{event.value}".' if event.value else _EMPTY)
        self._table.filter(event.value)

    @on(FilterBar.Left)
    def _leave_filter(self) -> None:
        self._table.focus()

    def action_back(self) -> None:
        """Clear the filter; without one, go back."""
        bar = self.query_one(FilterBar)
        if not bar.is_open:
            super().action_back()
            return
        bar.close()
        self._table.focus()

    async def action_save_bundle(self) -> None:
        """Write the operation, the log, versions and settings to one file for support."""
        operation = self._current
        save = self.session.save_bundle
        if self.refused("save_bundle") or operation is None or save is None:
            return
        try:
            path = await asyncio.to_thread(save, operation, event_log(operation, self.session.operations.now()).plain)
        except OSError as error:
            where = f" to {error.filename}" if error.filename else ""
            copies = f"{key_name('operations.copy')} copies the events."
            self.say((f"The support bundle cannot be written{where}: {error.strerror or error}. {copies}", "$error"))
        else:
            words = f"Written to {path}, without secrets. Check it before you send it."
            self.say_done((words, "$success"))

    async def action_copy(self) -> None:
        """Copy the events of the selected operation."""
        operation, unreadable = self._current, self._current_unreadable
        if unreadable is not None:
            await self.copy(f"{unreadable_text(unreadable).plain}\n", f"what is known of {unreadable.name}")
        elif not self.refused("copy") and operation is not None:
            report = f"\n\n{operation.end.problem.report}" if isinstance(operation.end, Failed) else ""
            log = event_log(operation, self.session.operations.now()).plain
            text = f"{operation.verb.value} {operation.target}\n{log}{report}\n"
            await self.copy(text, f"the events of {operation.target.name}")
