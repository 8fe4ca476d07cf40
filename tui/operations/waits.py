"""Increasing waits of an operation, with a limit on their sum."""

from tui.domain.backoff import ROLES
from tui.domain.principals import Principal
from tui.operations.run import Run

PRINCIPAL_SECONDS = 300.0
"""How long Azure's and Synapse's roles may need to know a new identity."""
TYPED_SECONDS = 30.0
"""How long to retry with an unknown object id that the user typed: it may be mistyped."""


class Waits:
    """Reports and does waits that grow; `seconds` is how long they may last together."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self._until = run.clock.monotonic() + seconds
        self._next = ROLES.first

    @property
    def left(self) -> bool:
        """Whether there is time for another."""
        return self._run.clock.monotonic() < self._until

    async def wait(self, reason: str) -> None:
        """Report and do a wait that is longer than the last one, within the limit."""
        remaining = self._until - self._run.clock.monotonic()
        seconds = min(self._next, remaining) if remaining > 0 else self._next
        self._next = ROLES.after(self._next)
        await self._run.wait(seconds, reason)


def for_principal(run: Run, principal: Principal) -> Waits:
    """The waits while a principal is unknown."""
    return Waits(run, TYPED_SECONDS if principal.is_typed else PRINCIPAL_SECONDS)
