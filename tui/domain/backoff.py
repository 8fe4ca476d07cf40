"""How long to wait before Azure is asked again about something that takes a while: each schedule once."""

from math import inf
from typing import NamedTuple


class Backoff(NamedTuple):
    """Waits that grow up to a limit, which is higher once it has taken long.

    Attributes:
        first: The first wait, in seconds.
        longest: The longest wait, in seconds.
        patience: After how many seconds of waiting in all `seldom` is the longest wait.
        seldom: The longest wait from then on, in seconds.
        growth: By how much each wait is longer than the one before.
    """

    first: float
    longest: float
    patience: float = inf
    seldom: float = inf
    growth: float = 1.5

    def after(self, wait: float, waited: float = 0.0) -> float:
        """The wait that follows another one, in seconds.

        Args:
            wait: The last wait.
            waited: All waits so far.
        """
        return min(wait * self.growth, self.longest if waited < self.patience else self.seldom)


POLL = Backoff(first=2.0, longest=15.0, patience=600.0, seldom=60.0)
"""Between two looks at a resource that is being written."""
SYNAPSE = Backoff(first=5.0, longest=30.0)
"""Between two tries where Synapse does not know a principal yet, or does not count a grant yet."""
