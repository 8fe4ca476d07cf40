"""Azure's built-in roles, as far as the sandbox knows them: their GUIDs and what they allow."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from tui.sandbox.http import Document
from tui.sandbox.names import AUTHORIZATION

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
IDENTITY_CONTRIBUTOR = "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"
IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"

TYPE = f"{AUTHORIZATION}/roleDefinitions"

_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_DELEGATION = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"
_IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
_COMMON = (
    f"{AUTHORIZATION}/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Support/*",
)
"""What most roles for one kind of resource allow besides."""


class BuiltInRole(NamedTuple):
    """A role of Azure's own.

    Attributes:
        id: Its GUID.
        name: Its name.
        description: What Azure says about it.
        actions: What it allows in Resource Manager, with `*` wildcards.
        not_actions: What it leaves out of that.
        data_actions: What it allows with data, with `*` wildcards.
    """

    id: str
    name: str
    description: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()

    @property
    def permission(self) -> Document:
        """What it allows, in Azure's form (recorded)."""
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": [],
        }

    def document(self, subscription: str) -> Document:
        """Its definition as shown in a subscription, given by its ARM id (recorded, with Reader's moments)."""
        return {
            "properties": {
                "roleName": self.name,
                "type": "BuiltInRole",
                "description": self.description,
                "assignableScopes": ["/"],
                "permissions": [self.permission],
                "createdOn": "2015-02-02T21:55:09.8806423Z",
                "updatedOn": "2021-11-11T20:13:47.8628684Z",
                "createdBy": None,
                "updatedBy": None,
            },
            "id": role_id(self.id, subscription),
            "type": TYPE,
            "name": self.id,
        }


ROLES = (
    BuiltInRole(
        OWNER,
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        ("*",),
    ),
    BuiltInRole(
        CONTRIBUTOR,
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage "
        "assignments in Azure Blueprints, or share image galleries.",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
        ),
    ),
    BuiltInRole(READER, "Reader", "View all resources, but does not allow you to make any changes.", ("*/read",)),
    BuiltInRole(
        USER_ACCESS_ADMINISTRATOR,
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    BuiltInRole(
        RBAC_ADMINISTRATOR,
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage "
        "access using other ways, such as Azure Policy.",
        (
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ),
    ),
    BuiltInRole(
        BLOB_DATA_OWNER,
        "Storage Blob Data Owner",
        "Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.",
        (f"{_CONTAINERS}/*", _DELEGATION),
        data_actions=(f"{_CONTAINERS}/blobs/*",),
    ),
    BuiltInRole(
        BLOB_DATA_CONTRIBUTOR,
        "Storage Blob Data Contributor",
        "Allows for read, write and delete access to Azure Storage blob containers and data",
        (f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _DELEGATION),
        data_actions=tuple(
            f"{_CONTAINERS}/blobs/{action}" for action in ("delete", "read", "write", "move/action", "add/action")
        ),
    ),
    BuiltInRole(
        BLOB_DATA_READER,
        "Storage Blob Data Reader",
        "Allows for read access to Azure Storage blob containers and data",
        (f"{_CONTAINERS}/read", _DELEGATION),
        data_actions=(f"{_CONTAINERS}/blobs/read",),
    ),
    BuiltInRole(
        IDENTITY_CONTRIBUTOR,
        "Managed Identity Contributor",
        "Create, Read, Update, and Delete User Assigned Identity",
        (
            *(f"{_IDENTITIES}/{verb}" for verb in ("read", "write", "delete")),
            *(f"{_IDENTITIES}/federatedIdentityCredentials/{verb}" for verb in ("read", "write", "delete")),
            f"{_IDENTITIES}/revokeTokens/action",
            *_COMMON,
        ),
    ),
    BuiltInRole(
        IDENTITY_OPERATOR,
        "Managed Identity Operator",
        "Read and Assign User Assigned Identity",
        (f"{_IDENTITIES}/*/read", f"{_IDENTITIES}/*/assign/action", *_COMMON),
    ),
    BuiltInRole(
        NETWORK_CONTRIBUTOR,
        "Network Contributor",
        "Lets you manage networks, but not access to them.",
        (
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Network/*",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
        ),
    ),
)
"""Contributor's exclusions, Reader and Network Contributor are recorded, the others documented."""


@cache
def built_in() -> Mapping[str, BuiltInRole]:
    """Every role by its GUID."""
    return {role.id: role for role in ROLES}


def role_id(guid: str, subscription: str) -> str:
    """The ARM id of a role: it names the subscription in which it is shown, whatever the scope (recorded)."""
    return f"{subscription}/providers/{TYPE}/{guid}"


def allows(permissions: Iterable[Document], action: str) -> bool:
    """Whether any role allows the action; an exclusion counts only within its role (documentation)."""
    return any(
        matches(permission["actions"], action) and not matches(permission["notActions"], action)
        for permission in permissions
    )


def matches(patterns: Iterable[str], action: str) -> bool:
    """Whether one of the actions with `*` wildcards covers the action, in any letter case."""
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )
