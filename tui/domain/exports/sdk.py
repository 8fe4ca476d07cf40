"""Python code for azure-ai-ml 1.35.

It uses `ManagedIdentityConfiguration`, because the class `UserAssignedIdentity` that the documentation
imports does not exist in that package.
"""

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.exports.quoting import python
from tui.domain.exports.wanted import LateGrant, Wanted, parts
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Detachment, Plan
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange
from tui.domain.roles import RoleScope

_KINDS = {
    # azure-ai-ml takes the CLI's snake_case spelling and writes ARM's from it.
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: "system_assigned,user_assigned",
}


def code(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """A script that does what the plan says.

    azure-ai-ml knows Azure's own clouds by name, and others by the address of their metadata (its source).
    """
    found = parts(plan)
    made = found.made
    names = ["SynapseSparkCompute"] if made else []
    if any(one.identity.kind.has_user for one in made):
        names.insert(0, "ManagedIdentityConfiguration")
    if any(one.identity.kind is not IdentityKind.NONE for one in made):
        names.insert(0, "IdentityConfiguration")
    imports = ["from azure.ai.ml import MLClient"] if made or found.detached else []
    if names:
        imports.append(f"from azure.ai.ml.entities import {', '.join(names)}")
    imports.append("from azure.identity import DefaultAzureCredential")
    if any(grant.identity is not None for one in made for grant in one.late):
        imports.append("from azure.mgmt.msi import ManagedServiceIdentityClient")
    if found.roles or any(one.changes_roles for one in made):
        imports.append("from azure.synapse.accesscontrol import AccessControlClient")
    if any(one.late for one in made):
        imports.insert(0, "from uuid import uuid4\n")
    blocks = ["\n".join(imports) + "\n"]
    workspace: ResourceId | None = None
    everything: tuple[Wanted | Detachment, ...] = (*made, *found.detached)
    for one in everything:
        if workspace != one.id.parent:
            workspace = one.id.parent
            blocks.append(_client(workspace, cloud))
        if isinstance(one, Wanted):
            blocks += [
                *([_roles(one.first, cloud)] if one.first else []),
                _compute(one),
                *(_late(grant, cloud) for grant in one.late),
                *([_roles(one.last, cloud)] if one.last else []),
            ]
        else:
            # The default action would delete the resource behind the compute.
            blocks.append(f'client.compute.begin_delete(name={python(one.name)}, action="Detach").result()\n')
    blocks += [_roles(change, cloud) for change in found.roles]
    return "\n".join(blocks)


def _roles(change: RoleChange, cloud: CloudProfile) -> str:
    lines = [_roles_client(change.synapse.dev_endpoint, cloud)]
    for grant in change.grants:
        arguments = (grant.id, grant.role.id, grant.principal.object_id, str(grant.scope))
        lines.append(_create(*map(python, arguments)))
    lines += [f"roles.delete_role_assignment_by_id({python(one.assignment.id)})" for one in change.removals]
    return "\n".join(lines) + "\n"


def _late(grant: LateGrant, cloud: CloudProfile) -> str:
    """A grant to a principal that the code looks up: the compute's own, or a user-assigned identity's."""
    lines = []
    principal = "compute.identity.principal_id"
    if grant.identity is not None:
        more = "" if cloud.is_public else f", base_url={python(cloud.resource_manager)}"
        more += "" if cloud.is_public else f", credential_scopes=[{python(cloud.scope)}]"
        lines += [
            f"identities = ManagedServiceIdentityClient("
            f"{_credential(cloud)}, {python(grant.identity.subscription)}{more})",
            "assigned = identities.user_assigned_identities.get("
            f"{python(grant.identity.resource_group)}, {python(grant.identity.name)})",
        ]
        principal = "assigned.principal_id"
    lines.append(_roles_client(f"https://{grant.pool.parent.name}.{cloud.synapse_suffix}", cloud))
    lines.append(_create("str(uuid4())", python(grant.role.id), principal, python(str(RoleScope.of_pool(grant.pool)))))
    return "\n".join(lines) + "\n"


def _roles_client(endpoint: str, cloud: CloudProfile) -> str:
    scopes = "" if cloud.is_public else f", credential_scopes=[{python(cloud.synapse_scope)}]"
    return f"roles = AccessControlClient({_credential(cloud)}, {python(endpoint)}{scopes}).role_assignments"


def _create(*arguments: str) -> str:
    return "\n".join(("roles.create_role_assignment(", *(f"    {one}," for one in arguments), ")"))


def _credential(cloud: CloudProfile) -> str:
    if cloud.is_public:
        return "DefaultAzureCredential()"
    return f"DefaultAzureCredential(authority={python(cloud.authority)})"


def _client(workspace: ResourceId, cloud: CloudProfile) -> str:
    named = "" if cloud.is_public else f"    cloud={python(cloud.name)},\n"
    return (
        "client = MLClient(\n"
        f"    {_credential(cloud)},\n"
        f"    subscription_id={python(workspace.subscription)},\n"
        f"    resource_group_name={python(workspace.resource_group)},\n"
        f"    workspace_name={python(workspace.name)},\n"
        f"{named}"
        ")\n"
    )


def _compute(one: Wanted) -> str:
    arguments = [f"name={python(one.name)}", f"resource_id={python(one.pool)}"]
    if one.identity.kind is not IdentityKind.NONE:
        arguments.append(f"identity={_identity(one.identity)}")
    if one.description:
        arguments.append(f"description={python(one.description)}")
    if one.tags:
        pairs = "".join(f"        {python(key)}: {python(value)},\n" for key, value in one.tags.items())
        arguments.append(f"tags={{\n{pairs}    }}")
    body = "".join(f"    {argument},\n" for argument in arguments)
    keep = "compute = " if any(grant.identity is None for grant in one.late) else ""
    return f"compute = SynapseSparkCompute(\n{body})\n{keep}client.compute.begin_create_or_update(compute).result()\n"


def _identity(identity: IdentityChoice) -> str:
    kind = python(_KINDS[identity.kind])
    if not identity.kind.has_user:
        return f"IdentityConfiguration(type={kind})"
    items = "".join(
        f"            ManagedIdentityConfiguration(resource_id={python(str(assigned))}),\n"
        for assigned in identity.user_assigned
    )
    return f"IdentityConfiguration(\n        type={kind},\n        user_assigned_identities=[\n{items}        ],\n    )"
