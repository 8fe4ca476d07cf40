"""The state of the simulated Azure: resources as the JSON documents that Azure would send."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tui.sandbox.http import Document
from tui.sandbox.names import USER_OBJECT_ID, DefaultWorkspace, guid

if TYPE_CHECKING:
    from tui.sandbox.role_assignments import Grant, RoleAssignments


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
                self._under[scope].pop(key, None)


@dataclass
class World:
    """Everything that the simulated Azure holds; tests change it as another person's portal would.

    Attributes:
        default: The workspace to open with.
        subscriptions: The subscriptions that the signed-in person can list.
        tenants: The tenants that the signed-in person is in.
        denied: Azure actions that the person's role does not allow on AML workspaces, as told when asked.
        forbidden: The GUIDs of subscriptions whose content the person may not read.
        aml_workspaces: AML workspaces.
        computes: The computes of all AML workspaces.
        synapse_workspaces: Synapse workspaces.
        spark_pools: The Spark pools of all Synapse workspaces.
        identities: User-assigned identities.
        directory: The users, groups and applications of the tenant: their kind by object id.
        grants: Returns the Synapse roles there are from the beginning; called when they are first needed.
    """

    default: DefaultWorkspace
    subscriptions: Shelf = field(default_factory=Shelf)
    tenants: Shelf = field(default_factory=Shelf)
    forbidden: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    aml_workspaces: Shelf = field(default_factory=Shelf)
    computes: Shelf = field(default_factory=Shelf)
    synapse_workspaces: Shelf = field(default_factory=Shelf)
    spark_pools: Shelf = field(default_factory=Shelf)
    identities: Shelf = field(default_factory=Shelf)
    directory: dict[str, str] = field(default_factory=lambda: {USER_OBJECT_ID: "User"})
    grants: "Callable[[], Iterable[Grant]]" = tuple
    _minted: int = 0
    _minted_at: dict[str, float] = field(default_factory=dict)
    _monotonic: Callable[[], float] | None = None

    def subscription(self, subscription_id: str) -> Document | None:
        """Return the subscription with that GUID, or None."""
        return self.subscriptions.get(f"/subscriptions/{subscription_id}")

    def mint_principal(self, arm_id: str) -> str:
        """Return the object id of a new system-assigned identity: never one that the resource had before."""
        self._minted += 1
        principal_id = guid(arm_id, "system-assigned", self._minted)
        if self._monotonic is not None:
            self._minted_at[principal_id] = self._monotonic()
        return principal_id

    def begin(self, monotonic: Callable[[], float]) -> None:
        """Say what time it is from now on; the identities that exist already have been there for long."""
        self._monotonic = monotonic

    @cached_property
    def roles(self) -> "RoleAssignments":
        """The Synapse role assignments; made when they are first needed, for most runs never ask for them."""
        from tui.sandbox.role_assignments import RoleAssignments

        return RoleAssignments(self.synapse_workspace_named, self.grants)

    def add_administrator(self, object_id: str) -> None:
        """Add an application to the directory that may do in Synapse whatever the signed-in person may."""
        from tui.sandbox.role_assignments import Grant

        self.directory[object_id] = "ServicePrincipal"
        for workspace in self.synapse_workspaces:
            creator = workspace["properties"]["cspWorkspaceAdminProperties"]["initialWorkspaceAdminObjectId"]
            if creator == USER_OBJECT_ID:
                self.roles.grant(workspace["name"], Grant(object_id, f"workspaces/{workspace['name']}"))

    def synapse_workspace_named(self, name: str) -> Document | None:
        """Return the Synapse workspace of that name, which no other workspace of Azure has, or None."""
        wanted = name.lower()
        return next((found for found in self.synapse_workspaces if found["name"].lower() == wanted), None)

    def is_older(self, principal_id: str, moment: float) -> bool:
        """Return whether a principal was made by that moment, on the clock's monotonic scale."""
        return self._minted_at.get(principal_id.lower(), moment) <= moment

    def principal_type(self, object_id: str, minted_before: float) -> str | None:
        """Return the kind of the directory's object with that id, or None when the directory has none.

        Args:
            object_id: The object id, in any letter case.
            minted_before: System-assigned identities that were made later, on the clock's monotonic scale, are not
                known yet.
        """
        wanted = object_id.lower()
        if wanted in self.directory:
            return self.directory[wanted]
        if not self.is_older(wanted, minted_before):
            return None
        resources = (*self.computes, *self.aml_workspaces, *self.synapse_workspaces)
        principals = ((found.get("identity") or {}).get("principalId") for found in resources)
        assigned = (found["properties"]["principalId"] for found in self.identities)
        return "ServicePrincipal" if wanted in {*principals, *assigned} else None

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
