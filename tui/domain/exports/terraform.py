"""Terraform: `azurerm_machine_learning_synapse_spark` with its import block.

Source: the provider's resource: every argument forces a new resource, so that a changed one detaches the
pool and attaches it again, which makes another system-assigned principal.
"""

from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.edit import Edit
from tui.domain.exports.quoting import comment, symbol, terraform
from tui.domain.exports.wanted import LateGrant, Wanted, parts
from tui.domain.identity import IdentityKind
from tui.domain.plan import Detachment, Plan
from tui.domain.role_change import Grant, RoleChange

_TYPE = "azurerm_machine_learning_synapse_spark"
_ENVIRONMENTS = {US_GOVERNMENT: "usgovernment", CHINA: "china"}


def configuration(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """The resources, each with the block that imports what is there already."""
    found = parts(plan)
    taken: set[str] = set()
    blocks = _environment(cloud)
    for made in found.made:
        label = _label(made.name, taken)
        blocks.append(_compute(made, label))
        for late in made.late:
            blocks += _late(made, late, label, taken)
        blocks += [text for change in (made.first, made.last) if change for text in _roles(change, taken)]
    blocks += [_removed(one, _label(one.name, taken)) for one in found.detached]
    blocks += [text for change in found.roles for text in _roles(change, taken)]
    return "\n".join(blocks)


def _roles(change: RoleChange, taken: set[str]) -> list[str]:
    granted = [_role(change, grant, _label(f"{change.name} {grant.principal.name}", taken)) for grant in change.grants]
    removed = [f"# {comment(one.name)}: take the block of {comment(one.words)} out.\n" for one in change.removals]
    return [*granted, *removed]


def _late(one: Wanted, grant: LateGrant, compute: str, taken: set[str]) -> list[str]:
    """A grant to a principal that Terraform knows itself: that of the compute, or of an identity that it reads."""
    if grant.identity is None:
        name = f"{grant.pool.name} {one.name}"
        return [_assignment(_label(name, taken), grant, f"{_TYPE}.{compute}.identity[0].principal_id")]
    label = _label(f"{grant.pool.name} {grant.identity.name}", taken)
    read = (
        f'data "azurerm_user_assigned_identity" "{label}" {{\n'
        f"  name                = {terraform(grant.identity.name)}\n"
        f"  resource_group_name = {terraform(grant.identity.resource_group)}\n"
        "}\n"
    )
    return [read, _assignment(label, grant, f"data.azurerm_user_assigned_identity.{label}.principal_id")]


def _assignment(label: str, grant: LateGrant, principal: str) -> str:
    return (
        f'resource "azurerm_synapse_role_assignment" "{label}" {{\n'
        f"  synapse_spark_pool_id = {terraform(str(grant.pool))}\n"
        f"  role_name             = {terraform(grant.role.name)}\n"
        f"  principal_id          = {principal}\n"
        '  principal_type        = "ServicePrincipal"\n'
        "}\n"
    )


def _environment(cloud: CloudProfile) -> list[str]:
    """Source: the provider's arguments `environment` and `metadata_host`; the provider block is the reader's own."""
    if cloud.is_public:
        return []
    name = _ENVIRONMENTS.get(cloud)
    host = cloud.resource_manager.removeprefix("https://")
    argument = f"environment = {terraform(name)}" if name else f"metadata_host = {terraform(host)}"
    return [f"# In the block of the provider azurerm: {comment(argument)}\n"]


def _label(name: str, taken: set[str]) -> str:
    wish = symbol(name, "_").lower()
    label, number = wish, 2
    while label in taken:
        label, number = f"{wish}_{number}", number + 1
    taken.add(label)
    return label


def _compute(one: Wanted, label: str) -> str:
    lines = []
    if one.edit is not None:
        if one.edit != Edit():
            lines += _replaced(one)
        lines += ["import {", f"  to = {_TYPE}.{label}", f"  id = {terraform(str(one.id))}", "}", ""]
    lines += [
        f'resource "{_TYPE}" "{label}" {{',
        f"  name                          = {terraform(one.name)}",
        f"  machine_learning_workspace_id = {terraform(str(one.workspace))}",
        f"  location                      = {terraform(one.location)}",
        f"  synapse_spark_pool_id         = {terraform(one.pool)}",
    ]
    if one.description:
        lines.append(f"  description                   = {terraform(one.description)}")
    if not one.local_auth:
        lines.append("  local_auth_enabled            = false")
    identity = one.identity
    if identity.kind is not IdentityKind.NONE:
        # The provider spells both types with a blank behind the comma.
        lines += ["", "  identity {", f"    type = {terraform(identity.kind.value.replace(',', ', '))}"]
        if identity.kind.has_user:
            lines.append("    identity_ids = [")
            lines += [f"      {terraform(str(assigned))}," for assigned in identity.user_assigned]
            lines.append("    ]")
        lines.append("  }")
    if one.tags:
        lines += ["", "  tags = {"]
        lines += [f"    {terraform(key)} = {terraform(value)}" for key, value in one.tags.items()]
        lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _replaced(one: Wanted) -> list[str]:
    """What Terraform does where the compute is not yet as it is written here: every argument forces a new one."""
    lines = [f"# Terraform does not change {comment(one.name)} in place: it detaches the pool and attaches it again."]
    if one.identity.kind.has_system:
        lines.append("# The system-assigned identity then is another principal, without the roles of the one before.")
    return [*lines, "# After the change was made in place, with az say, the import finds it as it is written here."]


def _role(change: RoleChange, grant: Grant, label: str) -> str:
    """Source: the provider's resource; it takes a Spark pool's id, or the workspace's."""
    where = "synapse_workspace_id" if grant.scope.is_workspace else "synapse_spark_pool_id"
    target = change.synapse.id if grant.scope.is_workspace else change.id
    return (
        f'resource "azurerm_synapse_role_assignment" "{label}" {{\n'
        f"  {where} = {terraform(str(target))}\n"
        f"  role_name = {terraform(grant.role.name)}\n"
        f"  principal_id = {terraform(grant.principal.object_id)}\n"
        f'  principal_type = "ServicePrincipal"\n'
        "}\n"
    )


def _removed(one: Detachment, label: str) -> str:
    return (
        f"# {comment(one.name)}: take its resource block out and apply; Terraform then detaches it.\n"
        f"# terraform destroy -target={_TYPE}.{label}\n"
    )
