"""`az` commands for a POSIX shell.

Sources: the references of `az ml compute`, `az synapse role assignment`, `az synapse spark pool`, `az rest`,
`az resource wait`, `az identity` and `az cloud`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tui.domain.azure_roles import ROLE_ASSIGNMENTS_API_VERSION
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.constants import AML_API_VERSION, IDENTITIES_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.exports.az_command import command, option
from tui.domain.exports.identity_az import create_arguments, identity_notes
from tui.domain.exports.omissions import AZ_ML, omissions
from tui.domain.exports.pool_az import pool_notes, update_arguments
from tui.domain.exports.quoting import comment, named, shell, symbol, unique
from tui.domain.exports.rest import azure_role_path, pretty_json, url_path
from tui.domain.exports.specification import document, specification
from tui.domain.exports.steps import (
    Call,
    CreateIdentity,
    Detach,
    ExportStep,
    GrantAzureRole,
    GrantLater,
    GrantRole,
    PoolRequest,
    RemoveRole,
    Write,
    WritePool,
    export_steps,
)
from tui.domain.exports.target import ExportTarget, GrantAfterApply
from tui.domain.identity import IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal
from tui.domain.roles import RoleScope

__all__ = ["commands", "role_command", "specification"]

_ONCE = """\
once() {
  tries=20
  until said=$("$@" 2>&1); do
    case $said in
      *RoleAssignmentAlreadyExists* | *RoleAssignmentExists* | *RoleAssignmentNotFound*) return 0 ;;
      *"role assignment id:"*"doesn't exist."* | *"invalid status 'Not Found'"*) return 0 ;;
      *InvalidPrincipalId* | *PrincipalNotFound*) tries=$((tries - 1)) ;;
      *) tries=0 ;;
    esac
    if [ "$tries" -le 0 ]; then
      printf '%s\\n' "$said" >&2
      return 1
    fi
    sleep 15
  done
}
"""
"""Runs a command. What is already done is not a failure; it waits until a new principal is known.

