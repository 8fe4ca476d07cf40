"""`az ml`: the specification file, and the commands."""

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.edit import Edit
from tui.domain.exports.quoting import comment, shell, symbol, yaml
from tui.domain.exports.wanted import LateGrant, Wanted, parts
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import RoleScope

_SCHEMA = "https://azuremlschemas.azureedge.net/latest/synapsesparkCompute.schema.json"
_KINDS = {
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: '"system_assigned,user_assigned"',
}


def specification(plan: Plan) -> str:
    """The files for `az ml compute attach --file`, one after the other."""
    found = parts(plan)
    texts = [_specification(one, tells_roles=one.changes_roles) for one in found.made]
    texts += [f"# {comment(one.name)} is detached: no file says that, a command does.\n" for one in found.detached]
    texts += [f"# Roles on {comment(one.name)} are granted by az synapse: no file says that.\n" for one in found.roles]
    return "---\n".join(texts)


def commands(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """The `az ml` commands, which can be pasted into a shell as they are."""
    found = parts(plan)
    texts = [
        *_cloud(cloud),
        *(text for one in found.made for text in _with_roles(one)),
        *(_detach(one.id) for one in found.detached),
    ]
    return "\n".join([*texts, *(role_command(one) for change in found.roles for one in _both(change))])


def _cloud(cloud: CloudProfile) -> list[str]:
    """What turns `az` to a cloud; one that is not Azure's own must be made known to it first."""
    if cloud.is_public:
        return []
    name = shell(comment(cloud.name))
    select = f"az cloud set --name {name}\n"
    if cloud.is_known:
        return [select]
    register = f"az cloud register --name {name} --endpoint-resource-manager {shell(cloud.resource_manager)}"
    return [f"# Once on each machine: {comment(register)}\n{select}"]


def _with_roles(one: Wanted) -> list[str]:
    """The command, between those that change roles: what is granted first, what is granted after, what goes last."""
    return [
        *map(role_command, _both(one.first)),
        _command(one),
        *(_late(one, grant) for grant in one.late),
        *map(role_command, _both(one.last)),
    ]


def _late(one: Wanted, grant: LateGrant) -> str:
    """What grants a role to a principal that another command looks up."""
    if grant.identity is not None:
        shown = f"az identity show --ids {shell(str(grant.identity))} --query principalId"
    else:
        where = _workspace(one.workspace)
        shown = f"az ml compute show --name {shell(one.name)} {where} --query identity.principal_id"
    return (
        f"az synapse role assignment create --workspace-name {shell(grant.pool.parent.name)} \\\n"
        f"  --role {shell(grant.role.id)} --scope {shell(str(RoleScope.of_pool(grant.pool)))} \\\n"
        f'  --assignee-object-id "$({shown} --output tsv)"\n'
    )


def role_command(one: Grant | Removal) -> str:
    """The `az synapse` command that grants a role or takes it away.

    Source: the command group's arguments; it looks names up with a Microsoft Graph that the caller may not
    read, unless it is given ids.
    """
    assignment = one.assignment
    workspace = f"--workspace-name {shell(assignment.scope.workspace)}"
    if isinstance(one, Removal):
        return f"az synapse role assignment delete {workspace} --ids {shell(assignment.id)} --yes\n"
    words = [
        f"az synapse role assignment create {workspace}",
        f"--role {shell(one.role.id)}",
        f"--assignee-object-id {shell(assignment.principal_id)}",
        f"--assignment-id {shell(assignment.id)}",
    ]
    if not assignment.scope.is_workspace:
        words.append(f"--scope {shell(str(assignment.scope))}")
    return " \\\n  ".join(words) + "\n"


def _both(change: RoleChange | None) -> tuple[Grant | Removal, ...]:
    return (*change.grants, *change.removals) if change is not None else ()


def _specification(one: Wanted, *, tells_roles: bool = False) -> str:
    lines = [
        *(["# Roles on its pool change with it: no file says that, az synapse does."] if tells_roles else []),
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
