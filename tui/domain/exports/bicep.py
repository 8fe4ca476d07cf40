"""Bicep: it can attach a Spark pool, create one and change both, but not detach it."""

from collections.abc import Iterable

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.compute import SYNAPSE_SPARK
from tui.domain.constants import AML_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.exports import pool_bicep
from tui.domain.exports.omissions import BICEP, omissions, replacement, sentences
from tui.domain.exports.quoting import bicep, comment, named, symbol, unique
from tui.domain.exports.steps import Detach, ExportStep, PoolRequest, export_steps
from tui.domain.exports.target import ExportTarget
from tui.domain.identity import IdentityKind
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
    """A template for `az deployment group create` in the workspaces' resource group."""
    steps = export_steps(plan)
    writer = _Writer(cloud, [step.pool for step in steps if step.pool is not None])
    for step in steps:
        if step.target is not None:
            writer.add_compute(step, step.target)
        elif step.pool is not None:
            writer.add_pool(step, step.pool)
    return "\n".join((*writer.blocks, *(note for step in steps if (note := _elsewhere(step)))))


class _Writer:
    """Writes the blocks of a template; every symbol is unique, whatever the letter case.

    Args:
        cloud: The cloud to deploy to.
        pools: The Spark pools of the template, which its computes may refer to.
    """

    def __init__(self, cloud: CloudProfile, pools: Iterable[PoolRequest]) -> None:
        self.blocks: list[str] = []
        self._cloud = cloud
        self._taken: set[str] = set(_RESERVED)
        self._workspaces: dict[ResourceId, str] = {}
        self._pools = [(one, self._symbol(one.id.name)) for one in pools]

    def add_compute(self, step: ExportStep, target: ExportTarget) -> None:
        """Add a compute, after its workspace."""
        workspace = self._workspace(target.workspace, _ML_WORKSPACES)
        pool = next((name for one, name in self._pools if _is_deployed_with(one.id, target)), "")
        text = _compute(target, self._symbol(target.name), workspace, f"{pool}.id" if pool else bicep(target.pool))
        self.blocks.append(_notes(step) + text)

    def add_pool(self, step: ExportStep, pool: PoolRequest) -> None:
        """Add a Spark pool, after its workspace."""
        workspace = self._workspace(pool.id.parent, _SYNAPSE_WORKSPACES)
        name = next(name for one, name in self._pools if one is pool)
        self.blocks.append(_notes(step) + pool_bicep.spark_pool(pool, name, workspace))

    def _workspace(self, workspace: ResourceId, kind: str) -> str:
        if workspace not in self._workspaces:
            self._workspaces[workspace] = unique("workspace", "_", self._taken)
            self.blocks.append(_workspace(workspace, kind, self._workspaces[workspace], self._cloud))
        return self._workspaces[workspace]

    def _symbol(self, name: str) -> str:
        wish = symbol(name, "_")
        return unique(f"spark_{wish}" if wish.lower() in _RESERVED else wish, "_", self._taken)


def _is_deployed_with(pool: ResourceId, target: ExportTarget) -> bool:
    """Whether a compute attaches a Spark pool that the same deployment writes, so that it must wait for it."""
    group = (pool.subscription.lower(), pool.resource_group.lower())
    workspace = target.workspace
    is_same_group = group == (workspace.subscription.lower(), workspace.resource_group.lower())
    return is_same_group and str(pool).lower() == target.pool.lower()


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
    return "".join(map(_line, notes))


def _line(note: str) -> str:
    """A comment, without three quotes in a row: some readers take those for the start of a string even there."""
    return f"// {comment(note)}\n".replace("''", "' '")


def _workspace(workspace: ResourceId, kind: str, name: str, cloud: CloudProfile) -> str:
    # A scope would apply to the whole file, so the comment names the resource group instead.
    where = f"subscription {workspace.subscription}, resource group {workspace.resource_group}"
    select = "" if cloud.is_public else _line(f"In this cloud: az cloud set --name {cloud.name}")
    return (
        f"{_line(f'Deploy it with az deployment group create, to {where}.')}"
        f"{select}"
        f"resource {name} '{kind}' existing = {{\n"
        f"  name: {bicep(workspace.name)}\n"
        "}\n"
    )


def _compute(target: ExportTarget, name: str, workspace: str, pool: str) -> str:
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
            lines += [f"      {bicep(str(assigned))}: {{}}" for assigned in identity.user_assigned]
            lines.append("    }")
        lines.append("  }")
    lines += ["  properties: {", f"    computeType: '{SYNAPSE_SPARK}'", f"    resourceId: {pool}"]
    if target.description:
        lines.append(f"    description: {bicep(target.description)}")
    if target.compute_location:
        lines.append(f"    computeLocation: {bicep(target.compute_location)}")
    if not target.local_auth:
        lines.append("    disableLocalAuth: true")
    lines += ["  }", "}"]
    return "\n".join(lines) + "\n"
