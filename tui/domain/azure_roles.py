"""Azure roles, as far as jobs need them on storage accounts, and who holds them.

The GUIDs are built in, because a user who may grant a role need not be allowed to list the roles.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tui.domain.azure_scope import AzureScope, InvalidScope

ROLE_DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions"
ROLE_ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
ROLE_ASSIGNMENTS_API_VERSION = "2022-04-01"
GRANTERS = ("Owner", "User Access Administrator", "Role Based Access Control Administrator")
"""The built-in roles that may grant roles (documentation)."""
EFFECT_MINUTES = 10
"""How long a new assignment may need until it counts (documentation)."""
_EVERYWHERE = "/"
_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


@dataclass(frozen=True, slots=True)
class AzureRole:
    """A built-in Azure role: its GUID and its name."""

    id: str
    name: str

    def definition_id(self, subscription: str) -> str:
        """The id of its definition in a subscription, by its GUID."""
        return f"/subscriptions/{subscription}/providers/{ROLE_DEFINITION_TYPE}/{self.id}"


OWNER = AzureRole("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner")
CONTRIBUTOR = AzureRole("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor")
BLOB_DATA_OWNER = AzureRole("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner")
BLOB_DATA_CONTRIBUTOR = AzureRole("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor")
BLOB_DATA_READER = AzureRole("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader")

STORAGE_ROLES = (BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR)
"""What Spark jobs need on a storage account (documentation)."""

_ENOUGH = {
    BLOB_DATA_CONTRIBUTOR.id: frozenset({BLOB_DATA_CONTRIBUTOR.id, BLOB_DATA_OWNER.id}),
    CONTRIBUTOR.id: frozenset({CONTRIBUTOR.id, OWNER.id}),
}
"""The roles that include each of those, by its GUID (documentation)."""

_NO_USE = frozenset(
    {
        *(role.id for role in (OWNER, CONTRIBUTOR, BLOB_DATA_READER)),
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",  # Reader
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",  # User Access Administrator
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",  # Role Based Access Control Administrator
    }
)
"""Roles that do not let a principal write data (documentation)."""


@dataclass(frozen=True, slots=True)
class AzureRoleAssignment:
    """An Azure role that a principal holds.

    Attributes:
        id: The assignment's GUID, chosen by whoever granted it.
        role_id: The role's GUID.
        principal_id: The object id of the principal, or of a group that it is in.
        scope: Where it applies: the id of a resource, resource group, subscription or management group, or `/`.
        principal_type: Such as `User`, `Group` or `ServicePrincipal`; empty where Azure did not report it.
        has_condition: Whether it only applies under a condition.
    """

    id: str
    role_id: str
    principal_id: str
    scope: str
    principal_type: str = ""
    has_condition: bool = False

    def held_by(self, principal_id: str) -> bool:
        """Whether a principal holds it itself."""
        return self.principal_id.lower() == principal_id.lower()


def reaches(scope: str, inner: AzureScope) -> bool:
    """Whether a role at a scope applies to another; for a management group only Azure knows, so it counts."""
    wide = scope.lower().rstrip("/")
    if scope == _EVERYWHERE or re.fullmatch(f"{_MANAGEMENT_GROUPS}[^/]+", wide):
        return True
    try:
        return AzureScope.parse(wide).covers(inner)
    except InvalidScope:
        return False


@dataclass(frozen=True, slots=True)
class Holding:
    """What a principal's role assignments say about the roles that jobs need on a storage account.

    Attributes:
        missing: The roles that no assignment includes.
        conditional: Those of them that it holds under a condition.
        only_reads: Whether it may only read data.
        has_other_roles: Whether it holds roles that may include what is missing.
    """

    missing: tuple[AzureRole, ...]
    conditional: tuple[AzureRole, ...] = ()
    only_reads: bool = False
    has_other_roles: bool = False


def holding(assignments: Iterable[AzureRoleAssignment]) -> Holding:
    """Judge all assignments of one principal that reach a storage account, including those of its groups."""
    held = tuple(assignments)
    always = {one.role_id.lower() for one in held if not one.has_condition}
    sometimes = {one.role_id.lower() for one in held if one.has_condition}
    missing = tuple(role for role in STORAGE_ROLES if not _ENOUGH[role.id] & always)
    known = _NO_USE.union(*_ENOUGH.values())
    return Holding(
        missing,
        tuple(role for role in missing if _ENOUGH[role.id] & sometimes),
        only_reads=BLOB_DATA_CONTRIBUTOR in missing and BLOB_DATA_READER.id in always,
        has_other_roles=bool((always | sometimes) - known),
    )
