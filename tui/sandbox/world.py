"""The state of the simulated Azure: resources as the JSON documents that Azure would send."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tui.sandbox.http import Document
from tui.sandbox.names import USER_OBJECT_ID, DefaultWorkspace, guid

if TYPE_CHECKING:
    from tui.sandbox.role_assignments import Grant, RoleAssignments


class ResourceCollection:
    """Resources of one type by ARM id, in any letter case, in the order they were added; each has an `id`."""

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
        """The resource with that id, or None."""
        return self._documents.get(arm_id.lower())

    def under(self, scope: str) -> list[Document]:
        """The resources in a subscription, a resource group or a parent resource."""
        return list(self._under.get(scope.lower(), {}).values())

    def put(self, document: Document) -> None:
        """Add a resource, or replace the one with its id."""
        key = document["id"].lower()
        self._documents[key] = document
        for scope in _scopes(key):
            self._under.setdefault(scope, {})[key] = document

    def remove(self, arm_id: str) -> None:
        """Remove a resource, if it exists."""
        key = arm_id.lower()
        if self._documents.pop(key, None) is not None:
            for scope in _scopes(key):
                self._under[scope].pop(key, None)


@dataclass
class World:
    """Everything in the simulated Azure; tests change it as another user would in the portal.

    Attributes:
        default: The workspace to open.
        subscriptions: The subscriptions that the signed-in user can list.
        tenants: The tenants of the signed-in user.
        denied: Azure actions that none of the user's Azure roles allows, wherever they are held.
        forbidden: The GUIDs of subscriptions whose content the user may not read.
        computes: The computes of all AML workspaces.
        spark_pools: The Spark pools of all Synapse workspaces.
        firewall_rules: The firewall rules of all Synapse workspaces.
        private_endpoints: The managed private endpoints of all Synapse workspaces.
        identities: User-assigned identities.
        storage_accounts: Storage accounts.
        locks: Locks of subscriptions, resource groups and resources.
        directory: The users, groups and applications of the tenant: their kind by object id, empty where Synapse does
            not know it.
        members: The object ids of the members of each group, by the group's.
        grants: Returns the initial Synapse roles; called when they are first needed.
        azure_grants: The same for the initial assignments of Azure roles.
    """

    default: DefaultWorkspace
    subscriptions: ResourceCollection = field(default_factory=ResourceCollection)
    tenants: ResourceCollection = field(default_factory=ResourceCollection)
    forbidden: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    aml_workspaces: ResourceCollection = field(default_factory=ResourceCollection)
    computes: ResourceCollection = field(default_factory=ResourceCollection)
    synapse_workspaces: ResourceCollection = field(default_factory=ResourceCollection)
    spark_pools: ResourceCollection = field(default_factory=ResourceCollection)
    firewall_rules: ResourceCollection = field(default_factory=ResourceCollection)
    private_endpoints: ResourceCollection = field(default_factory=ResourceCollection)
    identities: ResourceCollection = field(default_factory=ResourceCollection)
    storage_accounts: ResourceCollection = field(default_factory=ResourceCollection)
    locks: ResourceCollection = field(default_factory=ResourceCollection)
    directory: dict[str, str] = field(default_factory=lambda: {USER_OBJECT_ID: "User"})
    members: dict[str, set[str]] = field(default_factory=dict)
    grants: "Callable[[], Iterable[Grant]]" = tuple
    azure_grants: Callable[[], Iterable[Document]] = tuple
    _minted: int = 0
    _minted_at: dict[str, float] = field(default_factory=dict)
    _monotonic: Callable[[], float] | None = None

    def subscription(self, subscription_id: str) -> Document | None:
        """The subscription with that GUID, or None."""
        return self.subscriptions.get(f"/subscriptions/{subscription_id}")

    def mint_principal(self, arm_id: str) -> str:
        """The object id of the principal of a new identity: never one that the resource had before."""
        self._minted += 1
        principal_id = guid(arm_id, "system-assigned", self._minted)
        if self._monotonic is not None:
            self._minted_at[principal_id] = self._monotonic()
        return principal_id

    def begin(self, monotonic: Callable[[], float]) -> None:
        """Set the clock; existing identities count as old."""
        self._monotonic = monotonic

    @cached_property
    def roles(self) -> "RoleAssignments":
        """The Synapse role assignments; created when they are first needed, because most runs never need them."""
        from tui.sandbox.role_assignments import RoleAssignments

        return RoleAssignments(self.synapse_workspace_named, self.grants)

    @cached_property
    def azure_roles(self) -> ResourceCollection:
        """The assignments of Azure roles; created when they are first needed, like those of Synapse roles."""
        return ResourceCollection(self.azure_grants())

    def groups_of(self, object_id: str) -> set[str]:
        """The object ids of the groups that have that member, in lower case."""
        wanted = object_id.lower()
        return {group.lower() for group, members in self.members.items() if wanted in map(str.lower, members)}

    def add_administrator(self, object_id: str) -> None:
        """Add an application to the directory with the same Azure and Synapse roles as the signed-in user."""
        from tui.sandbox.azure_role_assignments import also_for
        from tui.sandbox.role_assignments import Grant

        self.directory[object_id] = "ServicePrincipal"
        for workspace in self.synapse_workspaces:
            creator = workspace["properties"]["cspWorkspaceAdminProperties"]["initialWorkspaceAdminObjectId"]
            if creator == USER_OBJECT_ID:
                self.roles.grant(workspace["name"], Grant(object_id, f"workspaces/{workspace['name']}"))
        for assignment in self.azure_roles:
            if assignment["properties"]["principalId"] == USER_OBJECT_ID:
                self.azure_roles.put(also_for(object_id, assignment))

    def synapse_workspace_named(self, name: str) -> Document | None:
        """The Synapse workspace of that name, which is unique in Azure, or None."""
        wanted = name.lower()
        return next((found for found in self.synapse_workspaces if found["name"].lower() == wanted), None)

    def is_older(self, principal_id: str, moment: float) -> bool:
        """Whether a principal was created by that moment, on the clock's monotonic scale."""
        return self._minted_at.get(principal_id.lower(), moment) <= moment

    def principal_type(self, object_id: str, minted_before: float) -> str | None:
        """The kind of the directory's object with that id, in any letter case, or None.

        Identities that were created after `minted_before`, on the clock's monotonic scale, are unknown.
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
        """Whether the resource group of that ARM id exists: it does while it contains something."""
        kinds = (self.aml_workspaces, self.synapse_workspaces, self.identities, self.storage_accounts)
        return any(collection.under(scope) for collection in kinds)


def _scopes(key: str) -> list[str]:
    """The parents of a resource: its subscription, its resource group and its parent resource."""
    parts = key.split("/")
    parent = parts[:-2]
    scopes = ["/".join(parts[:3]), "/".join(parts[:5])]
    if len(parent) > 7:
        scopes.append("/".join(parent))
    return scopes
