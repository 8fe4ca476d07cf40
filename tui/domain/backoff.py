"""How long to wait before asking Azure again about something that takes time."""

from math import inf
from typing import NamedTuple


class Backoff(NamedTuple):
    """Waits that grow up to a limit, and up to a higher one after a while; all in seconds.

    Attributes:
        first: The first wait.
        longest: The longest wait.
        patience: The total time after which `seldom` replaces `longest`.
        seldom: The longest wait from then on.
        growth: The factor from one wait to the next.
    """

    first: float
    longest: float
    patience: float = inf
    seldom: float = inf
    growth: float = 1.5

    def after(self, wait: float, waited: float = 0.0) -> float:
        """The next wait, in seconds, after a wait and all waits so far."""
        return min(wait * self.growth, self.longest if waited < self.patience else self.seldom)


POLL = Backoff(first=2.0, longest=15.0, patience=600.0, seldom=60.0)
"""Between two reads of a resource that is being written."""
ROLES = Backoff(first=5.0, longest=30.0)
"""Between two tries while a principal is unknown, or a grant is not shown or applied, yet."""
