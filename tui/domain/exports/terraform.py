"""Terraform: attached pools and Spark pools with their import blocks, new identities, and roles.

Source: the provider's resource of an attached pool: every argument forces a new resource, so a change detaches the pool
and attaches it again, which creates a new system-assigned principal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.exports import azure_role_terraform, identity_terraform, pool_terraform
from tui.domain.exports.omissions import TERRAFORM, omissions, replacement, sentences
from tui.domain.exports.quoting import comment, named, symbol, terraform, unique
from tui.domain.exports.steps import Detach, ExportStep, GrantAzureRole, GrantLater, GrantRole, RemoveRole, export_steps
from tui.domain.exports.target import ExportTarget
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal

_TYPE = "azurerm_machine_learning_synapse_spark"
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{2,16}")
"""The names that the provider takes (its source)."""
_ENVIRONMENTS = {US_GOVERNMENT: "usgovernment", CHINA: "china"}


def configuration(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """The resources, each with the block that imports what already exists."""
    taken: set[str] = set()
    blocks = _environment(cloud)
    steps = export_steps(plan)
    made = _made(steps, taken)
    for step in steps:
        label = _label(step.name, taken) if step.target is not None else ""
        if step.target is not None:
            blocks.append(_notes(step, step.target) + _compute(step.target, label, made))
        if step.pool is not None:
            pool = pool_terraform.spark_pool(step.pool, made[step.pool.id.key].label)
            blocks.append(_comments(step, pool_terraform.notes(step.pool)) + pool)
        if step.identity is not None:
            identity = identity_terraform.identity(step.identity, made[step.identity.id.key].label)
            blocks.append(_comments(step, identity_terraform.notes(step.identity)) + identity)
        for call in step.calls:
            match call:
                case GrantRole():
                    blocks.append(_grant(call, _label(f"{call.target.name} {call.grant.principal.name}", taken)))
                case GrantLater():
                    blocks += _late(call, label, made, taken)
                case GrantAzureRole(grant=grant, scope=scope):
                    name = _label(f"{scope.name} {grant.principal.name}", taken)
                    notes = _comments(step, azure_role_terraform.notes(call))
                    blocks.append(notes + azure_role_terraform.azure_role(call, name))
                case RemoveRole(removal=removal):
                    blocks.append(_removed_role(removal))
                case Detach(compute=compute):
                    blocks.append(_detached(compute.name, _label(compute.name, taken)))
        if not step.calls and step.target is None and step.pool is None:
            blocks.append(f"# {named(step.name)}: no changes.\n")
    if written := _written(steps):
        blocks.append(_closing(steps, written))
    return "\n".join(blocks)


@dataclass(frozen=True, slots=True)
class _Made:
    """A resource of the configuration that others may refer to."""

    type: str
    label: str

    def member(self, name: str) -> str:
        """A reference to one of its attributes."""
        return f"{self.type}.{self.label}.{name}"


def _made(steps: tuple[ExportStep, ...], taken: set[str]) -> Mapping[str, _Made]:
    """The Spark pools and identities of the configuration, by the keys of their ids."""
    found: dict[str, _Made] = {}
    for step in steps:
        if step.pool is not None:
            found[step.pool.id.key] = _Made(pool_terraform.TYPE, _label(step.name, taken))
        if step.identity is not None:
            found[step.identity.id.key] = _Made(identity_terraform.TYPE, _label(step.name, taken))
    return found


def _written(steps: tuple[ExportStep, ...]) -> tuple[ResourceId, ...]:
    """The ids of what the configuration has a block of, or a grant of an Azure role on."""
    return tuple(
        id_
        for step in steps
        for id_ in (
            *(one.id for one in (step.target, step.pool, step.identity) if one is not None),
            *(role.scope for role in step.azure_roles),
        )
    )


def _environment(cloud: CloudProfile) -> list[str]:
    """Source: the provider's arguments `environment` and `metadata_host`; the provider block is the reader's own."""
    if cloud.is_public:
        return []
    name = _ENVIRONMENTS.get(cloud)
    host = cloud.resource_manager.removeprefix("https://")
    argument = f"environment = {terraform(name)}" if name else f"metadata_host = {terraform(host)}"
    return [f"# In the block of the provider azurerm: {comment(argument)}\n"]


def _closing(steps: tuple[ExportStep, ...], written: tuple[ResourceId, ...]) -> str:
    """What the provider needs, and which facts about the Spark pool are not read here."""
    subscriptions = dict.fromkeys(terraform(one.subscription) for one in written)
    lines = [
        f"# The provider azurerm needs subscription_id = {comment(', another one with '.join(subscriptions))}.",
        *_foreign(steps, written),
    ]
    if any(step.target is not None for step in steps):
        lines += [
            "# Roles that a Spark pool has already are not read here. An import block takes each of them as an",
            "# azurerm_synapse_role_assignment, by the id of the pool, a |, and the id of the role assignment.",
        ]
    return "\n".join(lines) + "\n"


def _foreign(steps: tuple[ExportStep, ...], written: tuple[ResourceId, ...]) -> list[str]:
    identities = dict.fromkeys(
        call.late.identity
        for step in steps
        for call in step.calls
        if isinstance(call, GrantLater)
        and call.late.identity is not None
        and call.late.identity not in written
        and call.late.identity.subscription.lower() != call.compute.subscription.lower()
    )
    return [
        f"# {named(one.name)} is in subscription {named(one.subscription)}: its data block needs a provider of its own."
        for one in identities
        if one is not None
    ]


def _label(name: str, taken: set[str]) -> str:
    return unique(symbol(name, "_").lower(), "_", taken)


def _notes(step: ExportStep, target: ExportTarget) -> str:
    notes = []
    if target.is_changed:
        notes += _replaced(target)
    if step.problem:
        notes.append(f"This plan cannot be applied: {step.problem}")
    if not _NAME.fullmatch(target.name):
        notes.append(
            f"The provider refuses the name {named(target.name)}: it takes 3 to 17 letters, digits and dashes, "
            "a letter first."
        )
    left_out = omissions(target, TERRAFORM)
    notes += (*sentences(left_out, "Terraform"), *replacement(target))
    if left_out.reported:
        notes.append(f"Left out, because Azure fills it in: {', '.join(left_out.reported)}.")
    return "".join(f"# {comment(note)}\n" for note in notes)


def _comments(step: ExportStep, notes: tuple[str, ...]) -> str:
    problem = [f"This plan cannot be applied: {step.problem}"] if step.problem else []
    return "".join(f"# {comment(note)}\n" for note in (*problem, *notes))


def _replaced(target: ExportTarget) -> list[str]:
    """What Terraform does if the compute does not match yet: every argument forces a new one."""
    lines = [f"Terraform does not change {named(target.name)} in place: it detaches the pool and attaches it again."]
    if target.identity.kind.has_system:
        lines.append("The system-assigned identity is then a new principal, without the roles of the old one.")
    return [*lines, "Make the change in place first, for example with az; then the import matches this text."]


def _compute(target: ExportTarget, label: str, made: Mapping[str, _Made]) -> str:
    """The resource; `made` are the Spark pools and identities of the same configuration, which it waits for."""
    pool = made.get(target.pool.lower())
    lines = []
    if target.edit is not None:
        lines += ["import {", f"  to = {_TYPE}.{label}", f"  id = {terraform(str(target.id))}", "}", ""]
    lines += [
        f'resource "{_TYPE}" "{label}" {{',
        f"  name                          = {terraform(target.name)}",
        f"  machine_learning_workspace_id = {terraform(str(target.workspace))}",
        f"  location                      = {terraform(target.location)}",
        f"  synapse_spark_pool_id         = {pool.member('id') if pool else terraform(target.pool)}",
    ]
    if target.description:
        lines.append(f"  description                   = {terraform(target.description)}")
    if not target.local_auth:
        lines.append("  local_auth_enabled            = false")
    identity = target.identity
    if identity.kind is not IdentityKind.NONE:
        # The provider spells both types with a blank behind the comma.
        lines += ["", "  identity {", f"    type = {terraform(identity.kind.value.replace(',', ', '))}"]
        if identity.kind.has_user:
            lines.append("    identity_ids = [")
            lines += [f"      {_reference(assigned, made)}," for assigned in identity.user_assigned]
            lines.append("    ]")
        lines.append("  }")
    if target.tags:
        lines += ["", "  tags = {"]
        lines += [f"    {terraform(key)} = {terraform(value)}" for key, value in target.tags.items()]
        lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _reference(identity: ResourceId, made: Mapping[str, _Made]) -> str:
    """The id of an identity, or a reference to it."""
    own = made.get(identity.key)
    return own.member("id") if own else terraform(str(identity))


def _grant(call: GrantRole, label: str) -> str:
    """Source: the provider's resource; it takes a Spark pool's id, or the workspace's, and built-in roles only."""
    grant = call.grant
    if not grant.role.is_built_in:
        return f"# {named(grant.principal.name)}: azurerm cannot grant {named(grant.text)}, which is not built in.\n"
    lines = [
        f'resource "azurerm_synapse_role_assignment" "{label}" {{',
        f"  {'synapse_workspace_id' if grant.scope.is_workspace else 'synapse_spark_pool_id'} = "
        f"{terraform(str(call.target))}",
        f"  role_name = {terraform(grant.role.name)}",
        f"  principal_id = {terraform(grant.principal.object_id)}",
    ]
    if not grant.principal.is_typed:
        lines.append('  principal_type = "ServicePrincipal"')
    return "\n".join((*lines, "}")) + "\n"


