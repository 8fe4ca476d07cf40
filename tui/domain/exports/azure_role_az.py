"""The command that grants an Azure role, for someone who may grant it."""

from tui.domain.azure_grants import AzureGrant
from tui.domain.exports.az_command import command, option
from tui.domain.resource_id import ResourceId


def azure_role_command(grant: AzureGrant, scope: ResourceId) -> str:
    """The `az role assignment create` command.

    Source: the command's source: the id of the role is in the subscription of the scope, and without the kind of the
    principal it asks Microsoft Graph for it.
    """
    words = [
        option("--assignee-object-id", grant.principal.object_id),
        *([f"--assignee-principal-type {grant.principal_type}"] if grant.principal_type else []),
        option("--role", grant.role.id),
        option("--scope", str(scope)),
    ]
    return command(f"az role assignment create {option('--name', grant.id)}", *words)
