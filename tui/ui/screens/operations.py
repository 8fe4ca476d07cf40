"""Running and past operations, each with what Azure said, as it says it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import ScreenResume
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Unwatched, Verb, Waited
from tui.domain.plan import Plan
from tui.domain.ports import Page
from tui.domain.states import Tone
from tui.domain.workspaces import Workspace
from tui.operations.service import Delivery, Ended
from tui.ui.keys import key_name
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.unlock import unlocked
from tui.ui.session import Session
from tui.ui.text import clock, content, dated, duration, glyph
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.field import Field
from tui.ui.widgets.lines import Line
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import progress_words
from tui.ui.widgets.table import ResourceTable
from tui.ui.widgets.tail import Tail


@dataclass(frozen=True, slots=True)
class _Row:
    operation: Operation
    elapsed: str
    began: str

    @classmethod
    def of(cls, operation: Operation, now: datetime) -> "_Row":
        began = operation.events[0].at if operation.events else None
        # An operation that nobody watches has no end yet, and the time since says nothing of it.
        elapsed = "" if operation.is_left else duration(operation.elapsed(now))
        return cls(operation, elapsed, dated(began, now) if began else "")


def _tone(operation: Operation) -> Tone:
    match operation.end:
        case Succeeded():
            return Tone.GOOD
        case Failed():
            return Tone.BAD
        case Unwatched():
            return Tone.NEUTRAL
        case _ if operation.is_left:
            return Tone.WARNING
        case _:
            return Tone.BUSY


_NOTHING = "Nothing was changed from here. What you attach, change or detach shows here."
_OF_ONE = ("correct", "stop_watching", "take_up", "open", "save_bundle", "copy")
_CORRECTIONS = {
    Verb.ATTACH: "opens the form as it was",
    Verb.UPDATE: "opens the change as it was",
    Verb.DETACH: "asks again",
    Verb.ROLES: "opens what is left to do",
}
_STYLES = {
    Tone.GOOD: "good",
    Tone.BAD: "bad",
    Tone.NEUTRAL: "dim",
    Tone.BUSY: "busy",
    Tone.WARNING: "warning",
}

_COLUMNS: tuple[Column[_Row], ...] = (
    Column("COMPUTE", lambda row: Cell(row.operation.target.name), 0, most=32),
    Column("WHAT", lambda row: Cell(row.operation.verb.value), 1),
    Column(
        "STATE",
        lambda row: Cell(f"{glyph(_tone(row.operation))} {row.operation.status}", _STYLES[_tone(row.operation)]),
        2,
        most=28,
    ),
    Column("TIME", lambda row: Cell(row.elapsed), 3, right=True),
    Column("BEGAN", lambda row: Cell(row.began, "dim"), 4),
    Column("WORKSPACE", lambda row: Cell(row.operation.target.holder, "dim"), 5),
)


class Recalled(Message):
    """The journal was read; comes from the worker's thread."""


