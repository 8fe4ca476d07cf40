"""Bicep: it can attach a pool and change it, but not detach it."""

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.compute import SYNAPSE_SPARK
from tui.domain.constants import AML_API_VERSION
from tui.domain.exports.omissions import BICEP, omissions, replacement, sentences
from tui.domain.exports.quoting import bicep, comment, named, symbol, unique
from tui.domain.exports.steps import Detach, ExportStep, export_steps
from tui.domain.exports.target import ExportTarget
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_RESERVED = frozenset(
    (
        *("true", "false", "null", "az", "sys"),  # no symbol may have these names (Bicep's own errors)
        *("resource", "module", "param", "var", "output", "metadata", "func", "type", "import", "using", "provider"),
        *("extension", "assert", "targetscope", "existing", "for", "in", "if", "as", "with", "any"),
    )
)


def template(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """A template for `az deployment group create` in the workspaces' resource group."""
    blocks = []
    workspaces: dict[ResourceId, str] = {}
    taken: set[str] = set(_RESERVED)
    steps = export_steps(plan)
    for step in steps:
        target = step.target
        if target is None:
            continue
        if target.workspace not in workspaces:
            workspaces[target.workspace] = unique("workspace", "_", taken)
            blocks.append(_workspace(target.workspace, workspaces[target.workspace], cloud))
        name = symbol(target.name, "_")
        name = f"spark_{name}" if name.lower() in _RESERVED else name
        blocks.append(_notes(step) + _compute(target, unique(name, "_", taken), workspaces[target.workspace]))
    blocks += [note for step in steps if (note := _elsewhere(step))]
    return "\n".join(blocks)


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
    return "".join(map(_line, notes))


def _line(note: str) -> str:
    """A comment, without three quotes in a row: some readers take those for the start of a string even there."""
    return f"// {comment(note)}\n".replace("''", "' '")


def _workspace(workspace: ResourceId, name: str, cloud: CloudProfile) -> str:
    # A scope would apply to the whole file, so the comment names the resource group instead.
    where = f"subscription {workspace.subscription}, resource group {workspace.resource_group}"
    select = "" if cloud.is_public else _line(f"In this cloud: az cloud set --name {cloud.name}")
    return (
        f"{_line(f'Deploy it with az deployment group create, to {where}.')}"
        f"{select}"
        f"resource {name} '{_WORKSPACES}@{AML_API_VERSION}' existing = {{\n"
        f"  name: {bicep(workspace.name)}\n"
        "}\n"
    )


def _compute(target: ExportTarget, name: str, workspace: str) -> str:
    lines = [
        f"resource {name} '{_WORKSPACES}/computes@{AML_API_VERSION}' = {{",
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
    lines += ["  properties: {", f"    computeType: '{SYNAPSE_SPARK}'", f"    resourceId: {bicep(target.pool)}"]
    if target.description:
        lines.append(f"    description: {bicep(target.description)}")
    if target.compute_location:
        lines.append(f"    computeLocation: {bicep(target.compute_location)}")
    if not target.local_auth:
        lines.append("    disableLocalAuth: true")
    lines += ["  }", "}"]
    return "\n".join(lines) + "\n"
