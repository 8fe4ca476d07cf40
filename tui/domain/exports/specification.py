"""The spec files of `az ml compute attach --file`: each holds one Spark pool."""

from dataclasses import dataclass

from tui.domain.exports.omissions import AZ_ML, omissions, sentences
from tui.domain.exports.quoting import comment, named, symbol, unique, yaml, yaml_entry
from tui.domain.exports.steps import ExportStep, export_steps
from tui.domain.exports.target import ExportTarget
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan

_KINDS = {
    IdentityKind.NONE: "none",
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: '"system_assigned,user_assigned"',
}
NOT_A_POOL = "A spec file of az ml describes an attached pool, not the Spark pool itself; the other pages do."
NOT_AN_IDENTITY = "A spec file of az ml describes an attached pool, not a managed identity; the other pages do."
NOT_AZURE_ROLES = "A spec file of az ml describes an attached pool, not Azure roles; the other pages do."


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export.

    `stem` is its name without the extension: letters, digits and dashes.
    """

    stem: str
    text: str


def specification(plan: Plan) -> str:
    """The spec files of a plan as one text, to read and to copy; on disk, each is a file of its own."""
    files = specifications(plan)
    if len(files) == 1:
        return files[0].text
    return "---\n".join(
        f"# {file.stem}.yml: one file for each, because az ml takes one.\n{file.text}" for file in files
    )


def specifications(plan: Plan) -> tuple[File, ...]:
    """The spec files of a plan, each named after its compute."""
    taken: set[str] = set()
    return tuple(File(unique(symbol(step.name, "-"), "-", taken), _file(step)) for step in export_steps(plan))


def document(target: ExportTarget) -> str:
    """The spec file alone, as `az ml compute attach --file` takes it."""
    lines = [
        f"name: {yaml(target.name)}",
        "type: synapsespark",
        f"resource_id: {yaml(target.pool)}",
    ]
    if target.description:
        lines.append(f"description: {yaml(target.description)}")
    if target.tags:
        lines.append("tags:")
        lines += [line for key, value in target.tags.items() for line in yaml_entry(key, value, "  ")]
    elif target.clears_tags:
        lines.append("tags: {}")
    identity = target.identity
    if identity.kind is not IdentityKind.NONE or target.removes_identity:
        lines += ["identity:", f"  type: {_KINDS[identity.kind]}"]
    if identity.kind.has_user and identity.user_assigned:
        lines.append("  user_assigned_identities:")
        lines += [f"    - resource_id: {yaml(str(assigned))}" for assigned in identity.user_assigned]
    return "\n".join(lines) + "\n"


def _file(step: ExportStep) -> str:
    notes = [f"This plan cannot be applied: {step.problem}"] if step.problem else []
    target = step.target
    if target is None:
        return "".join(f"# {comment(note)}\n" for note in (*notes, f"{named(step.name)}{_elsewhere(step)}"))
    if step.changes_roles:
        notes.append("The role changes are not part of this file; see the az page.")
    if target.location:
        notes.append(f"Its region is that of its Azure ML workspace: {target.location}.")
    left_out = omissions(target, AZ_ML, needs_region=False)
    notes += sentences(left_out, "az ml")
    if left_out.reported:
        notes.append(f"Left out, because Azure fills it in: {', '.join(left_out.reported)}.")
    return "".join(f"# {comment(note)}\n" for note in notes) + document(target)


def _elsewhere(step: ExportStep) -> str:
    """Why a step without a compute is not in a spec file, to follow its name."""
    if step.pool is not None:
        return f": {NOT_A_POOL}"
    if step.identity is not None:
        return f": {NOT_AN_IDENTITY}"
    if step.azure_roles:
        return f": {NOT_AZURE_ROLES}"
    what = "roles are changed by az synapse" if step.changes_roles else "is detached by a command"
    return f" {what}, not by a spec file."
