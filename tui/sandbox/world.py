"""The state of the simulated Azure: resources as the JSON documents that Azure would send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.sandbox.http import Document
from tui.sandbox.names import guid


class Shelf:
    """Resources of one type by ARM id, in any letter case, in the order they were added.

    Args:
        documents: What stands on it to begin with; each has an ``id``.
    """

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._documents: dict[str, Document] = {}
        self._under: dict[str, dict[str, Document]] = {}
        for document in documents:
            self.put(document)

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._documents.values()))

    def get(self, arm_id: str) -> Document | None:
        """Return the resource with that id, or None."""
        return self._documents.get(arm_id.lower())

    def under(self, scope: str) -> list[Document]:
        """Return the resources in a subscription, a resource group or a parent resource."""
        return list(self._under.get(scope.lower(), {}).values())

    def put(self, document: Document) -> None:
        """Add the resource, or replace the one that has its id."""
        key = document["id"].lower()
        self._documents[key] = document
        for scope in _scopes(key):
            self._under.setdefault(scope, {})[key] = document

    def remove(self, arm_id: str) -> None:
        """Take the resource away, if it is there."""
        key = arm_id.lower()
        if self._documents.pop(key, None) is not None:
            for scope in _scopes(key):
                del self._under[scope][key]


class DefaultWorkspace(NamedTuple):
    """The AML workspace that the sandbox opens with.

    Attributes:
        subscription_id: The subscription's GUID.
        resource_group: The resource group's name.
        workspace: The workspace's name.
    """

    subscription_id: str
    resource_group: str
    workspace: str


@dataclass
class World:
    """Everything that the simulated Azure holds; tests change it as another person's portal would.

    Attributes:
        default: The workspace to open with.
        subscriptions: The subscriptions that the signed-in person can list.
        forbidden: The GUIDs of subscriptions whose content the person may not read.
        aml_workspaces: AML workspaces.
        computes: The computes of all AML workspaces.
        synapse_workspaces: Synapse workspaces.
        spark_pools: The Spark pools of all Synapse workspaces.
        identities: User-assigned identities.
    """

    default: DefaultWorkspace
    subscriptions: Shelf = field(default_factory=Shelf)
    forbidden: set[str] = field(default_factory=set)
    aml_workspaces: Shelf = field(default_factory=Shelf)
    computes: Shelf = field(default_factory=Shelf)
    synapse_workspaces: Shelf = field(default_factory=Shelf)
    spark_pools: Shelf = field(default_factory=Shelf)
    identities: Shelf = field(default_factory=Shelf)
    _minted: int = 0

    def subscription(self, subscription_id: str) -> Document | None:
        """Return the subscription with that GUID, or None."""
        return self.subscriptions.get(f"/subscriptions/{subscription_id}")

    def mint_principal(self, arm_id: str) -> str:
        """Return the object id of a new system-assigned identity: never one that the resource had before."""
        self._minted += 1
        return guid(arm_id, "system-assigned", self._minted)

    def has_group(self, scope: str) -> bool:
        """Return whether the resource group of that ARM id exists: it does while something is in it."""
        return any(shelf.under(scope) for shelf in (self.aml_workspaces, self.synapse_workspaces, self.identities))


def _scopes(key: str) -> list[str]:
    """Return what a resource is under: its subscription, its resource group and its parent resource."""
    parts = key.split("/")
    parent = parts[:-2]
    scopes = ["/".join(parts[:3]), "/".join(parts[:5])]
    if len(parent) > 7:
        scopes.append("/".join(parent))
    return scopes
