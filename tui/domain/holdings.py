"""Who is told that a request is held back, however deep below them it is sent."""

from collections.abc import Callable
from contextvars import ContextVar

from tui.domain.ports import Holding

THROTTLED = "throttled"
AT_LIMIT = "at Azure's rate limit"
"""The reasons that say that Azure wants fewer requests."""

FOR_AZ = "az is asked for a token"

_listener: ContextVar[Callable[[Holding], None] | None] = ContextVar("holdings", default=None)


def hear_holdings(listener: Callable[[Holding], None]) -> None:
    """Have a function called for every request that this task, or a task that it makes, holds back.

    Args:
        listener: Takes the place of an earlier one; called in the task's own thread.
    """
    _listener.set(listener)


def tell_holding(holding: Holding) -> None:
    """Tell whoever listens for this task, if anybody does, that a request is held back."""
    listener = _listener.get()
    if listener is not None:
        listener(holding)
