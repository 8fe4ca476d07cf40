"""A new user-assigned identity in Bicep."""

from tui.domain.constants import IDENTITIES_API_VERSION
from tui.domain.exports.omissions import replaced
from tui.domain.exports.quoting import bicep
from tui.domain.identity_creation import IdentityCreation
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE


def identity(creation: IdentityCreation, name: str) -> str:
    """The resource; `name` is its symbol."""
    lines = [
        f"resource {name} '{USER_ASSIGNED_IDENTITY_TYPE}@{IDENTITIES_API_VERSION}' = {{",
        f"  name: {bicep(creation.name)}",
        f"  location: {bicep(creation.location)}",
    ]
    if creation.tags:
        lines += ["  tags: {", *(f"    {bicep(key)}: {bicep(tag)}" for key, tag in creation.tags.items()), "  }"]
    return "\n".join((*lines, "}")) + "\n"


def notes(creation: IdentityCreation) -> tuple[str, ...]:
    """The comments above the resource."""
    texts = (creation.name, creation.resource_group, creation.location, *creation.tags, *creation.tags.values())
    return ("Deploying it replaces the tags of an identity that already has this name.", *replaced(texts))
