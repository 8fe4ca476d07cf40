"""By which way a request was signed in, told to whoever says what became of it, however far above it was sent."""

from contextvars import ContextVar
from dataclasses import dataclass

from tui.domain.sign_in import Way


@dataclass(slots=True)
class WayInUse:
    """The way that gave the last token; None where no token was asked for, or where it is not known."""

    way: Way | None = None


_listener: ContextVar[WayInUse | None] = ContextVar("way in use", default=None)


def hear_way() -> WayInUse:
    """What is told from now on in this task, and in each task that it makes."""
    found = WayInUse()
    _listener.set(found)
    return found


def tell_way(way: Way | None) -> None:
    """Tell whoever listens for this task, if anybody does, by which way a request is signed in."""
    listener = _listener.get()
    if listener is not None:
        listener.way = way
