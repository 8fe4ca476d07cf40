"""Bicep: it can write attached pools, Spark pools, identities and Azure roles, but not detach a Spark pool."""

from collections.abc import Iterable, Mapping

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.compute import SYNAPSE_SPARK
from tui.domain.constants import AML_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.exports import azure_role_bicep, identity_bicep, pool_bicep
from tui.domain.exports.omissions import BICEP, omissions, replacement, sentences
from tui.domain.exports.quoting import bicep, comment, named, symbol, unique
from tui.domain.exports.steps import Detach, ExportStep, GrantAzureRole, PoolRequest, export_steps
from tui.domain.exports.target import ExportTarget
from tui.domain.identity import IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan
from tui.domain.resource_id import COMPUTE_TYPE, ML_WORKSPACE_TYPE, SYNAPSE_WORKSPACE_TYPE, ResourceId

_ML_WORKSPACES = f"{ML_WORKSPACE_TYPE}@{AML_API_VERSION}"
_SYNAPSE_WORKSPACES = f"{SYNAPSE_WORKSPACE_TYPE}@{SYNAPSE_API_VERSION}"
_RESERVED = frozenset(
    (
        *("true", "false", "null", "az", "sys"),  # no symbol may have these names (Bicep's own errors)
        "json",  # a function that a text may call
        *("resource", "module", "param", "var", "output", "metadata", "func", "type", "import", "using", "provider"),
        *("extension", "assert", "targetscope", "existing", "for", "in", "if", "as", "with", "any"),
    )
)


