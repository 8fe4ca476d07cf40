"""Running and past operations, each with what Azure said, as it says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Unwatched, Verb, Waited
from tui.domain.states import Tone
from tui.ui.screens.base import HouseScreen
from tui.ui.session import Session
from tui.ui.text import clock, content, duration, glyph
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import progress_words
from tui.ui.widgets.table import Cell, Column, ResourceTable
from tui.ui.widgets.tail import Tail


@dataclass(frozen=True, slots=True)
class _Row:
    operation: Operation
    elapsed: str


def _tone(operation: Operation) -> Tone:
    match operation.end:
        case Succeeded():
            return Tone.GOOD
        case Failed():
            return Tone.BAD
        case Unwatched():
            return Tone.NEUTRAL
        case _:
            return Tone.BUSY


_CORRECTIONS = {
    Verb.ATTACH: "e opens the form as it was",
    Verb.UPDATE: "e opens the change as it was",
    Verb.DETACH: "e asks again",
    Verb.ROLES: "e opens what is left to do",
}
_STYLES = {Tone.GOOD: "good", Tone.BAD: "bad", Tone.NEUTRAL: "dim", Tone.BUSY: "busy"}

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
    Column("WORKSPACE", lambda row: Cell(row.operation.target.holder, "dim"), 4),
)


class OperationsScreen(HouseScreen):
    """All operations of this run, the newest first, and the events of the one under the cursor.

    Args:
        session: The run.
        chosen: The id of the operation under the cursor at first; None for the newest.
    """

    opened_by = "operations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e,enter",
            "correct",
            "Correct and retry",
            id="operations.correct",
            tooltip="Open what led to this failure, as it was",
        ),
        Binding(
            "x",
            "stop_watching",
            "Stop watching",
            id="operations.stop-watching",
            tooltip="Watch it no more; Azure goes on with it",
        ),
        Binding("c", "copy", "Copy", id="operations.copy", tooltip="Copy the events, with Azure's ids"),
    ]

    def __init__(self, session: Session, chosen: int | None = None) -> None:
        super().__init__(session)
        self._chosen = chosen

    def content(self) -> Iterable[Widget]:
        """The operations, then the events of one."""
        yield ResourceTable(_COLUMNS, lambda row: str(row.operation.id), lambda row: -row.operation.id, id="operations")
        yield ProblemPanel(id="problem")
        with Tail(id="events"):
            yield Static("", id="log", markup=False)

    @property
    def place(self) -> str:
        """The name of the screen."""
        return "operations"

    def on_mount(self) -> None:
        """Show the operations of this run."""
        self._table.say("Nothing was changed in this run. What you attach or detach is shown here.")
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
        self._table.replace(_Row(one, duration(one.elapsed(now))) for one in self.session.operations.operations())

    @on(ResourceTable.Highlighted)
    def _show(self) -> None:
        operation = self._current
        panel = self.query_one(ProblemPanel)
        if operation is None:
            panel.show_problem(None)
            self.query_one("#log", Static).update("")
            self.say(("Operations", "bold"))
            return
        now = self.session.operations.now()
        self.say(
            (f"{operation.verb.value} {operation.target.name}", "bold"),
            f" · {progress_words(operation, now)}",
        )
        failed = operation.end if isinstance(operation.end, Failed) else None
        both = isinstance(operation.end, Failed) and operation.end.found is not None
        hint = f"{'e shows both changes' if both else _CORRECTIONS[operation.verb]} · c copies this"
        if (failed.problem if failed else None) is not panel.problem or failed is None:
            panel.show_problem(failed.problem if failed else None, hint)
        self.query_one("#log", Static).update(_log(operation))
        self.show_keys()

    def operation_changed(self, operation: Operation) -> None:
        """Show the new event."""
        self._fill()

    def tick(self) -> None:
        """Count the seconds."""
        self._fill()

    # Keys

    def why_not(self, action: str) -> str | None:
        """Why a key does not apply to the operation under the cursor."""
        operation = self._current
        if operation is None:
            return None if action not in ("correct", "stop_watching", "copy") else "There is no operation here."
        if action == "correct":
            return None if isinstance(operation.end, Failed) else "Only what has failed can be corrected."
        if action == "stop_watching":
            return operation.why_watched
        return None

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
            if operation.has_steps:
                self.say(("Azure goes on with this step; the steps after it are not done.", "$warning"))

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
            return glyph(Tone.NEUTRAL), "not watched any more", "Azure goes on with it"


def _in_step(step: str, words: str) -> str:
    return f"{step:<9} {words}" if step else words