def _late(call: GrantLater, compute: str, made: Mapping[str, _Made], taken: set[str]) -> list[str]:
    """A grant to a principal that Terraform looks up: that of the compute, or of an identity that it makes or reads."""
    late = call.late
    if late.identity is None:
        label = _label(f"{late.pool.name} {call.compute.name}", taken)
        return [_assignment(label, call, f"{_TYPE}.{compute}.identity[0].principal_id")]
    label = _label(f"{late.pool.name} {late.identity.name}", taken)
    if own := made.get(late.identity.key):
        return [_assignment(label, call, own.member("principal_id"))]
    read = (
        f'data "azurerm_user_assigned_identity" "{label}" {{\n'
        f"  name                = {terraform(late.identity.name)}\n"
        f"  resource_group_name = {terraform(late.identity.resource_group)}\n"
        "}\n"
    )
    return [read, _assignment(label, call, f"data.azurerm_user_assigned_identity.{label}.principal_id")]


def _assignment(label: str, call: GrantLater, principal: str) -> str:
    return (
        f'resource "azurerm_synapse_role_assignment" "{label}" {{\n'
        f"  synapse_spark_pool_id = {terraform(str(call.late.pool))}\n"
        f"  role_name             = {terraform(call.late.role.name)}\n"
        f"  principal_id          = {principal}\n"
        '  principal_type        = "ServicePrincipal"\n'
        "}\n"
    )


def _removed_role(removal: Removal) -> str:
    return f"# {named(removal.name)}: take the block of {named(removal.text)} out.\n"


def _detached(name: str, label: str) -> str:
    return (
        f"# {named(name)}: take its resource block out and apply; Terraform then detaches it.\n"
        f"# terraform destroy -target={_TYPE}.{label}\n"
    )
