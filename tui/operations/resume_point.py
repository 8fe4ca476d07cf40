"""How far an operation was when its program stopped watching it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.domain.operation import DONE, Event, Progress, Unwatched, Waited

if TYPE_CHECKING:
    from datetime import datetime

    from tui.domain.written import Written

SENDING, GRANTING, REMOVING = "sending", "granting", "removing"
"""The statuses that are recorded just before the write of a resource, a grant or a removal is sent; without one, it was
not sent."""

ATTACHED, UPDATED, DETACHED = DONE["attach"], DONE["update"], DONE["detach"]
"""The statuses that prove that the write of a chain was done."""

_LEAVING = (SENDING, GRANTING, REMOVING)


def announces_write(event: Event) -> bool:
    """Whether a write is sent right after this event, so that the event must be durable first."""
    return isinstance(event, Progress) and event.status in _LEAVING and event.next_poll is None


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What the events of an operation, or of one of its steps, prove.

    Attributes:
        sent: Whether its write may have been sent.
        token: Where to continue following Azure; None if it is unknown whether Azure accepted it.
        completed: The statuses that it had.
        found: The resource just before its write may have been sent; None where there was none.
        sent_at: When its write may last have been sent; None if it cannot have been.
        was_left: Whether the user stopped watching it.
    """

    sent: bool = False
    token: str | None = None
    completed: frozenset[str] = frozenset()
    found: Written | None = None
    sent_at: datetime | None = None
    was_left: bool = False

    @classmethod
    def of(cls, events: Iterable[Event], step: str = "") -> ResumePoint:
        """Read all events of an operation, or of one step."""
        events = tuple(events)
        mine = [one for one in events if isinstance(one, Progress | Waited) and one.step == step]
        tokens = [one.token for one in mine if isinstance(one, Progress) and one.token]
        completed = frozenset(one.status for one in mine if isinstance(one, Progress))
        sendings = [one for one in mine if isinstance(one, Progress) and one.status == SENDING]
        last = sendings[-1] if sendings else None
        return cls(
            last is not None,
            tokens[-1] if tokens else None,
            completed,
            last.found if last is not None else None,
            last.at if last is not None else None,
            any(isinstance(one, Unwatched) for one in events),
        )


def may_have_written(events: Iterable[Event]) -> bool:
    """Whether Azure may have accepted any write of an operation: of its compute, or of a role."""
    return any(isinstance(one, Progress) and (one.token or one.status in _LEAVING) for one in events)
