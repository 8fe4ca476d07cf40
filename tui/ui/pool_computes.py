"""Which computes of the open Azure ML workspace attach a Spark pool."""

from collections.abc import Callable

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.ordering import by_name
from tui.domain.pool_consequences import attached_sentence, unknown_computes_sentence
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkPool
from tui.ui.resource_lists import CachedList, ResourceLists


class PoolComputes:
    """The computes that attach one Spark pool, as far as the list of the workspace was read.

    Args:
        lists: Reads the list, from the session's cache where it is known.
        workspace: The open Azure ML workspace; None if none is open.
        pool: The Spark pool.
    """

    def __init__(self, lists: ResourceLists, workspace: ResourceId | None, pool: ResourceId) -> None:
        self._lists = lists
        self._pool = pool
        self.workspace = workspace

    @property
    def _listed(self) -> CachedList[Compute] | None:
        return self._lists.computes(self.workspace) if self.workspace is not None else None

    def read(self, changed: Callable[[], None]) -> None:
        """Start to read them; `changed` is called whenever more is known."""
        listed = self._listed
        if listed is not None:
            listed.watchers.append(changed)

    def read_again(self) -> None:
        """Read them again."""
        listed = self._listed
        if listed is not None:
            self._lists.read_again(listed)

    @property
    def is_reading(self) -> bool:
        """Whether the list is still being read."""
        listed = self._listed
        return listed is not None and not listed.complete and listed.problem is None

    @property
    def waiting(self) -> str:
        """Why the read waits, in a few words; empty if it does not."""
        listed = self._listed
        return listed.waiting if listed is not None else ""

    @property
    def problem(self) -> Problem | None:
        """Why the list could not be read."""
        listed = self._listed
        return listed.problem if listed is not None else None

    @property
    def computes(self) -> list[Compute]:
        """The computes found so far, by name."""
        listed = self._listed
        found = listed.items if listed is not None else []
        attached = (one for one in found if one.is_spark_pool and one.attached_to == self._pool)
        return sorted(attached, key=lambda one: by_name(one.name))

    def sentence(self, pool: SparkPool) -> str:
        """Which computes a change of the Spark pool also changes, as far as that is known."""
        if self.workspace is None or self.problem is not None or self.is_reading:
            return unknown_computes_sentence(pool, self.workspace.name if self.workspace is not None else "")
        return attached_sentence(pool, self.workspace.name, [one.name for one in self.computes])
