"""The HTTP requests with their bodies, and any document as JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.azure_grants import assignment_path
from tui.domain.azure_roles import ROLE_ASSIGNMENTS_API_VERSION
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.constants import AML_API_VERSION, IDENTITIES_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.exports.omissions import omissions
from tui.domain.exports.pool_members import unread
from tui.domain.exports.quoting import address, comment, named, url_segment
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
from tui.domain.exports.target import GrantAfterApply
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleScope
from tui.domain.workspaces import SynapseWorkspace

_ROLES_VERSION = "2020-12-01"


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request, with a note on its purpose and on when the next one may follow."""

    text: str
    note: str


def requests(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """The requests as a `.http` file; `###` separates them."""
    steps = export_steps(plan)
    sent = [(step, one) for step in steps for one in _requests(step, cloud)]
    notes = [note for step in steps for note in _notes(step)]
    if len(sent) > 1:
        notes.insert(0, "Send the requests of each step in this order, and stop that step at the first that fails.")
    head = "".join(f"# {comment(note)}\n" for note in notes)
    if len(sent) < 2:
        return head + "".join(one.text for _, one in sent)
    texts = [f"### {named(step.name)}: {comment(one.note)}\n{one.text}" for step, one in sent]
    return f"{head}\n" + "\n".join(texts)


def synapse_address(workspace: SynapseWorkspace, cloud: CloudProfile) -> str:
    """The address of a Synapse workspace's data plane, without a trailing slash.

    An address that Azure reported is used only if it belongs to `cloud`, because a token is sent there.
    """
    given = workspace.dev_endpoint.rstrip("/")
    if address(given) != given or not given.lower().startswith("https://") or "?" in given or "#" in given:
        return pool_address(workspace.id, cloud)
    host = given[len("https://") :].partition("/")[0].lower()
    # A private cloud may keep every service behind one address.
    own = cloud.resource_manager.lower().removeprefix("https://")
    is_inside = "@" not in host and (host.endswith(f".{cloud.synapse_suffix.lower()}") or host == own)
    return given if is_inside else pool_address(workspace.id, cloud)


def pool_address(workspace: ResourceId, cloud: CloudProfile) -> str:
    """The same address, from the id of the workspace alone."""
    return f"https://{url_segment(workspace.name)}.{address(cloud.synapse_suffix)}"


def url_path(resource: ResourceId) -> str:
    """A resource id as the path of a URL."""
    names = [resource.subscription, resource.resource_group, resource.provider]
    subscription, group, provider = map(url_segment, names)
    inner = "/".join(f"{url_segment(kind)}/{url_segment(name)}" for kind, name in resource.segments)
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{inner}"


def azure_role_path(role: GrantAzureRole) -> str:
    """The id of the assignment of an Azure role as the path of a URL."""
    return assignment_path(url_path(role.scope), url_segment(role.grant.id))


def pretty_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON, members in Azure's order; unprintable characters are escaped."""
    text = json.dumps(dict(document), indent=2, ensure_ascii=False)
    return text if text.replace("\n", "").isprintable() else "".join(map(_printable, text))


def _notes(step: ExportStep) -> list[str]:
    name = named(step.name)
    notes = [f"{name}: this plan cannot be applied: {step.problem}"] if step.problem else []
    if not step.calls:
        return [*notes, f"{name}: no changes, so nothing is sent."]
    if step.target is not None and step.target.edit is None:
        notes.append(f"{name}: PUT updates a compute that already has this name.")
    if step.target is not None:
        notes += [f"{name}: {one}" for one in omissions(step.target, ()).unknown]
    if step.pool is not None:
        if isinstance(step.pool, PoolChange):
            notes.append(f"{name}: this overwrites whatever others have changed since it was read.")
        notes += [f"{name}: {one}" for one in unread(step.pool)]
    return notes


def _requests(step: ExportStep, cloud: CloudProfile) -> Iterator[_Sent]:
    for number, call in enumerate(step.calls):
        yield from _sent(call, cloud, is_last=number == len(step.calls) - 1)


def _sent(call: Call, cloud: CloudProfile, *, is_last: bool) -> Iterator[_Sent]:
    host = address(cloud.resource_manager)
    match call:
        case GrantRole(grant=grant, synapse=synapse):
            scope = str(grant.scope)
            body = _grant(synapse_address(synapse, cloud), grant.id, grant.role.id, grant.principal.object_id, scope)
            yield _Sent(body, "grant the role; 409 RoleAssignmentAlreadyExists also means success")
        case RemoveRole(removal=removal, synapse=synapse):
            place = f"{synapse_address(synapse, cloud)}/roleAssignments/{url_segment(removal.assignment.id)}"
            yield _Sent(f"DELETE {place}?api-version={_ROLES_VERSION}\n", "remove the role; 404 also means success")
        case GrantLater(late=late, compute=compute):
            yield from _late(late, compute, cloud)
        case Write(target=target):
            place = f"{host}{url_path(target.id)}?api-version={AML_API_VERSION}"
            body = _body(target.document)
            yield _Sent(f"PUT {place}\nContent-Type: application/json\n\n{body}\n", "write the compute")
            if not is_last:
                yield _Sent(f"GET {place}\n", "repeat until provisioningState is Succeeded; stop if it is Failed")
        case Detach(compute=compute):
            place = f"{host}{url_path(compute)}?api-version={AML_API_VERSION}"
            yield _Sent(f"DELETE {place}&underlyingResourceAction=Detach\n", "detach the Spark pool")
            if not is_last:
                yield _Sent(f"GET {place}\n", "repeat until the answer is 404")
        case WritePool(request=request):
            yield from _pool(request, cloud)
        case CreateIdentity(request=request):
            yield from _identity(request, cloud)
        case GrantAzureRole():
            yield _azure_role(call, host)


def _pool(request: PoolRequest, cloud: CloudProfile) -> Iterator[_Sent]:
    """The requests that create or change a Spark pool: a PUT alone does either."""
    place = f"{address(cloud.resource_manager)}{url_path(request.id)}?api-version={SYNAPSE_API_VERSION}"
    is_change = isinstance(request, PoolChange)
    wanted = "200" if is_change else "404"
    yield _Sent(f"GET {place}\n", f"see whether there is such a Spark pool; go on only if the answer is {wanted}")
    yield _Sent(
        f"PUT {place}&force=false\nContent-Type: application/json\n\n{_body(request.document())}\n",
        f"{'change' if is_change else 'create'} the Spark pool",
    )
    yield _Sent(f"GET {place}\n", "repeat until provisioningState is Succeeded; stop if it is Failed")


def _identity(creation: IdentityCreation, cloud: CloudProfile) -> Iterator[_Sent]:
    """The requests that create an identity: a PUT alone would replace the tags of one that exists."""
    place = f"{address(cloud.resource_manager)}{url_path(creation.id)}?api-version={IDENTITIES_API_VERSION}"
    yield _Sent(f"GET {place}\n", "see whether there is such an identity; go on only if the answer is 404")
    body = _body(creation.document())
    yield _Sent(f"PUT {place}\nContent-Type: application/json\n\n{body}\n", "create the identity")


def _azure_role(role: GrantAzureRole, host: str) -> _Sent:
    """The request that grants an Azure role, which a repeated PUT grants once."""
    place = f"{host}{azure_role_path(role)}?api-version={ROLE_ASSIGNMENTS_API_VERSION}"
    body = _body(role.document)
    return _Sent(
        f"PUT {place}\nContent-Type: application/json\n\n{body}\n",
        f"grant {named(role.text)}; 409 RoleAssignmentExists also means success",
    )


def _late(late: GrantAfterApply, compute: ResourceId, cloud: CloudProfile) -> Iterator[_Sent]:
    """The requests that read a principal's object id and grant it the role; the reader fills in both ids."""
    if late.identity is not None:
        read, member = f"{url_path(late.identity)}?api-version={IDENTITIES_API_VERSION}", "properties.principalId"
    else:
        read, member = f"{url_path(compute)}?api-version={AML_API_VERSION}", "identity.principalId"
    yield _Sent(f"GET {address(cloud.resource_manager)}{read}\n", f"read {member} of the identity")
    place, scope = pool_address(late.pool.parent, cloud), str(RoleScope.of_pool(late.pool))
    yield _Sent(
        _grant(place, "<NEW_GUID>", late.role.id, f"<{member}>", scope),
        f"grant the role: put a new GUID into the address, and {member} into the body",
    )


def _grant(endpoint: str, assignment: str, role: str, principal: str, scope: str) -> str:
    body = {"roleId": role, "principalId": principal, "scope": scope}
    place = f"{endpoint}/roleAssignments/{assignment if assignment == '<NEW_GUID>' else url_segment(assignment)}"
    return f"PUT {place}?api-version={_ROLES_VERSION}\nContent-Type: application/json\n\n{_body(body)}\n"


def _body(document: Mapping[str, Any]) -> str:
    """Indented JSON without a `.http` variable: two braces can only meet inside its strings."""
    return pretty_json(document).replace("{{", "\\u007b\\u007b")


def _printable(character: str) -> str:
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
