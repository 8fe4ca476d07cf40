"""The network of a Spark pool's Synapse workspace, read when it is first looked at."""

from collections.abc import Callable
from datetime import datetime

from tui.domain.errors import Problem
from tui.domain.resource_id import ResourceId
from tui.domain.synapse_network import SynapseNetwork
from tui.ui.resource_lists import CachedList, ResourceLists


class PoolNetwork:
    """The network behind one Spark pool, as far as it was read.

    Attributes:
        workspace: The Synapse workspace.
        network: Its network; None until it was read.
        as_of: When the oldest part of that was read; None until then.

    Args:
        lists: Reads it, from the session's cache where it is known.
        workspace: The Synapse workspace.
    """

    def __init__(self, lists: ResourceLists, workspace: ResourceId) -> None:
        self._lists = lists
        self._listed: CachedList[SynapseNetwork] | None = None
        self.workspace = workspace
        self.network: SynapseNetwork | None = None
        self.as_of: datetime | None = None

    def read(self, changed: Callable[[], None]) -> None:
        """Start to read it, unless that was done; `changed` is called whenever more is known."""
        if self._listed is not None:
            return
        listed = self._listed = self._lists.synapse_network(self.workspace)

        def arrived() -> None:
            if listed.items:
                self.network, self.as_of = listed.items[0], listed.as_of
            changed()

        listed.watchers.append(arrived)
        arrived()

    def read_again(self) -> None:
        """Read it again, if it was read; what is known stays until then."""
        if self._listed is not None:
            self._lists.read_again(self._listed)

    @property
    def is_reading(self) -> bool:
        """Whether it is being read."""
        listed = self._listed
        return listed is not None and not listed.complete and listed.problem is None

    @property
    def waiting(self) -> str:
        """Why the read waits, in a few words; empty if it does not."""
        return self._listed.waiting if self._listed is not None else ""

    @property
    def problem(self) -> Problem | None:
        """Why it could not be read, or not again."""
        return self._listed.problem if self._listed is not None else None
