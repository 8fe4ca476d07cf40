"""Terraform's `azurerm_user_assigned_identity`.

Source: the provider's resource: it refuses to create an identity that exists and is not imported.
"""

from tui.domain.exports.omissions import replaced
from tui.domain.exports.quoting import terraform
from tui.domain.identity_creation import IdentityCreation

TYPE = "azurerm_user_assigned_identity"


def identity(creation: IdentityCreation, label: str) -> str:
    """The resource."""
    lines = [
        f'resource "{TYPE}" "{label}" {{',
        f"  name                = {terraform(creation.name)}",
        f"  resource_group_name = {terraform(creation.resource_group)}",
        f"  location            = {terraform(creation.location)}",
    ]
    if creation.tags:
        tags = (f"    {terraform(key)} = {terraform(tag)}" for key, tag in creation.tags.items())
        lines += ["", "  tags = {", *tags, "  }"]
    return "\n".join((*lines, "}")) + "\n"


def notes(creation: IdentityCreation) -> tuple[str, ...]:
    """The comments above the resource."""
    return replaced(
        (creation.name, creation.resource_group, creation.location, *creation.tags, *creation.tags.values())
    )
