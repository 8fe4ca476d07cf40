"""How far an operation had come when the program that watched it went away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.domain.operation import Event, Progress, Waited

if TYPE_CHECKING:
    from tui.domain.compute import Compute

SENDING, GRANTING, REMOVING = "sending", "granting", "removing"
"""The statuses that are recorded just before a write of a compute, a grant or a removal leaves; without one, it was not
sent."""

ATTACHED, UPDATED, DETACHED = "attached", "updated", "detached"
"""The statuses that prove that the write of a chain was done."""


def announces_write(event: Event) -> bool:
    """Whether a write leaves right after this event, so that the event must be durable before."""
    return isinstance(event, Progress) and event.status in (SENDING, GRANTING, REMOVING) and event.next_poll is None


@dataclass(frozen=True, slots=True)
class Past:
    """What the events of an operation, or of one of its steps, prove.

    Attributes:
        sent: Whether its write may have left.
        token: From where Azure's work can be followed; None where it is not known that Azure accepted it.
        reached: The statuses that it had.
        found: The compute as it was just before its write may have left; None where there was none.
    """

    sent: bool = False
    token: str | None = None
    reached: frozenset[str] = frozenset()
    found: Compute | None = None

    @classmethod
    def of(cls, events: Iterable[Event], step: str = "") -> Past:
        """Read the events of an operation.

        Args:
            events: All of them.
            step: The step of interest; empty for an operation of one step.
        """
        mine = [one for one in events if isinstance(one, Progress | Waited) and one.step == step]
        tokens = [one.token for one in mine if isinstance(one, Progress) and one.token]
        reached = frozenset(one.status for one in mine if isinstance(one, Progress))
        sendings = [one for one in mine if isinstance(one, Progress) and one.status == SENDING]
        found = sendings[-1].found if sendings else None
        return cls(bool(sendings), tokens[-1] if tokens else None, reached, found)
