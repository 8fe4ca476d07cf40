"""Terraform's `azurerm_role_assignment`.

Source: the provider's resource: it refuses to create an assignment that exists and is not imported.
"""

from tui.domain.exports.omissions import replaced
from tui.domain.exports.quoting import named, terraform
from tui.domain.exports.steps import GrantAzureRole


def azure_role(role: GrantAzureRole, label: str) -> str:
    """The resource."""
    wanted = role.grant.assignment(role.scope)
    lines = [
        f'resource "azurerm_role_assignment" "{label}" {{',
        f"  name               = {terraform(wanted.id)}",
        f"  scope              = {terraform(wanted.scope)}",
        f"  role_definition_id = {terraform(role.grant.role.definition_id(role.scope.subscription))}",
        f"  principal_id       = {terraform(wanted.principal_id)}",
    ]
    if wanted.principal_type:
        lines.append(f"  principal_type     = {terraform(wanted.principal_type)}")
    return "\n".join((*lines, "}")) + "\n"


def notes(role: GrantAzureRole) -> tuple[str, ...]:
    """The comments above the resource."""
    texts = (role.grant.id, role.grant.role.id, role.grant.principal.object_id, str(role.scope))
    return (f"Grants {named(role.text)}. Applying it fails if that is already granted.", *replaced(texts))