def template(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """A template for `az deployment group create` in the resource group of what it writes."""
    steps = export_steps(plan)
    pools = [step.pool for step in steps if step.pool is not None]
    writer = _Writer(cloud, pools, [step.identity for step in steps if step.identity is not None])
    for step in steps:
        if step.target is not None:
            writer.add_compute(step, step.target)
        elif step.pool is not None:
            writer.add_pool(step, step.pool)
        elif step.identity is not None:
            writer.add_identity(step, step.identity)
        for role in step.azure_roles:
            writer.add_azure_role(role)
    return "\n".join((*writer.blocks, *(note for step in steps if (note := _elsewhere(step)))))


class _Writer:
    """Writes the blocks of a template; every symbol is unique, whatever the letter case.

    Args:
        cloud: The cloud to deploy to.
        pools: The Spark pools of the template, which its computes may refer to.
        identities: Its identities, which they may refer to, too.
    """

    def __init__(
        self, cloud: CloudProfile, pools: Iterable[PoolRequest], identities: Iterable[IdentityCreation]
    ) -> None:
        self.blocks: list[str] = []
        self._cloud = cloud
        self._taken: set[str] = set(_RESERVED)
        self._found: dict[ResourceId, str] = {}
        self._pools = [(one, self._symbol(one.id.name)) for one in pools]
        self._identities = [(one, self._symbol(one.name)) for one in identities]

    def add_compute(self, step: ExportStep, target: ExportTarget) -> None:
        """Add a compute, after its workspace."""
        workspace = self._existing(target.workspace, _ML_WORKSPACES)
        made = {
            one.id.key: name
            for one, name in (*self._pools, *self._identities)
            if _is_deployed_with(one.id, target.workspace)
        }
        self.blocks.append(_notes(step) + _compute(target, self._symbol(target.name), workspace, made))

    def add_pool(self, step: ExportStep, pool: PoolRequest) -> None:
        """Add a Spark pool, after its workspace."""
        workspace = self._existing(pool.id.parent, _SYNAPSE_WORKSPACES)
        name = next(name for one, name in self._pools if one is pool)
        self.blocks.append(_notes(step) + pool_bicep.spark_pool(pool, name, workspace))

    def add_identity(self, step: ExportStep, creation: IdentityCreation) -> None:
        """Add an identity."""
        name = next(name for one, name in self._identities if one is creation)
        where = _where(creation.id, self._cloud)
        self.blocks.append(where + _notes(step) + identity_bicep.identity(creation, name))

    def add_azure_role(self, role: GrantAzureRole) -> None:
        """Add a grant of an Azure role, after the storage account that it is on."""
        account = self._existing(role.scope, azure_role_bicep.ACCOUNTS, "account")
        name = unique("role", "_", self._taken)
        notes = "".join(map(_line, azure_role_bicep.notes(role)))
        self.blocks.append(notes + azure_role_bicep.azure_role(role, name, account))

    def _existing(self, resource: ResourceId, kind: str, wish: str = "workspace") -> str:
        """The symbol of a resource that exists, after adding it where it is new."""
        if resource not in self._found:
            self._found[resource] = unique(wish, "_", self._taken)
            self.blocks.append(_existing(resource, kind, self._found[resource], self._cloud))
        return self._found[resource]

    def _symbol(self, name: str) -> str:
        wish = symbol(name, "_")
        return unique(f"spark_{wish}" if wish.lower() in _RESERVED else wish, "_", self._taken)


def _is_deployed_with(resource: ResourceId, workspace: ResourceId) -> bool:
    """Whether one deployment writes a resource and the computes of a workspace, which may refer to it and so wait."""
    group = (resource.subscription.lower(), resource.resource_group.lower())
    return group == (workspace.subscription.lower(), workspace.resource_group.lower())


def _elsewhere(step: ExportStep) -> str:
    """A comment on what needs another tool; empty without any."""
    name = named(step.name)
    if any(isinstance(call, Detach) for call in step.calls):
        roles = " Synapse's own roles have no ARM type; az synapse changes them." if step.changes_roles else ""
        return _line(f"{name}: Bicep cannot detach it; az ml compute detach does.{roles}")
    if not step.changes_roles:
        return ""
    if step.target is not None:
        return _line(
            f"Roles on the pool of {name} change with it: Synapse's own roles have no ARM type; "
            "az synapse changes them."
        )
    return _line(f"Roles on {name}: Synapse's own roles have no ARM type; az synapse grants them.")


def _notes(step: ExportStep) -> str:
    notes = [f"This plan cannot be applied: {step.problem}"] if step.problem else []
    if step.target is not None:
        left_out = omissions(step.target, BICEP)
        notes += (*sentences(left_out, "Bicep"), *replacement(step.target))
        if left_out.reported:
            notes.append(f"Left out, because Azure fills it in: {', '.join(left_out.reported)}.")
    if step.pool is not None:
        notes += pool_bicep.notes(step.pool)
    if step.identity is not None:
        notes += identity_bicep.notes(step.identity)
    return "".join(map(_line, notes))


def _line(note: str) -> str:
    """A comment, without three quotes in a row: some readers take those for the start of a string even there."""
    return f"// {comment(note)}\n".replace("''", "' '")


def _existing(resource: ResourceId, kind: str, name: str, cloud: CloudProfile) -> str:
    return f"{_where(resource, cloud)}resource {name} '{kind}' existing = {{\n  name: {bicep(resource.name)}\n}}\n"


def _where(resource: ResourceId, cloud: CloudProfile) -> str:
    # A scope would apply to the whole file, so the comment names the resource group instead.
    where = f"subscription {resource.subscription}, resource group {resource.resource_group}"
    select = "" if cloud.is_public else _line(f"In this cloud: az cloud set --name {cloud.name}")
    return f"{_line(f'Deploy it with az deployment group create, to {where}.')}{select}"


def _compute(target: ExportTarget, name: str, workspace: str, made: Mapping[str, str]) -> str:
    """The resource; `made` are the symbols of what the same deployment writes, by the key of its id."""
    pool = made.get(target.pool.lower())
    lines = [
        f"resource {name} '{COMPUTE_TYPE}@{AML_API_VERSION}' = {{",
        f"  parent: {workspace}",
        f"  name: {bicep(target.name)}",
        f"  location: {bicep(target.location)}",
    ]
    if target.tags:
        lines += ["  tags: {", *(f"    {bicep(key)}: {bicep(value)}" for key, value in target.tags.items()), "  }"]
    elif target.clears_tags:
        lines.append("  tags: {}")
    identity = target.identity
    if identity.kind is not IdentityKind.NONE or target.removes_identity:
        lines += ["  identity: {", f"    type: {bicep(identity.kind.value)}"]
        if identity.kind.has_user:
            lines.append("    userAssignedIdentities: {")
            lines += [f"      {_key(assigned, made)}: {{}}" for assigned in identity.user_assigned]
            lines.append("    }")
        lines.append("  }")
    lines += [
        "  properties: {",
        f"    computeType: '{SYNAPSE_SPARK}'",
        f"    resourceId: {f'{pool}.id' if pool else bicep(target.pool)}",
    ]
    if target.description:
        lines.append(f"    description: {bicep(target.description)}")
    if target.compute_location:
        lines.append(f"    computeLocation: {bicep(target.compute_location)}")
    if not target.local_auth:
        lines.append("    disableLocalAuth: true")
    lines += ["  }", "}"]
    return "\n".join(lines) + "\n"


def _key(identity: ResourceId, made: Mapping[str, str]) -> str:
    """The name of a member for an identity: its id, or a reference to it."""
    symbol = made.get(identity.key)
    return f"'${{{symbol}.id}}'" if symbol else bicep(str(identity))
