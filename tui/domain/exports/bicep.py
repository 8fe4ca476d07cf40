"""Bicep. It can attach a pool and change it; it cannot detach one."""

from tui.domain.compute import SYNAPSE_SPARK
from tui.domain.exports.quoting import bicep, comment, symbol
from tui.domain.exports.wanted import API_VERSION, Wanted, parts
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"


def template(plan: Plan) -> str:
    """A template for `az deployment group create` in the workspaces' resource group."""
    found = parts(plan)
    blocks = []
    workspaces: dict[ResourceId, str] = {}
    taken: set[str] = set()
    for one in found.made:
        if one.workspace not in workspaces:
            workspaces[one.workspace] = _free("workspace", taken)
            blocks.append(_workspace(one.workspace, workspaces[one.workspace]))
        blocks.append(_compute(one, _free(symbol(one.name, "_"), taken), workspaces[one.workspace]))
    blocks += [
        f"// {comment(one.name)}: Bicep cannot detach it; az ml compute detach does.\n" for one in found.detached
    ]
    blocks += [
        f"// Roles on the pool of {comment(one.name)} change with it: Synapse's own roles have no ARM type; "
        "az synapse changes them.\n"
        for one in found.made
        if one.changes_roles
    ]
    blocks += [
        f"// Roles on {comment(one.name)}: Synapse's own roles have no ARM type; az synapse grants them.\n"
        for one in found.roles
    ]
    return "\n".join(blocks)


def _free(wish: str, taken: set[str]) -> str:
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    taken.add(name)
    return name


def _workspace(workspace: ResourceId, name: str) -> str:
    # A scope of its own would have to be the file's, so the group is named to whoever deploys the file.
    where = f"subscription {workspace.subscription}, resource group {workspace.resource_group}"
    return (
        f"// Deploy it with az deployment group create, to {comment(where)}.\n"
        f"resource {name} '{_WORKSPACES}@{API_VERSION}' existing = {{\n"
        f"  name: {bicep(workspace.name)}\n"
        "}\n"
    )


def _compute(one: Wanted, name: str, workspace: str) -> str:
    lines = [
        f"resource {name} '{_WORKSPACES}/computes@{API_VERSION}' = {{",
        f"  parent: {workspace}",
        f"  name: {bicep(one.name)}",
        f"  location: {bicep(one.location)}",
    ]
    if one.tags:
        lines += ["  tags: {", *(f"    {bicep(key)}: {bicep(value)}" for key, value in one.tags.items()), "  }"]
    identity = one.identity
    if identity.kind is not IdentityKind.NONE:
        lines += ["  identity: {", f"    type: {bicep(identity.kind.value)}"]
        if identity.kind.has_user:
            lines.append("    userAssignedIdentities: {")
            lines += [f"      {bicep(str(assigned))}: {{}}" for assigned in identity.user_assigned]
            lines.append("    }")
        lines.append("  }")
    lines += ["  properties: {", f"    computeType: '{SYNAPSE_SPARK}'", f"    resourceId: {bicep(one.pool)}"]
    if one.description:
        lines.append(f"    description: {bicep(one.description)}")
    if not one.local_auth:
        lines.append("    disableLocalAuth: true")
    lines += ["  }", "}"]
    return "\n".join(lines) + "\n"
