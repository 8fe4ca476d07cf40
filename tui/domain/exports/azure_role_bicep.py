"""An Azure role on a resource in Bicep."""

from tui.domain.azure_roles import ROLE_ASSIGNMENT_TYPE, ROLE_ASSIGNMENTS_API_VERSION
from tui.domain.constants import STORAGE_API_VERSION
from tui.domain.exports.omissions import replaced
from tui.domain.exports.quoting import bicep, named
from tui.domain.exports.steps import GrantAzureRole
from tui.domain.resource_id import STORAGE_ACCOUNT_TYPE

ACCOUNTS = f"{STORAGE_ACCOUNT_TYPE}@{STORAGE_API_VERSION}"
"""The type of what Azure roles are granted on, with an API version that Bicep knows (documentation)."""


def azure_role(role: GrantAzureRole, name: str, account: str) -> str:
    """The resource; `name` is its symbol and `account` that of the storage account."""
    wanted = role.grant.assignment(role.scope)
    lines = [
        f"resource {name} '{ROLE_ASSIGNMENT_TYPE}@{ROLE_ASSIGNMENTS_API_VERSION}' = {{",
        f"  scope: {account}",
        f"  name: {bicep(wanted.id)}",
        "  properties: {",
        f"    roleDefinitionId: {bicep(role.grant.role.definition_id(role.scope.subscription))}",
        f"    principalId: {bicep(wanted.principal_id)}",
    ]
    if wanted.principal_type:
        lines.append(f"    principalType: {bicep(wanted.principal_type)}")
    return "\n".join((*lines, "  }", "}")) + "\n"


def notes(role: GrantAzureRole) -> tuple[str, ...]:
    """The comments above the resource."""
    texts = (role.grant.id, role.grant.role.id, role.grant.principal.object_id, str(role.scope))
    return (
        f"Grants {named(role.text)}. Deploying it fails if that is already granted under another id.",
        *replaced(texts),
    )