class OperationsScreen(HouseScreen):
    """All operations, those of earlier programs too, the newest first, and the events of the one under the cursor.

    Args:
        session: The run.
        chosen: The id of the operation under the cursor at first; None for the newest.
    """

    opened_by = "operations"
    IN_WORKSPACE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e",
            "correct",
            "Correct and retry",
            id="operations.correct",
            tooltip="Open what led to this failure, as it was",
        ),
        Binding(
            "u",
            "take_up",
            "Continue",
            id="operations.continue",
            tooltip="Go on with what nobody watches, from where it stands; nothing is sent twice",
        ),
        Binding(
            "x",
            "stop_watching",
            "Stop watching",
            id="operations.stop-watching",
            tooltip="Watch it no more, or let go what was left; Azure goes on with what it accepted",
        ),
        Binding(
            "enter",
            "open",
            "Open",
            key_display="enter",
            id="operations.open",
            tooltip="Open the compute that it concerns",
        ),
        Binding(
            "slash",
            "filter",
            "Filter",
            id="operations.filter",
            key_display="/",
            tooltip="Show what matches",
        ),
        Binding(
            "b",
            "save_bundle",
            "Support bundle",
            id="operations.bundle",
            tooltip="Write what support asks for into a file, without secrets",
        ),
        Binding("c", "copy", "Copy", id="operations.copy", tooltip="Copy the events, with Azure's ids"),
    ]

    def __init__(self, session: Session, chosen: int | None = None) -> None:
        super().__init__(session)
        self._about: tuple[int, bool, bool] | None = None
        self._stated: list[object | tuple[object, str]] = []
        self._chosen = chosen

    def content(self) -> Iterable[Widget]:
        """The operations, then the events of one."""
        yield Field("filter", id="filter")
        yield ResourceTable(_COLUMNS, lambda row: str(row.operation.id), lambda row: -row.operation.id, id="operations")
        yield ProblemPanel(id="problem")
        with Tail(id="events"):
            yield Static("", id="log", markup=False)

    @property
    def place(self) -> str:
        """The name of the screen."""
        return "operations"

    def on_mount(self) -> None:
        """Show what is known, and look what others have written meanwhile."""
        self.query_one("#filter").display = False
        self._table.say(_NOTHING)
        self.session.operations.recall(partial(self.post_message, Recalled()))
        self._fill()
        if self._chosen is not None:
            self._table.select(str(self._chosen))
        self._show()

    @property
    def _table(self) -> ResourceTable[_Row]:
        return self.query_one("#operations", ResourceTable)

    @property
    def _current(self) -> Operation | None:
        row = self._table.current
        return row.operation if row else None

    def _fill(self) -> None:
        now = self.session.operations.now()
        self._table.replace(_Row.of(one, now) for one in self.session.operations.operations())

    @on(ResourceTable.Highlighted)
    def _show(self) -> None:
        operation = self._current
        panel = self.query_one(ProblemPanel)
        if operation is None:
            panel.show_problem(None)
            self.query_one("#log", Static).update("")
            problem = self.session.operations.journal_problem
            self.say(("Operations", "bold"), *([(f"  {problem}", "$warning")] if problem else ()))
            return
        self._say_state(operation)
        failed = operation.end if isinstance(operation.end, Failed) else None
        correct, copies = key_name("operations.correct", "e"), key_name("operations.copy", "c")
        what = _CORRECTIONS[operation.verb]
        if failed is not None and failed.found is not None and operation.verb is Verb.UPDATE:
            what = "shows both changes"
        elif failed is not None and failed.rest is not None:
            what = _CORRECTIONS[Verb.ROLES]
        hint = f"{correct} {what} · {copies} copies this"
        if failed is not None and operation.is_open:
            hint = f"{key_name('operations.continue', 'u')} looks again how it stands · {hint}"
        if (failed.problem if failed else None) is not panel.problem or failed is None:
            panel.show_problem(failed.problem if failed else None, hint)
        self.query_one("#log", Static).update(_log(operation))
        self.show_keys()

    def _say_state(self, operation: Operation) -> None:
        parts: list[object | tuple[object, str]] = [
            (f"{operation.verb.value} {operation.target.name}", "bold"),
            f" · {progress_words(operation, self.session.operations.now())}",
        ]
        if operation.is_left:
            goes_on, lets_go = key_name("operations.continue", "u"), key_name("operations.stop-watching", "x")
            parts.append((f" · {goes_on} goes on with it, {lets_go} lets it go", "$warning"))
        elif operation.is_watched_elsewhere:
            parts.append((f" · {operation.watcher} watches it", "$warning"))
        if self.session.operations.journal_problem:
            parts.append((f"  {self.session.operations.journal_problem}", "$warning"))
        about = (operation.id, operation.end is None, operation.is_left)
        if about == self._about and not self.query_one("#status", Line).says(*self._stated):
            return  # what a key said stays while only the seconds go on
        self._about, self._stated = about, parts
        self.say(*parts)

    @on(ScreenResume)
    def _come_back(self) -> None:
        """What was said before another screen came is past."""
        self._about = None
        if self._table.items:
            self._show()

    def on_recalled(self) -> None:
        """Show what the journal holds."""
        self._fill()
        self._show()

    def operation_changed(self, operation: Operation) -> None:
        """Show the new event."""
        self._fill()

    def tick(self) -> None:
        """Count the seconds."""
        self._fill()

    # Keys

    def why_not(self, action: str) -> str | None:
        """Why a key does not apply to the operation under the cursor."""
        operation, reason = self._current, None
        if operation is None:
            reason = "There is no operation here." if action in _OF_ONE else None
        elif action == "correct" and not isinstance(operation.end, Failed):
            reason = "Only what has failed can be corrected."
        elif action == "stop_watching":
            reason = operation.why_watched
        elif action == "take_up":
            reason = self.session.operations.why_not_resumed(operation)
        elif action == "open" and operation.verb is Verb.ROLES:
            reason = "It concerns the roles on a Spark pool and no compute; open a compute from the list."
        elif action == "save_bundle" and self.session.save_bundle is None:
            reason = "There is nowhere to write it to here."
        return reason

    async def action_correct(self) -> None:
        """Open what led to a failed operation, as it was: a form, a plan, or both changes of one compute."""
        from tui.ui.screens.correct import correct

        operation = self._current
        if operation is not None and not self.refused("correct"):
            await correct(self, operation)

    def action_stop_watching(self) -> None:
        """Stop watching the operation under the cursor."""
        operation = self._current
        if operation is not None and not self.refused("stop_watching"):
            self.session.operations.stop_watching(operation)

    def action_take_up(self) -> None:
        """Go on with the operation under the cursor, when what is locked has been named."""
        operation = self._current
        if operation is not None and not self.refused("take_up"):
            operations = self.session.operations
            unlocked(self, Plan.of([operation.request]), lambda named: operations.resume(operation, named))

    def action_open(self) -> None:
        """Read the compute that the operation concerns, and open it."""
        operation = self._current
        if operation is None or self.refused("open"):
            return
        operations, target = self.session.operations, operation.target
        self.say((f"Reading {target.name} …", "$dim"))

        def arrived(delivery: Delivery[Compute]) -> None:
            from tui.ui.screens.detail import DetailScreen

            match delivery:
                case Page(items=(compute,)):
                    self._show()
                    self.app.push_screen(DetailScreen(self.session, Workspace(target.parent), compute))
                case Ended(problem=Problem() as problem):
                    self.say((f"{problem.title} {problem.advice}", "$error"))

        self.reads.start("open", lambda deliver: operations.compute(target, deliver), arrived)

    def action_filter(self) -> None:
        """Ask which operations to show."""
        field = self.query_one("#filter", Field)
        field.display = True
        self.set_focus(field)

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        self._table.say(f"No operation matches {event.value}." if event.value else _NOTHING)
        self._table.filter(event.value)

    @on(Input.Submitted, "#filter")
    def _back_to_the_table(self) -> None:
        self._table.focus()

    def action_back(self) -> None:
        """Clear the filter; without one, go back."""
        field = self.query_one("#filter", Field)
        if not field.display:
            super().action_back()
            return
        field.value = ""
        field.display = False
        self._table.focus()

    async def action_save_bundle(self) -> None:
        """Write the operation, the log, versions and settings into one file for support."""
        operation = self._current
        save = self.session.save_bundle
        if operation is None or save is None or self.refused("save_bundle"):
            return
        try:
            path = await asyncio.to_thread(save, operation, _log(operation).plain)
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            self.say((f"The support bundle cannot be written{where}: {error.strerror or error}.", "$error"))
        else:
            self.say((f"Written to {path}, without secrets. Look into it before you send it.", "$success"), whole=True)

    async def action_copy(self) -> None:
        """Copy the events of the operation under the cursor."""
        operation = self._current
        if operation is not None and not self.refused("copy"):
            report = f"\n\n{operation.end.problem.report}" if isinstance(operation.end, Failed) else ""
            text = f"{operation.verb.value} {operation.target}\n{_log(operation).plain}{report}\n"
            await self.copy(text, f"the events of {operation.target.name}")


def _log(operation: Operation) -> Content:
    parts: list[object | tuple[object, str]] = []
    for event in operation.events:
        sign, words, detail = _told(event)
        if isinstance(event, Unwatched) and operation.has_steps:
            again = key_name("operations.continue", "u")
            detail += f"; the steps after it wait until {again} continues"
        parts += [(f"{clock(event.at)}  ", "$dim"), f"{sign} {words}", (f"  {detail}\n" if detail else "\n", "$dim")]
    return content(*parts)


def _told(event: Event) -> tuple[str, str, str]:
    """Sign, words and detail of one event."""
    match event:
        case Started():
            return glyph(Tone.NEUTRAL), "started", ""
        case Progress(status=status, note=note, percent=percent, next_poll=next_poll, ids=ids, step=step):
            details = [note] if note else []
            if percent is not None:
                details.append(f"{percent:g} %")
            if isinstance(next_poll, datetime):
                details.append(f"next poll {clock(next_poll)}")
            if ids.request:
                details.append(f"request {ids.request}")
            return glyph(Tone.BUSY), _in_step(step, status), " · ".join(details)
        case Waited(reason=reason, until=until, step=step):
            return glyph(Tone.WARNING), _in_step(step, f"waiting: {reason}"), f"until {clock(until)}"
        case Succeeded():
            return glyph(Tone.GOOD), "Succeeded", ""
        case Failed(problem=problem):
            return glyph(Tone.BAD), problem.title, problem.reference
        case Unwatched():
            return glyph(Tone.NEUTRAL), "not watched any more", "Azure goes on with what it accepted"


def _in_step(step: str, words: str) -> str:
    return f"{step:<9} {words}" if step else words
