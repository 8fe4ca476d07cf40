"""Whether what a write is about to do has been recorded, asked just before its request leaves."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from tui.domain.errors import Problem

Ask = Callable[[], Problem | None]

_ask: ContextVar[Ask | None] = ContextVar("recording", default=None)


def answer_recording(ask: Ask) -> None:
    """Set who knows it for this task and the tasks that it makes.

    Args:
        ask: Gives the reason why the event that was yielded last could not be recorded; None if it was.
    """
    _ask.set(ask)


def why_not_recorded() -> Problem | None:
    """Why the event that was yielded last could not be recorded durably, so that nothing may be sent; None if it was.

    Where nobody records, as in a test of one operation, nothing is refused.
    """
    ask = _ask.get()
    return ask() if ask is not None else None


def require_recorded() -> None:
    """Go on only if the event that was yielded last is recorded durably.

    Raises:
        Problem: If it is not; nothing was sent.
    """
    refusal = why_not_recorded()
    if refusal is not None:
        refusal.had_no_effect = True
        raise refusal
