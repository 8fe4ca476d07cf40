"""The steps of an operation: which it has, and how far each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants
from tui.domain.edit import ComputeEdit
from tui.domain.operation import DONE, RESUMED, End, Event, Failed, Progress, Started, Succeeded, Waited
from tui.domain.plan import Detachment
from tui.domain.role_change import RoleChange, RoleMove
from tui.domain.roles import RoleDefinition
from tui.domain.states import Tone

if TYPE_CHECKING:
    from tui.domain.operation import Operation
    from tui.domain.plan import Request

IDENTITY_FOUND = "identity found"
"""The status that completes the step `identity`."""

WORDS = {
    "preflight": "check first",
    "attach": "attach",
    "update": "update",
    "detach": "detach",
    "identity": "find identity",
    "grant": "grant role",
    "remove": "remove role",
    "verify": "verify role",
}
"""Every step, and what it is called on the screen."""

_SEVERITY = (Tone.NEUTRAL, Tone.GOOD, Tone.WARNING, Tone.BAD)


class StepState(Enum):
    """How far a step is; each value is its word on the screen."""

    DONE = "done"
    RUNNING = "running"
    TO_COME = "to come"
    SKIPPED = "not needed"
    INTERRUPTED = "interrupted"
    UNWATCHED = "not watched"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"
    NOT_DONE = "not done"


_NOT_BEGUN = (StepState.TO_COME, StepState.SKIPPED, StepState.NOT_DONE)


@dataclass(frozen=True, slots=True)
class Item:
    """A step of an operation, in its checklist.

    Attributes:
        step: Its name in the events, a key of `WORDS`.
        state: How far it is.
        tone: What its finding means; neutral while it has none.
        finding: What it found, or is doing, in a few words; may be empty.
        note: A sentence that explains it; may be empty.
        took: How long it ran, without the time in which no program watched it; None if it has not begun.
    """

    step: str
    state: StepState
    tone: Tone = Tone.NEUTRAL
    finding: str = ""
    note: str = ""
    took: timedelta | None = None


def steps_of(request: Request) -> tuple[str, ...]:
    """The steps of a request in their order, by their names in the events; none for a single write.

    A move of roles can grant twice: before the update to the identities that are known, and after it to the new
    system-assigned principal.
    """
    steps: tuple[str, ...] = ()
    match request:
        case Attachment(role=RoleDefinition()) | ComputeEdit(role=RoleDefinition()):
            is_attached = isinstance(request, ComputeEdit) and request.only_grants
            steps = ("preflight", *(() if is_attached else ("attach",)), "identity", "grant", "verify")
        case ComputeEdit(move=RoleMove() as move):
            minted = ("identity", "grant") if move.mints else ()
            verified = ("verify",) if move.mints and move.role.uses_compute else ()
            last = (*minted, *_steps_of_roles(move.last()), *verified)
            steps = ("preflight", *_steps_of_roles(move.first), "update", *last)
        case Detachment(roles=RoleChange() as roles):
            steps = ("detach", *_steps_of_roles(roles))
        case RoleChange():
            steps = _steps_of_roles(request)
        case AzureGrants():
            steps = ("grant", "verify")
    return steps


def _steps_of_roles(change: RoleChange) -> tuple[str, ...]:
    """Grants, then removals, then the proof of the grants that let jobs run."""
    granted = ("grant",) if change.grants else ()
    removed = ("remove",) if change.removals else ()
    verified = ("verify",) if any(one.role.uses_compute for one in change.grants) else ()
    return (*granted, *removed, *verified)


def checklist(operation: Operation, now: datetime) -> tuple[Item, ...]:
    """How far each step of an operation is, in order; empty for a single write."""
    steps = steps_of(operation.request)
    if not steps:
        return ()
    walk = _Walk(steps)
    for event in operation.events:
        walk.take(event)
    end = operation.end
    if end is None and not operation.is_interrupted:
        walk.pass_time(now)
    current = walk.current if operation.has_started else -1
    if current is None and end is not None and not isinstance(end, Succeeded):
        current = len(steps) - 1
    return tuple(_item(walk, place, _state(walk, place, current, operation)) for place in range(len(steps)))


def _state(walk: _Walk, place: int, current: int | None, operation: Operation) -> StepState:
    end, has_begun = operation.end, bool(walk.events[place])
    if isinstance(end, Succeeded) or current is None or place < current:
        return StepState.DONE if has_begun else StepState.SKIPPED
    if place == current:
        return _of_current(operation, end)
    if isinstance(end, Failed) and walk.is_in_this_run[place]:
        return StepState.DONE
    return StepState.TO_COME if end is None and not operation.is_interrupted else StepState.NOT_DONE


def _of_current(operation: Operation, end: End | None) -> StepState:
    """The state of the step at which an operation is."""
    if operation.is_interrupted:
        return StepState.INTERRUPTED
    if end is None:
        return StepState.RUNNING
    if not isinstance(end, Failed):
        return StepState.UNWATCHED
    if end.problem.outcome_unknown:
        return StepState.UNKNOWN
    return StepState.CANCELED if end.problem.kind.value == "canceled" else StepState.FAILED


class _Walk:
    """Follows the events of an operation through its steps.

    Attributes:
        steps: The steps, in order.
        current: The place of the step at which it is; None after the last.
        events: The events of each step.
        is_in_this_run: Whether each step had an event since the operation was last resumed.
        took: How long each step ran.
        end: How the operation ended; None while it has not.
    """

    def __init__(self, steps: tuple[str, ...]) -> None:
        self.current: int | None = 0
        self.events: list[list[Progress | Waited]] = [[] for _ in steps]
        self.is_in_this_run = [False] * len(steps)
        self.took = [timedelta(0)] * len(steps)
        self.end: End | None = None
        self.steps = steps
        self._complete: set[int] = set()
        self._last: datetime | None = None

    def take(self, event: Event) -> None:
        """Note the next event."""
        if isinstance(event, Progress) and event.status == RESUMED and not event.step:
            # Nothing watched it until now; what was not a write is looked at again.
            self._last = event.at
            self._complete = {place for place in self._complete if self.steps[place] in DONE}
            self.is_in_this_run = [False] * len(self.steps)
            return
        if isinstance(event, Progress | Waited) and event.step:
            self._take_from_step(event)
        elif not isinstance(event, Started):
            self.pass_time(event.at)
        self._last = event.at
        self.end = event if isinstance(event, End) else None

    def _take_from_step(self, event: Progress | Waited) -> None:
        place = self._place_of(event.step)
        if place is None:
            return
        self.current = place
        self.pass_time(event.at)
        self.events[place].append(event)
        self.is_in_this_run[place] = True
        if isinstance(event, Progress) and _completes(event):
            self._complete.add(place)
            self.current = self._after(place)

    def pass_time(self, until: datetime) -> None:
        """Add the time since the last event to the current step."""
        if self.current is not None and self._last is not None:
            self.took[self.current] += max(until - self._last, timedelta(0))

    def _place_of(self, step: str) -> int | None:
        """The place of a step in the chain; what comes from a complete one is about the next."""
        places = [place for place, one in enumerate(self.steps) if one == step]
        if not places:
            return None
        is_written = any(self.steps[place] in DONE for place in self._complete)
        place = places[-1 if is_written else 0]
        after = self._after(place)
        return after if place in self._complete and after is not None else place

    def _after(self, place: int) -> int | None:
        return place + 1 if place + 1 < len(self.steps) else None


def _completes(event: Progress) -> bool:
    return event.status == DONE.get(event.step) or (event.step, event.status) == ("identity", IDENTITY_FOUND)


def _item(walk: _Walk, place: int, state: StepState) -> Item:
    step, events = walk.steps[place], walk.events[place]
    if state in _NOT_BEGUN:
        return Item(step, state)
    took = walk.took[place]
    if state in (StepState.FAILED, StepState.CANCELED, StepState.UNKNOWN) and isinstance(walk.end, Failed):
        return Item(step, state, Tone.BAD, walk.end.problem.title, took=took)
    found = [one for one in events if isinstance(one, Progress) and one.tone is not None]
    if state is StepState.DONE and found:
        return Item(step, state, *_summary(found), took)
    if not events:
        return Item(step, state, took=took)
    last = events[-1]
    if isinstance(last, Waited):
        return Item(step, state, Tone.WARNING, "waiting", last.reason, took)
    note = last.note if last.percent is None else " · ".join(filter(None, (f"{last.percent:g} %", last.note)))
    return Item(step, state, last.tone or Tone.NEUTRAL, last.status, note, took)


def _summary(found: Iterable[Progress]) -> tuple[Tone, str, str]:
    """The findings of a step as one: the worst, or all of them if they are equally good."""
    tone = max((one.tone or Tone.NEUTRAL for one in found), key=_SEVERITY.index)
    notes: dict[str, dict[str, None]] = {}
    for one in found:
        if one.tone is tone:
            notes.setdefault(one.status, {})[one.note] = None
    finding = " · ".join(f"{status} ({len(of)})" if len(of) > 1 else status for status, of in notes.items())
    is_several = len(notes) > 1 and tone is Tone.GOOD
    return tone, finding, "" if is_several else _joined(note for of in notes.values() for note in of if note)


def _joined(notes: Iterable[str]) -> str:
    """Notes as one text; those that are not sentences are separated by semicolons."""
    text = ""
    for note in notes:
        separator = "" if not text else " " if text.endswith((".", "!", "?")) else "; "
        text += f"{separator}{note}"
    return text