Sources: the codes of Synapse and of Azure; for what is gone, the words of `az` and of azure-ai-ml.
"""

_ABSENT = """\
absent() {
  what=$1
  shift
  if said=$("$@" 2>&1); then
    printf 'There is already %s with this name; nothing was sent.\\n' "$what" >&2
    return 1
  fi
  case $said in
    *ResourceNotFound*) ;;
    *)
      printf '%s\\n' "$said" >&2
      return 1
      ;;
  esac
}
"""
"""Runs a command that reads a resource, and fails unless there is none; its first argument is what is read."""

_FUNCTIONS = {"once": _ONCE, "absent": _ABSENT}
_ASSIGNEE = "--assignee-object-id"
_FOLDER = "folder=$(mktemp -d)"
_IN_FOLDER = '"$folder/'
_CLEAN = "trap 'rm -rf -- \"$folder\"' EXIT\n"


def commands(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """The commands that apply the plan, to paste into a shell or to run as a file.

    Each step of the plan runs in a shell of its own, which stops at the first failure. A shell without `#` comments
    (zsh by default) would run a comment, so the comments come first and contain only quoted names.
    """
    steps = export_steps(plan)
    sent = [step for step in steps if step.calls]
    notes = [*_needs(sent, cloud), *(note for step in steps for note in _notes(step, cloud))]
    head = "".join(f"# {comment(note)}\n" for note in notes)
    if not sent:
        return head
    names: set[str] = set()
    blocks = ["".join(_call(call, names, cloud) for call in step.calls) for step in sent]
    functions = [text for name, text in _FUNCTIONS.items() if any(f"\n{name} " in f"\n{block}" for block in blocks)]
    needs_folder = any(_IN_FOLDER in block for block in blocks)
    is_alone = len(blocks) == 1
    stop = "" if is_alone else " || exit 1"
    set_up = [
        *([] if cloud.is_public else [f"az cloud set {option('--name', comment(cloud.name))}{stop}\n"]),
        *functions,
        *([f"{_FOLDER}{stop}\n", _CLEAN] if needs_folder else []),
    ]
    if is_alone:
        return "".join((head, "(\nset -e\n", *set_up, *blocks, ")\n"))
    # A failed step does not stop the others; the exit status reports that one of them failed.
    apart = [f"(\nset -e\n{block})\n[ $? -eq 0 ] || failed=yes\n" for block in blocks]
    return "".join((head, "(\nfailed=\n", *set_up, *apart, '[ -z "$failed" ]\n)\n'))


def role_command(one: Grant | Removal, subscription: str = "") -> str:
    """The `az synapse` command that grants or removes a role.

    Source: the command group's arguments. Without ids, it looks names up in Microsoft Graph, which the caller may not
    be allowed to read. An empty `subscription` is the one that `az` is set to.
    """
    assignment = one.assignment
    where = option("--workspace-name", assignment.scope.workspace)
    billed = f"{option('--subscription', subscription)} " if subscription else ""
    if isinstance(one, Removal):
        delete = f"az synapse role assignment delete {where} {option('--ids', assignment.id)}"
        return command(delete, f"{billed}--yes") if billed else f"{delete} --yes\n"
    words = [
        f"{billed}{option('--role', one.role.id)}",
        _assignee(option(_ASSIGNEE, assignment.principal_id), is_typed=one.principal.is_typed),
        option("--assignment-id", assignment.id),
    ]
    if not assignment.scope.is_workspace:
        words.append(option("--scope", str(assignment.scope)))
    return command(f"az synapse role assignment create {where}", *words)


def _needs(sent: Iterable[ExportStep], cloud: CloudProfile) -> list[str]:
    calls = [call for step in sent for call in step.calls]
    if not calls:
        return []
    needs = "For a POSIX shell such as bash. Needs az, signed in"
    uses_ml = any(isinstance(call, Detach | GrantLater) or _uses_ml(call) for call in calls)
    notes = [f"{needs}, with its extension: az extension add --name ml" if uses_ml else f"{needs}."]
    if not cloud.is_public and not cloud.is_known:
        register = (
            f"{option('--name', comment(cloud.name))} --endpoint-resource-manager {shell(cloud.resource_manager)}"
        )
        notes.append(f"Once on each machine: az cloud register {register}")
    return notes


def _uses_ml(call: Call) -> bool:
    return isinstance(call, Write) and not _loses(call.target)


def _loses(target: ExportTarget) -> tuple[str, ...]:
    """Members that `az ml` does not support; `az rest` sends them with the rest of the document."""
    return omissions(target, AZ_ML, needs_region=False).lost


def _notes(step: ExportStep, cloud: CloudProfile) -> list[str]:
    """Comments on a step; every name in them is quoted, see `commands`."""
    name = shell(named(step.name))
    notes = [f"{name}: this plan cannot be applied: {shell(comment(step.problem))}"] if step.problem else []
    if not step.calls:
        return [*notes, f"{name}: no changes, so nothing is sent."]
    target = step.target
    if step.pool is not None:
        return [*notes, *(f"{name}: {one}" for one in pool_notes(step.pool, cloud))]
    if step.identity is not None:
        return [*notes, *(f"{name}: {one}" for one in identity_notes(step.identity, cloud))]
    notes += [f"{name}: grants {shell(named(one.text))}." for one in step.azure_roles]
    if target is None:
        return notes
    if target.is_changed:
        notes.append(f"{name}: this overwrites whatever others have changed since it was read.")
    if lost := _loses(target):
        members = ", ".join(shell(comment(one)) for one in lost)
        return [*notes, f"{name}: az ml does not support {members}, so az rest sends the whole document."]
    if target.edit is None:
        notes.append(f"{name}: az ml compute attach updates a compute that already has this name.")
    if target.location:
        notes.append(f"{name}: az ml takes the region from the Azure ML workspace, {shell(named(target.location))}.")
    left_out = omissions(target, AZ_ML, needs_region=False)
    if left_out.reported:
        notes.append(f"{name}: left out, because Azure fills it in: {', '.join(left_out.reported)}.")
    notes += [f"{name}: {one}" for one in left_out.unknown]
    return notes


def _call(call: Call, names: set[str], cloud: CloudProfile) -> str:
    match call:
        case GrantRole(grant=one, synapse=synapse) | RemoveRole(removal=one, synapse=synapse):
            return f"once {role_command(one, synapse.id.subscription)}"
        case GrantLater(late=late, compute=compute):
            return _late(late, compute)
        case Write(target=target):
            return _write(target, unique(symbol(target.name, "-"), "-", names))
        case Detach(compute=compute):
            detach = f"once az ml compute detach {option('--name', compute.name)}"
            return command(detach, f"{_workspace(compute.parent)} --yes")
        case WritePool() | CreateIdentity() | GrantAzureRole():
            return _call_alone(call, names, cloud)


def _call_alone(call: WritePool | CreateIdentity | GrantAzureRole, names: set[str], cloud: CloudProfile) -> str:
    """A call for a resource that is not a compute."""
    match call:
        case WritePool(request=request):
            return _pool(request, names, cloud)
        case CreateIdentity(request=request):
            return _identity(request, names, cloud)
        case GrantAzureRole(scope=scope):
            return _azure_role(call, unique(symbol(scope.name, "-"), "-", names))


def _pool(request: PoolRequest, names: set[str], cloud: CloudProfile) -> str:
    """The update command; else the commands that look whether there is a Spark pool and send the whole document."""
    if arguments := update_arguments(request, cloud):
        update = f"az synapse spark pool update {option('--name', request.id.name)}"
        return command(update, *arguments, _workspace(request.id.parent))
    name = unique(symbol(request.id.name, "-"), "-", names)
    address = f"{url_path(request.id)}?api-version={SYNAPSE_API_VERSION}"
    read = f"az rest --method get --url {shell(address)}"
    is_new = isinstance(request, PoolCreation)
    return (
        command(f"absent 'a Spark pool' {read}" if is_new else read, "--output none")
        + _put(request.document(), f"{address}&force=false", name)
        + _wait(request.id, SYNAPSE_API_VERSION)
    )


def _identity(creation: IdentityCreation, names: set[str], cloud: CloudProfile) -> str:
    """The commands that look whether there is an identity, and create it; Azure completes it at once."""
    identity, absent = creation.id, "absent 'an identity'"
    if arguments := create_arguments(creation, cloud):
        name = option("--name", identity.name)
        group = option("--resource-group", identity.resource_group)
        where = f"{option('--subscription', identity.subscription)} {group}"
        return command(f"{absent} az identity show {name}", where, "--output none") + command(
            f"az identity create {name}", where, *arguments, "--output none"
        )
    file = unique(symbol(identity.name, "-"), "-", names)
    address = f"{url_path(identity)}?api-version={IDENTITIES_API_VERSION}"
    read = f"{absent} az rest --method get --url {shell(address)}"
    return command(read, "--output none") + _put(creation.document(), address, file)


def _azure_role(role: GrantAzureRole, name: str) -> str:
    """The command that grants an Azure role.

    `az role assignment create` needs a token for Microsoft Graph where the role is already held (its source).
    """
    address = f"{azure_role_path(role)}?api-version={ROLE_ASSIGNMENTS_API_VERSION}"
    return _put(role.document, address, name, first="once ")


def _late(late: GrantAfterApply, compute: ResourceId) -> str:
    """The commands that look up a principal and grant the role to it."""
    if late.identity is not None:
        lookup = f"az identity show {option('--ids', str(late.identity))} --query principalId"
    else:
        lookup = (
            f"az ml compute show {option('--name', compute.name)} {_workspace(compute.parent)} "
            "--query identity.principal_id"
        )
    grant = command(
        f"once az synapse role assignment create {option('--workspace-name', late.pool.parent.name)}",
        f"{option('--subscription', late.pool.subscription)} {option('--role', late.role.id)}",
        option("--scope", str(RoleScope.of_pool(late.pool))),
        _assignee(f'{_ASSIGNEE} "$principal"', is_typed=False),
    )
    return (
        f"principal=$({lookup} --output tsv)\n"
        ': "${principal:?Azure did not report the object id of the identity}"\n'
        f"{grant}"
    )


def _write(target: ExportTarget, name: str) -> str:
    if _loses(target):
        address = f"{url_path(target.id)}?api-version={AML_API_VERSION}"
        return _put(target.document, address, name) + _wait(target.id, AML_API_VERSION)
    where = _workspace(target.workspace)
    if _is_identity_only(target):
        words = [f"--identity-type {target.identity.kind.value}"]
        if target.identity.kind.has_user:
            assigned = ",".join(str(identity) for identity in target.identity.user_assigned)
            words.append(f"--user-assigned-identities {shell(assigned)}")
        return command(f"az ml compute update {option('--name', target.name)}", *words, where)
    file = f'{_IN_FOLDER}{name}.yml"'
    return _file(file, document(target)) + command(f"az ml compute attach --file {file}", where)


def _put(document: Mapping[str, Any], address: str, name: str, *, first: str = "") -> str:
    """The commands that send a document as it is; `first` are words before the one that sends it."""
    return _file(f'{_IN_FOLDER}{name}.json"', f"{pretty_json(document)}\n") + command(
        f"{first}az rest --method put --url {shell(address)}", f'--body "@$folder/{name}.json" --output none'
    )


def _wait(resource: ResourceId, version: str) -> str:
    """The command that waits until Azure reports success."""
    return command(
        f"az resource wait {option('--ids', str(resource))}",
        f"--api-version {version} --updated --interval 10",
    )


def _is_identity_only(target: ExportTarget) -> bool:
    """Whether the documented update command is enough: it sets one identity type, and cannot remove the identity.

    Its value separates the identities by commas, so an id with a comma needs a file.
    """
    edit, identity = target.edit, target.identity
    if edit is None or edit.identity is None or edit.description is not None or edit.tags:
        return False
    if identity.kind is IdentityKind.USER:
        return bool(identity.user_assigned) and all("," not in str(one) for one in identity.user_assigned)
    return identity.kind is IdentityKind.SYSTEM


def _file(file: str, text: str) -> str:
    # No line of the YAML or JSON ends the here-document: each has a key, or only a bracket.
    return f"cat > {file} <<'END_OF_FILE'\n{text}END_OF_FILE\n"


def _assignee(option: str, *, is_typed: bool) -> str:
    """The principal; the type of an object id that the user typed is unknown."""
    kind = "" if is_typed else " --assignee-principal-type ServicePrincipal"
    return f"{option}{kind}"


def _workspace(workspace: ResourceId) -> str:
    return " ".join(
        (
            option("--subscription", workspace.subscription),
            option("--resource-group", workspace.resource_group),
            option("--workspace-name", workspace.name),
        )
    )
