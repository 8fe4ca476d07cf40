"""What Azure roles allow: actions with wildcards, without the excluded actions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ATTACH = "Microsoft.MachineLearningServices/workspaces/computes/write"
"""What an attach, and every change of an attached pool, needs on the workspace (documentation)."""
DETACH = "Microsoft.MachineLearningServices/workspaces/computes/delete"
"""What a detach needs on the workspace (documentation)."""
WRITE_POOL = "Microsoft.Synapse/workspaces/bigDataPools/write"
"""What it takes to create or change a Spark pool (documentation)."""
WRITE_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/write"
"""What it takes to create a user-assigned identity in a resource group (documentation)."""
ASSIGN_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
"""What it takes, on a user-assigned identity, to put it on a compute (documentation)."""
READ_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/read"
WRITE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/write"
"""What it takes to read, and to grant, Azure roles (documentation)."""
READ_LOCKS = "Microsoft.Authorization/locks/read"
READ_PERMISSIONS = "Microsoft.Authorization/permissions/read"

_COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"
_ROLES = (
    # The start of an action, and the narrowest built-in roles that allow it (documentation).
    (f"{_COMPUTES}/read", "Reader"),
    (f"{_COMPUTES}/", "AzureML Compute Operator or Contributor"),
    ("Microsoft.MachineLearningServices/workspaces/read", "Reader"),
    (WRITE_POOL, "Contributor"),
    (WRITE_IDENTITY, "Managed Identity Contributor"),
    (ASSIGN_IDENTITY, "Managed Identity Operator"),
    (WRITE_ASSIGNMENTS, "Role Based Access Control Administrator"),
)


def role_for(action: str) -> str:
    """The narrowest built-in Azure roles that allow an action, in words; empty if that is not known."""
    known = next((role for start, role in _ROLES if action.lower().startswith(start.lower())), "")
    return known or ("Reader" if action.lower().endswith("/read") else "")


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role allows: actions with `*` wildcards, without the excluded ones."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether it allows an action, in any letter case."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)


def allowed(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any of several roles allows an action; an exclusion counts only within its role."""
    return any(permission.allows(action) for permission in permissions)


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )
