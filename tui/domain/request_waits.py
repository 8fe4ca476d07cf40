"""Reports waiting requests to a listener, however deep in the call stack they are sent."""

from collections.abc import Callable
from contextvars import ContextVar

from tui.domain.ports import RequestWait

THROTTLED = "throttled"
AT_LIMIT = "at Azure's rate limit"
"""The reasons that mean that Azure asks for fewer requests."""

FOR_AZ = "az is asked for a token"

_listener: ContextVar[Callable[[RequestWait], None] | None] = ContextVar("request_waits", default=None)


def report_waits_to(listener: Callable[[RequestWait], None]) -> None:
    """Call a function for each request that this task, or a task that it creates, delays.

    It replaces an earlier listener, and is called in the task's own thread.
    """
    _listener.set(listener)


def report_wait(request_wait: RequestWait) -> None:
    """Report a delayed request to the listener of this task, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(request_wait)
