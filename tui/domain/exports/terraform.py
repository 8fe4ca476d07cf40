"""Terraform: `azurerm_machine_learning_synapse_spark` with its import block.

Source: the provider's resource: every argument forces a new resource, so that a changed one detaches the
pool and attaches it again, which makes another system-assigned principal.
"""

from tui.domain.exports.quoting import comment, symbol, terraform
from tui.domain.exports.wanted import Wanted, parts
from tui.domain.identity import IdentityKind
from tui.domain.plan import Detachment, Plan

_TYPE = "azurerm_machine_learning_synapse_spark"


def configuration(plan: Plan) -> str:
    """The resources, each with the block that imports what is there already."""
    made, detached = parts(plan)
    taken: set[str] = set()
    blocks = [_compute(one, _label(one.name, taken)) for one in made]
    blocks += [_removed(one, _label(one.name, taken)) for one in detached]
    return "\n".join(blocks)


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


def _removed(one: Detachment, label: str) -> str:
    return (
        f"# {comment(one.name)}: take its resource block out and apply; Terraform then detaches it.\n"
        f"# terraform destroy -target={_TYPE}.{label}\n"
    )
