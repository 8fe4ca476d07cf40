"""Lists that several steps look into: each is read once, and whoever shows it follows the reading."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.identity import UserAssignedIdentity
from tui.domain.ports import Holding, Page
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment
from tui.domain.spark import SparkPool
from tui.domain.uses import Uses
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace
from tui.operations.service import Deliver, Delivery, Ended, Operations, Reading
from tui.ui.reads import Reads

T = TypeVar("T")


@dataclass(slots=True)
class Shelf(Generic[T]):
    """One list, as far as it has been read.

    Attributes:
        items: What has come so far.
        unreadable: Why items of it could not be read, a sentence each.
        complete: Whether all of it has come.
        problem: Why it could not be read, or not to its end.
        waiting: What the reading waits for, in a few words; empty if for nothing.
    """

    topic: str
    begin: Callable[[Deliver[T]], Reading[T]] | None
    items: list[T] = field(default_factory=list)
    complete: bool = False
    problem: Problem | None = None
    waiting: str = ""
    unreadable: list[str] = field(default_factory=list)
    watchers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def unread_words(self) -> str:
        """How many of its items could not be read, and why the first of them; empty where all could."""
        if not self.unreadable:
            return ""
        return f"{len(self.unreadable)} more cannot be read and {'is' if len(self.unreadable) == 1 else 'are'} left out"

    def add(self, items: Iterable[T]) -> None:
        """Add items, and tell the watchers."""
        self.items.extend(items)
        for watcher in tuple(self.watchers):
            watcher()

    def take(self, delivery: Delivery[T]) -> None:
        """Add what a read delivered, and tell the watchers."""
        match delivery:
            case Page(items=items, unreadable=unreadable):
                self.items.extend(items)
                self.unreadable.extend(unreadable)
                self.waiting = ""
            case Holding(words=words):
                self.waiting = f"waiting, {words}"
            case Ended(problem=problem):
                self.complete, self.problem, self.waiting = problem is None, problem, ""
        for watcher in tuple(self.watchers):
            watcher()


def whole(items: list[T]) -> Shelf[T]:
    """A list that needs no reading, because all of it is known; more may be added to it."""
    return Shelf("", None, items, complete=True)


class Catalog:
    """The lists of one screen; asking for one begins to read it.

    Args:
        reads: Holds the reads, and ends them with the screen.
        operations: Reads.
    """

    def __init__(self, reads: Reads, operations: Operations) -> None:
        self._reads = reads
        self._operations = operations
        self._shelves: dict[str, Shelf[Any]] = {}

    def subscriptions(self) -> Shelf[Subscription]:
        """All subscriptions."""
        return self._shelf("subscriptions", self._operations.subscriptions)

    def workspaces(self, subscription: str) -> Shelf[Workspace]:
        """The Azure Machine Learning workspaces of a subscription."""
        return self._shelf(
            f"workspaces:{subscription}", lambda deliver: self._operations.workspaces(subscription, deliver)
        )

    def computes(self, workspace: ResourceId) -> Shelf[Compute]:
        """The computes of a workspace."""
        return self._shelf(f"computes:{workspace.key}", lambda deliver: self._operations.computes(workspace, deliver))

    def synapse_workspaces(self, subscription: str) -> Shelf[SynapseWorkspace]:
        """The Synapse workspaces of a subscription."""
        return self._shelf(
            f"synapse:{subscription}", lambda deliver: self._operations.synapse_workspaces(subscription, deliver)
        )

    def spark_pools(self, workspace: ResourceId) -> Shelf[SparkPool]:
        """The Spark pools of a Synapse workspace."""
        return self._shelf(f"pools:{workspace.key}", lambda deliver: self._operations.spark_pools(workspace, deliver))

    def identities(self, subscription: str) -> Shelf[UserAssignedIdentity]:
        """The user-assigned identities of a subscription."""
        return self._shelf(
            f"identities:{subscription}", lambda deliver: self._operations.identities(subscription, deliver)
        )

    def synapse_workspace(self, workspace: ResourceId) -> Shelf[SynapseWorkspace]:
        """One Synapse workspace, as a list of one."""
        return self._shelf(
            f"synapse workspace:{workspace.key}", lambda deliver: self._operations.synapse_workspace(workspace, deliver)
        )

    def pool_roles(self, pool: ResourceId) -> Shelf[RoleAssignment]:
        """The Synapse role assignments that reach a Spark pool."""
        return self._shelf(f"roles:{pool.key}", lambda deliver: self._operations.pool_roles(pool, deliver))

    def uses(self, workspace: ResourceId) -> Shelf[Uses]:
        """Which attached pools run as which principals, in a workspace and beside it, as a list of one."""
        return self._shelf(f"uses:{workspace.key}", lambda deliver: self._operations.uses([workspace], deliver))

    def read_again(self, shelf: Shelf[Any]) -> None:
        """Read a list anew, if it is one that is read."""
        if shelf.begin is None:
            return
        shelf.items, shelf.complete, shelf.problem, shelf.waiting = [], False, None, ""
        shelf.unreadable = []
        self._reads.start(shelf.topic, shelf.begin, shelf.take)
        for watcher in tuple(shelf.watchers):
            watcher()

    def _shelf(self, topic: str, begin: Callable[[Deliver[T]], Reading[T]]) -> Shelf[T]:
        shelf = self._shelves.get(topic)
        if shelf is None:
            shelf = self._shelves[topic] = Shelf(topic, begin)
            self._reads.start(topic, begin, shelf.take)
        return cast("Shelf[T]", shelf)
