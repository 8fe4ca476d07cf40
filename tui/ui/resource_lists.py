"""The lists of a screen: each is read once, and its watchers see the items arrive."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.identity import UserAssignedIdentity
from tui.domain.ports import AzureReads, Listing, Page, RequestWait
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment
from tui.domain.spark import SparkPool
from tui.domain.synapse_network import SynapseNetwork
from tui.domain.uses import Uses
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace
from tui.operations.listings import pool_roles, single
from tui.operations.service import Operations
from tui.ui.reads import Reads

T = TypeVar("T")


@dataclass(slots=True)
class CachedList(Generic[T]):
    """One list, as far as it has been read.

    Attributes:
        items: The items so far.
        unreadable: Why items could not be read, a sentence each.
        complete: Whether all items have arrived.
        problem: Why it could not be read, or not completely.
        waiting: What the read waits for, in a few words; empty if for nothing.
        as_of: When its first page was read; None before that.
    """

    topic: str
    read: Callable[[AzureReads], Listing[T]] | None
    items: list[T] = field(default_factory=list)
    complete: bool = False
    problem: Problem | None = None
    waiting: str = ""
    unreadable: list[str] = field(default_factory=list)
    as_of: datetime | None = None
    watchers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def unread_words(self) -> str:
        """How many items could not be read; empty if all could."""
        if not self.unreadable:
            return ""
        return f"{len(self.unreadable)} more cannot be read and {'is' if len(self.unreadable) == 1 else 'are'} left out"

    def add(self, items: Iterable[T]) -> None:
        """Add items, and notify the watchers."""
        self.items.extend(items)
        for watcher in tuple(self.watchers):
            watcher()

    def take(self, page: Page[T]) -> None:
        """Add a page, and notify the watchers."""
        self.unreadable.extend(page.unreadable)
        self.waiting, self.as_of = "", self.as_of or page.as_of
        self.add(page.items)

    def held(self, request_wait: RequestWait) -> None:
        """Note what the read waits for, and notify the watchers."""
        self.waiting = f"waiting, {request_wait.text}"
        self.add(())

    def end(self, problem: Problem | None) -> None:
        """Note the end of the read, and notify the watchers."""
        self.complete, self.problem, self.waiting = problem is None, problem, ""
        self.add(())


def complete_list(items: list[T]) -> CachedList[T]:
    """A list that is not read from Azure; items may be added later."""
    return CachedList("", None, items, complete=True)


class ResourceLists:
    """The lists of one screen; each is read when it is first requested.

    Args:
        reads: Holds the reads, and ends them with the screen.
        operations: Reads from Azure.
    """

    def __init__(self, reads: Reads, operations: Operations) -> None:
        self._reads = reads
        self._operations = operations
        self._by_topic: dict[str, CachedList[Any]] = {}
        self._created: list[UserAssignedIdentity] = []

    def subscriptions(self) -> CachedList[Subscription]:
        """All subscriptions."""
        return self._list("subscriptions", lambda azure: azure.subscriptions())

    def workspaces(self, subscription: str) -> CachedList[Workspace]:
        """The Azure Machine Learning workspaces of a subscription."""
        return self._list(f"workspaces:{subscription}", lambda azure: azure.workspaces(subscription))

    def computes(self, workspace: ResourceId) -> CachedList[Compute]:
        """The computes of a workspace."""
        return self._list(f"computes:{workspace.key}", lambda azure: azure.computes(workspace))

    def synapse_workspaces(self, subscription: str) -> CachedList[SynapseWorkspace]:
        """The Synapse workspaces of a subscription."""
        return self._list(f"synapse:{subscription}", lambda azure: azure.synapse_workspaces(subscription))

    def spark_pools(self, workspace: ResourceId) -> CachedList[SparkPool]:
        """The Spark pools of a Synapse workspace."""
        return self._list(f"pools:{workspace.key}", lambda azure: azure.spark_pools(workspace))

    def identities(self, subscription: str) -> CachedList[UserAssignedIdentity]:
        """The user-assigned identities of a subscription."""
        return self._list(f"identities:{subscription}", lambda azure: azure.identities(subscription))

    def add_identity(self, identity: UserAssignedIdentity) -> None:
        """Read the identities of a subscription again for a new one, which Azure may list only later."""
        self._created.append(identity)
        self.read_again(self.identities(identity.id.subscription.lower()))

    def synapse_workspace(self, workspace: ResourceId) -> CachedList[SynapseWorkspace]:
        """One Synapse workspace, as a list of one."""
        return self._list(
            f"synapse workspace:{workspace.key}", lambda azure: single(azure.synapse_workspace(workspace))
        )

    def pool_roles(self, pool: ResourceId, *, fresh: bool = True) -> CachedList[RoleAssignment]:
        """The Synapse role assignments that reach a Spark pool.

        Args:
            pool: The pool.
            fresh: Whether they are read again, as a plan needs them.
        """
        return self._list(f"roles:{pool.key}", lambda azure: pool_roles(azure, pool), fresh=fresh)

    def uses(self, workspace: ResourceId) -> CachedList[Uses]:
        """Which attached pools run as which principals, in a workspace and others, as a list of one."""
        from tui.operations.uses import read_uses

        return self._list(f"uses:{workspace.key}", lambda azure: single(read_uses(azure, (workspace,))), fresh=True)

    def synapse_network(self, workspace: ResourceId) -> CachedList[SynapseNetwork]:
        """Everything about the network of a Synapse workspace, as a list of one."""
        from tui.operations.synapse_network import read_network

        return self._list(f"network:{workspace.key}", lambda azure: single(read_network(azure, workspace)))

    def read_again(self, listed: CachedList[Any]) -> None:
        """Read a list again, if it comes from Azure."""
        if listed.read is None:
            return
        listed.items, listed.complete, listed.problem, listed.waiting = [], False, None, ""
        listed.unreadable, listed.as_of = [], None
        self._reads.start(listed.topic, partial(self._fill, listed, listed.read, fresh=True))
        listed.add(())

    def _list(self, topic: str, read: Callable[[AzureReads], Listing[T]], *, fresh: bool = False) -> CachedList[T]:
        listed = self._by_topic.get(topic)
        if listed is None:
            listed = self._by_topic[topic] = CachedList(topic, read)
            self._reads.start(topic, partial(self._fill, listed, read, fresh=fresh))
        return cast("CachedList[T]", listed)

    async def _fill(self, listed: CachedList[T], read: Callable[[AzureReads], Listing[T]], *, fresh: bool) -> None:
        try:
            async for page in self._operations.pages(read, listed.held, fresh=fresh):
                listed.take(page)
            listed.add(self._take_created(listed))
        except Problem as problem:
            listed.end(problem)
        else:
            listed.end(None)

    def _take_created(self, listed: CachedList[Any]) -> list[Any]:
        """The new identities that belong into a list and are missing in it; the next read needs to have them."""
        here = [one for one in self._created if listed.topic == f"identities:{one.id.subscription.lower()}"]
        self._created = [one for one in self._created if one not in here]
        known = {one.id for one in listed.items} if here else set()
        return [one for one in here if one.id not in known]
