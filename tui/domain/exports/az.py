"""`az ml`: the specification file, and the commands."""

from tui.domain.edit import Edit
from tui.domain.exports.quoting import comment, shell, symbol, yaml
from tui.domain.exports.wanted import Wanted, parts
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId

_SCHEMA = "https://azuremlschemas.azureedge.net/latest/synapsesparkCompute.schema.json"
_KINDS = {
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: '"system_assigned,user_assigned"',
}


def specification(plan: Plan) -> str:
    """The files for `az ml compute attach --file`, one after the other."""
    made, detached = parts(plan)
    texts = [_specification(one) for one in made]
    texts += [f"# {comment(one.name)} is detached: no file says that, a command does.\n" for one in detached]
    return "---\n".join(texts)


def commands(plan: Plan) -> str:
    """The `az ml` commands, which can be pasted into a shell as they are."""
    made, detached = parts(plan)
    return "\n".join([*map(_command, made), *(_detach(one.id) for one in detached)])


def _specification(one: Wanted) -> str:
    lines = [
        f"$schema: {_SCHEMA}",
        f"name: {yaml(one.name)}",
        "type: synapsespark",
        f"resource_id: {yaml(one.pool)}",
    ]
    if one.description:
        lines.append(f"description: {yaml(one.description)}")
    if one.tags:
        lines.append("tags:")
        lines += [f"  {yaml(key)}: {yaml(value)}" for key, value in one.tags.items()]
    elif one.edit is not None and one.edit.tags:
        lines.append("tags: {}")
    if one.identity.kind is not IdentityKind.NONE:
        lines += ["identity:", f"  type: {_KINDS[one.identity.kind]}"]
        if one.identity.kind.has_user:
            lines.append("  user_assigned_identities:")
            lines += [f"    - resource_id: {yaml(str(assigned))}" for assigned in one.identity.user_assigned]
    elif one.edit is not None and one.edit.identity is not None:
        lines += ["identity:", "  type: none"]
    return "\n".join(lines) + "\n"


def _command(one: Wanted) -> str:
    where = _workspace(one.workspace)
    if one.edit is not None and _is_identity_only(one.edit, one.identity.kind):
        words = [f"az ml compute update --name {shell(one.name)}", f"--identity {one.identity.kind.value}"]
        if one.identity.kind.has_user:
            quoted = " ".join(shell(str(identity)) for identity in one.identity.user_assigned)
            words.append(f"--user-assigned-identities {quoted}")
        return " \\\n  ".join((*words, where)) + "\n"
    file = f"{symbol(one.name, '-')}.yml"
    return (
        f"cat > {file} <<'END_OF_FILE'\n{_specification(one)}END_OF_FILE\n"
        f"az ml compute attach --file {file} \\\n  {where}\n"
    )


def _is_identity_only(edit: Edit, kind: IdentityKind) -> bool:
    """Whether the documented update command says all of it; both identity types at once it does not document."""
    only = edit.identity is not None and edit.description is None and not edit.tags
    return only and kind is not IdentityKind.SYSTEM_AND_USER


def _detach(compute: ResourceId) -> str:
    return f"az ml compute detach --name {shell(compute.name)} \\\n  {_workspace(compute.parent)}\n"


def _workspace(workspace: ResourceId) -> str:
    return (
        f"--subscription {shell(workspace.subscription)} --resource-group {shell(workspace.resource_group)} "
        f"--workspace-name {shell(workspace.name)}"
    )
