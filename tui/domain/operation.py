"""Long-running operations: typed, frozen events, and the record that consists of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from tui.domain.errors import Problem, RequestIds
from tui.domain.states import Tone

if TYPE_CHECKING:
    from tui.domain.plan import Request
    from tui.domain.resource_id import ResourceId
    from tui.domain.written import Written


LONG_STILL = timedelta(minutes=5)
"""How long without a change until the user is warned that it may be stuck."""


MOST_EVENTS = 300
"""How many events an operation keeps before progress in its middle is dropped."""
KEPT_AT_BEGINNING, KEPT_AT_END = 50, 200
"""How many events of a long operation are always kept at its start and at its end."""

DONE = {"attach": "attached", "update": "updated", "detach": "detached"}
"""For each step of a chain that writes a compute, the status that proves the write."""

RESUMED = "resumed"
"""The status of the first event after an operation was resumed."""


class Verb(Enum):
    """What an operation does to its compute, Spark pool, identity or storage account."""

    ATTACH = "attach"
    UPDATE = "update"
    DETACH = "detach"
    ROLES = "roles"
    CREATE_POOL = "create pool"
    CHANGE_POOL = "change pool"
    CREATE_IDENTITY = "create identity"
    AZURE_ROLES = "Azure roles"

    @property
    def noun(self) -> str:
        """What it is called in a sentence: `its change of roles is still running`."""
        words = {
            Verb.ROLES: "change of roles",
            Verb.CREATE_POOL: "creation",
            Verb.CHANGE_POOL: "change",
            Verb.CREATE_IDENTITY: "creation",
            Verb.AZURE_ROLES: "grant of Azure roles",
        }
        return words.get(self, self.value)

    @property
    def is_of_pool(self) -> bool:
        """Whether it writes a Spark pool."""
        return self in (Verb.CREATE_POOL, Verb.CHANGE_POOL)

    @property
    def is_of_roles(self) -> bool:
        """Whether it changes roles and nothing else."""
        return self in (Verb.ROLES, Verb.AZURE_ROLES)

    @property
    def is_of_compute(self) -> bool:
        """Whether it writes a compute, or roles that a compute may have."""
        return not self.is_of_pool and self is not Verb.CREATE_IDENTITY


class Watch(Enum):
    """Which program watches an operation that has not ended."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Started:
    """The intent, recorded before any request is sent.

    Attributes:
        before: The document of the resource before the write; None without one.
        after: The document to send; None for a detach.
    """

    at: datetime
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The latest progress.

    Attributes:
        status: Azure's own word (`InProgress`), or what the program itself is doing.
        note: A sentence that explains it, where needed.
        percent: Azure's `percentComplete`, if any.
        next_poll: When Azure is asked again.
        token: Where to continue polling after a restart, once Azure has accepted.
        ids: Azure's ids of the request behind this.
        step: The step of a longer operation; empty where there is only one.
        found: The resource as read just before its write is sent; None where there was none, and at any other time.
        tone: What a result of the step means for the user; None while the step goes on.
    """

    at: datetime
    status: str
    note: str = ""
    percent: float | None = None
    next_poll: datetime | None = None
    token: str | None = None
    ids: RequestIds = field(default_factory=RequestIds)
    step: str = ""
    found: Written | None = None
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    """The program waits, because Azure asked for it or the connection failed.

    Attributes:
        reason: Why, such as `throttled`.
        until: When it tries again.
        step: The step of a longer operation; empty where there is only one.
    """

    at: datetime
    reason: str
    until: datetime
    step: str = ""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The intended end.

    `resource` is what Azure shows now; None after a detach.
    """

    at: datetime
    resource: Written | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure.

    Attributes:
        problem: What failed, why and what to do.
        found: The resource as Azure shows it now, where someone else has changed it in the meantime.
        rest: What is left to do, where earlier steps are done; None to start again.
    """

    at: datetime
    problem: Problem
    found: Written | None = None
    rest: Request | None = None


@dataclass(frozen=True, slots=True)
class Unwatched:
    """The user stopped watching; Azure goes on."""

    at: datetime


Event = Started | Progress | Waited | Succeeded | Failed | Unwatched
End = Succeeded | Failed | Unwatched


@dataclass(frozen=True, slots=True)
class Operation:
    """One write and its events.

    Attributes:
        id: Unique within the journal.
        verb: What it does.
        target: The compute, Spark pool or identity, or what its roles are on.
        request: What was asked for, to fill the form again.
        events: In order; the first is `Started` once it runs.
        watch: Which program watches it.
        watcher: The other program that watches it, in a few words; empty if none does.
        other_cloud: The cloud that it is in, where that is not the program's; else empty.
    """

    id: int
    verb: Verb
    target: ResourceId
    request: Request
    events: tuple[Event, ...] = ()
    watch: Watch = Watch.HERE
    watcher: str = ""
    other_cloud: str = ""

    @property
    def compute(self) -> ResourceId | None:
        """The compute that it writes, or whose roles it changes; None for anything else."""
        from tui.domain.azure_grants import AzureGrants
        from tui.domain.role_change import RoleChange

        if not self.verb.is_of_compute:
            return None
        return self.request.compute if isinstance(self.request, RoleChange | AzureGrants) else self.target

    def with_event(self, event: Event) -> Operation:
        """The record with one more event; a long record drops some progress from its middle."""
        return replace(self, events=_shortened((*self.events, event)))

    @property
    def last(self) -> Event | None:
        """The latest event."""
        return self.events[-1] if self.events else None

    @property
    def has_started(self) -> bool:
        """Whether any of it has run, here or in an earlier program."""
        return any(isinstance(event, Started) for event in self.events)

    @property
    def end(self) -> End | None:
        """How it ended; None while it runs."""
        return self.last if isinstance(self.last, Succeeded | Failed | Unwatched) else None

    @property
    def is_running(self) -> bool:
        """Whether this program watches it."""
        return self.end is None and self.watch is Watch.HERE

    @property
    def is_interrupted(self) -> bool:
        """Whether it was interrupted: its program went away before the end."""
        return self.end is None and self.watch is Watch.NOBODY

    @property
    def is_watched_elsewhere(self) -> bool:
        """Whether another program watches it."""
        return self.end is None and self.watch is Watch.ELSEWHERE

    @property
    def is_open(self) -> bool:
        """Whether it ended here with something left to find out or to do, so that it can be resumed."""
        end = self.end
        if isinstance(end, Failed):
            return end.problem.outcome_unknown or end.rest is not None or self._is_half_done
        return isinstance(end, Unwatched)

    @property
    def is_unknown(self) -> bool:
        """Whether it ended here with an unknown outcome."""
        end = self.end
        return isinstance(end, Unwatched) or (isinstance(end, Failed) and end.problem.outcome_unknown)

    @property
    def _is_half_done(self) -> bool:
        """Whether the write of a chain is done, so that a failure leaves steps to do."""
        return any(isinstance(event, Progress) and event.status == DONE.get(event.step) for event in self.events)

    @property
    def why_not_continued(self) -> str | None:
        """Why it cannot be resumed; None if it can."""
        if self.is_open or self.is_interrupted:
            return self.why_out_of_reach
        if self.end is not None:
            return "It has ended."
        return "It is already watched here." if self.watch is Watch.HERE else f"{self.watcher} watches it."

    @property
    def why_out_of_reach(self) -> str | None:
        """Why nothing can be read or sent for it here, in one sentence; None if its cloud is the program's."""
        if not self.other_cloud:
            return None
        return f"It is in another cloud: sparkpool --cloud {self.other_cloud} reaches it."

    @property
    def status(self) -> str:
        """The state in a word or two, Azure's own where it gave one."""
        words = "starting" if self.events else "queued"
        match self.last:
            case _ if self.is_interrupted:
                words = "interrupted"
            case Progress(status=status):
                words = status
            case Waited(reason=reason):
                words = reason
            case Succeeded():
                words = "Succeeded"
            case Failed(problem=problem):
                words = "Canceled" if problem.kind.value == "canceled" else "Failed"
                words = "outcome unknown" if problem.outcome_unknown else words
            case Unwatched():
                words = "not watched"
        return words

    @property
    def why_watched(self) -> str | None:
        """Why the user cannot stop watching it; None while this program, or none, watches it."""
        if self.end is not None:
            unwatched = "No program watches it; Azure goes on with what it accepted."
            return unwatched if isinstance(self.end, Unwatched) else "It has ended."
        if self.is_watched_elsewhere:
            return f"{self.watcher} watches it."
        return None

    @property
    def has_steps(self) -> bool:
        """Whether it has several steps, of which this program sends the later ones."""
        return any(isinstance(event, Progress | Waited) and event.step for event in self.events)

    def elapsed(self, now: datetime) -> timedelta:
        """Time from the start to the end, or to now while it runs."""
        if not self.events:
            return timedelta(0)
        until = self.events[-1].at if self.end else now
        return max(until - self.events[0].at, timedelta(0))


def _shortened(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events, without the oldest minor one if there are too many."""
    if len(events) <= MOST_EVENTS:
        return events
    for index in range(KEPT_AT_BEGINNING, len(events) - KEPT_AT_END):
        if is_minor(events[index]):
            return (*events[:index], *events[index + 1 :])
    return events


def is_minor(event: Event) -> bool:
    """Whether an event only says that an operation continues, so that its record can do without it."""
    if isinstance(event, Waited):
        return True
    return isinstance(event, Progress) and event.next_poll is not None and event.token is None and event.found is None
