"""Python code for azure-ai-ml 1.35, and Azure's management packages for Spark pools, identities and Azure roles.

It uses `ManagedIdentityConfiguration`, because the class `UserAssignedIdentity` that the documentation
imports does not exist in that package.
"""

from collections.abc import Iterable, Sequence
from textwrap import indent

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.constants import IDENTITIES_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.exports.azure_role_sdk import azure_role
from tui.domain.exports.omissions import AZ_ML, omissions, sentences
from tui.domain.exports.pool_members import unread
from tui.domain.exports.quoting import comment, named, python
from tui.domain.exports.rest import pool_address, synapse_address
from tui.domain.exports.sdk_values import credential, literal, managing
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
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleScope

_KINDS = {
    # azure-ai-ml takes the CLI's snake_case spelling and converts it to ARM's.
    IdentityKind.NONE: "none",
    IdentityKind.SYSTEM: "system_assigned",
    IdentityKind.USER: "user_assigned",
    IdentityKind.SYSTEM_AND_USER: "system_assigned,user_assigned",
}
_PACKAGES = {
    "azure.ai.ml": "azure-ai-ml==1.35.2",
    "azure.identity": "azure-identity==1.27.0",
    "azure.mgmt.authorization": "azure-mgmt-authorization==4.0.0",
    "azure.mgmt.msi": "azure-mgmt-msi==7.1.0",
    "azure.mgmt.synapse": "azure-mgmt-synapse==2.1.0b7",
    "azure.synapse.accesscontrol": "azure-synapse-accesscontrol==0.7.0",
}
_GRANT = '''\
def grant(create):
    """Ignore a role that is already held; wait some minutes until a new principal is known."""
    for tries in range(20, 0, -1):
        try:
            create()
        except HttpResponseError as error:
            if any(code in str(error) for code in ("RoleAssignmentAlreadyExists", "RoleAssignmentExists")):
                return
            if tries == 1 or not any(code in str(error) for code in ("InvalidPrincipalId", "PrincipalNotFound")):
                raise
            time.sleep(15)
        else:
            return
'''
_KNOWN = '''\
def known(object_id):
    """Stop where Azure did not report an object id."""
    if not object_id:
        raise RuntimeError("Azure did not report the object id of the identity.")
    return object_id
'''
_ABSENT = '''\
def absent(what, read):
    """Stop where there is already something with this name."""
    try:
        read()
    except ResourceNotFoundError:
        return
    raise RuntimeError(f"There is already {what} with this name; nothing was sent.")
'''


def code(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """A script that applies the plan.

    azure-ai-ml knows Azure's own clouds by name, and others by the address of their metadata (its source).
    """
    steps = export_steps(plan)
    notes = "".join(f"# {comment(note)}\n" for step in steps for note in _notes(step))
    sent = [step for step in steps if step.calls]
    if not sent:
        return notes
    calls = [call for step in sent for call in step.calls]
    blocks = [_imports(calls, is_several=len(sent) > 1)]
    if not cloud.is_public and not cloud.is_known:
        notes += "# azure-ai-ml finds a private cloud by the variable ARM_CLOUD_METADATA_URL.\n"
    if any(isinstance(call, GrantRole | GrantLater | GrantAzureRole) for call in calls):
        blocks.append(f"\n{_GRANT}")
    if any(isinstance(call, GrantLater) for call in calls):
        blocks.append(f"\n{_KNOWN}")
    if any(map(_must_be_new, calls)):
        blocks.append(f"\n{_ABSENT}")
    if len(blocks) > 1:
        blocks[-1] += "\n"
    texts = ["\n".join(_step(step, cloud)) for step in sent]
    if len(texts) == 1:
        return notes + "\n".join((*blocks, *texts))
    # A failed step does not stop the others; the exit status reports that one of them failed.
    blocks.append("failed = []\n")
    for step, text in zip(sent, texts, strict=True):
        caught = f"except Exception as error:\n    failed.append(({python(step.name)}, error))\n"
        blocks.append(f"try:\n{indent(text, '    ')}{caught}")
    blocks.append(
        'for name, error in failed:\n    print(f"{name}: {error}", file=sys.stderr)\nsys.exit(bool(failed))\n'
    )
    return notes + "\n".join(blocks)


def _imports(calls: Sequence[Call], *, is_several: bool) -> str:
    targets = [call.target for call in calls if isinstance(call, Write)]
    late = [call for call in calls if isinstance(call, GrantLater)]
    grants = [call for call in calls if isinstance(call, GrantRole | GrantLater)]
    azure_roles = any(isinstance(call, GrantAzureRole) for call in calls)
    tolerates = any(isinstance(call, RemoveRole | Detach) for call in calls)
    pools = any(isinstance(call, WritePool) for call in calls)
    identities = any(isinstance(call, CreateIdentity) for call in calls)
    looks = tolerates or any(map(_must_be_new, calls))
    uses_roles = bool(grants) or any(isinstance(call, RemoveRole) for call in calls)
    entities = [
        *(["IdentityConfiguration"] if any(_says_identity(one) for one in targets) else []),
        *(["ManagedIdentityConfiguration"] if any(one.identity.kind.has_user for one in targets) else []),
        *(["SynapseSparkCompute"] if targets else []),
    ]
    errors = [*(["HttpResponseError"] if grants or azure_roles else []), *(["ResourceNotFoundError"] if looks else [])]
    standard = [
        *(["import json"] if pools or identities or azure_roles else []),
        *(["import sys"] if is_several else []),
        *(["import time"] if grants or azure_roles else []),
        *(["from contextlib import suppress"] if tolerates else []),
        *(["from uuid import uuid4"] if late else []),
    ]
    azure = [
        *(["from azure.ai.ml import MLClient"] if any(isinstance(call, Write | Detach) for call in calls) else []),
        *([f"from azure.ai.ml.entities import {', '.join(entities)}"] if entities else []),
        *([f"from azure.core.exceptions import {', '.join(errors)}"] if errors else []),
        "from azure.identity import DefaultAzureCredential",
        *(["from azure.mgmt.authorization import AuthorizationManagementClient"] if azure_roles else []),
        *(
            ["from azure.mgmt.msi import ManagedServiceIdentityClient"]
            if identities or any(one.late.identity is not None for one in late)
            else []
        ),
        *(["from azure.mgmt.synapse import SynapseManagementClient"] if pools else []),
        *(["from azure.synapse.accesscontrol import AccessControlClient"] if uses_roles else []),
    ]
    packages = [package for module, package in _PACKAGES.items() if any(f"from {module} " in line for line in azure)]
    lines = [f"# Needs: pip install {' '.join(packages)}", *standard, *([""] if standard else []), *azure]
    return "\n".join(lines) + "\n"


def _must_be_new(call: Call) -> bool:
    """Whether it creates what must not exist yet."""
    return isinstance(call, CreateIdentity) or (isinstance(call, WritePool) and isinstance(call.request, PoolCreation))


def _notes(step: ExportStep) -> list[str]:
    name = named(step.name)
    notes = [f"{name}: this plan cannot be applied: {step.problem}"] if step.problem else []
    if not step.calls:
        return [*notes, f"{name}: no changes, so nothing is sent."]
    if isinstance(step.pool, PoolChange):
        notes.append(f"{name}: this overwrites whatever others have changed since it was read.")
    if step.pool is not None:
        notes += [f"{name}: {one}" for one in unread(step.pool)]
    target = step.target
    if target is None:
        return notes
    if target.edit is None:
        notes.append(f"{name}: begin_create_or_update updates a compute that already has this name.")
    if target.is_changed:
        notes.append(f"{name}: this overwrites whatever others have changed since it was read.")
    if target.location:
        notes.append(f"{name}: azure-ai-ml takes the region from the Azure ML workspace, {named(target.location)}.")
    left_out = omissions(target, AZ_ML, needs_region=False)
    notes += [f"{name}: {sentence}" for sentence in sentences(left_out, "azure-ai-ml")]
    if left_out.reported:
        notes.append(f"{name}: left out, because Azure fills it in: {', '.join(left_out.reported)}.")
    return notes


def _step(step: ExportStep, cloud: CloudProfile) -> Iterable[str]:
    """The statements of a step, and first the client of its workspace where it needs one."""
    workspace = next((_workspace(call) for call in step.calls if isinstance(call, Write | Detach)), None)
    if workspace is not None:
        yield _client(workspace, cloud)
    keeps = any(call.late.identity is None for call in step.calls if isinstance(call, GrantLater))
    for call in step.calls:
        yield _call(call, cloud, keeps=keeps)


def _workspace(call: Write | Detach) -> ResourceId:
    return call.target.workspace if isinstance(call, Write) else call.compute.parent


def _call(call: Call, cloud: CloudProfile, *, keeps: bool) -> str:
    match call:
        case GrantRole(grant=grant, synapse=synapse):
            arguments = (grant.id, grant.role.id, grant.principal.object_id, str(grant.scope))
            return f"{_roles(synapse_address(synapse, cloud), cloud)}{_create(*map(python, arguments))}"
        case RemoveRole(removal=removal, synapse=synapse):
            delete = f"roles.delete_role_assignment_by_id({python(removal.assignment.id)})"
            return f"{_roles(synapse_address(synapse, cloud), cloud)}{_unless_gone(delete)}"
        case GrantLater(late=late):
            return _late(late, cloud)
        case Write(target=target):
            return _compute(target, keeps=keeps)
        case Detach(compute=compute):
            # The default action would delete the resource behind the compute.
            return _unless_gone(f'client.compute.begin_delete(name={python(compute.name)}, action="Detach").result()')
        case WritePool() | CreateIdentity() | GrantAzureRole():
            return _call_alone(call, cloud)


def _call_alone(call: WritePool | CreateIdentity | GrantAzureRole, cloud: CloudProfile) -> str:
    """A call for a resource that is not a compute."""
    match call:
        case WritePool(request=request):
            return _pool(request, cloud)
        case CreateIdentity(request=creation):
            return _new_identity(creation, cloud)
        case GrantAzureRole():
            return azure_role(call, cloud)


def _unless_gone(statement: str) -> str:
    return f"with suppress(ResourceNotFoundError):\n    {statement}\n"


def _late(late: GrantAfterApply, cloud: CloudProfile) -> str:
    """A grant to a principal that the code looks up: the compute's own, or a user-assigned identity's."""
    lines = []
    principal = "known(compute.identity.principal_id)"
    if late.identity is not None:
        lines += [
            f"identities = ManagedServiceIdentityClient({managing(late.identity.subscription, cloud)})\n",
            "assigned = identities.user_assigned_identities.get("
            f"{python(late.identity.resource_group)}, {python(late.identity.name)})\n",
        ]
        principal = "known(assigned.principal_id)"
    lines.append(_roles(pool_address(late.pool.parent, cloud), cloud))
    lines.append(_create("str(uuid4())", python(late.role.id), principal, python(str(RoleScope.of_pool(late.pool)))))
    return "".join(lines)


def _roles(endpoint: str, cloud: CloudProfile) -> str:
    scopes = "" if cloud.is_public else f", credential_scopes=[{python(cloud.synapse_scope)}]"
    return f"roles = AccessControlClient({credential(cloud)}, {python(endpoint)}{scopes}).role_assignments\n"


def _create(assignment: str, role: str, principal: str, scope: str) -> str:
    return (
        "grant(\n"
        "    lambda: roles.create_role_assignment(\n"
        f"        role_assignment_id={assignment},\n"
        f"        role_id={role},\n"
        f"        principal_id={principal},\n"
        f"        scope={scope},\n"
        "    )\n"
        ")\n"
    )


def _pool(request: PoolRequest, cloud: CloudProfile) -> str:
    """The statements that write a Spark pool, with its whole document as bytes, so that no member is lost.

    A PUT whose answer is lost is not sent again: azure-core would repeat it (its source).
    """
    where = ", ".join(map(python, (request.id.resource_group, request.id.parent.name, request.id.name)))
    read = f"pools.get({where}, api_version={python(SYNAPSE_API_VERSION)})"
    first = (
        f'absent("a Spark pool", lambda: {read})'
        if isinstance(request, PoolCreation)
        else f"{read}  # stops if it is gone"
    )
    return (
        f"pools = SynapseManagementClient({managing(request.id.subscription, cloud)}).big_data_pools\n"
        f"{first}\n"
        f"body = {literal(request.document(), '')}\n"
        "pools.begin_create_or_update(\n"
        f"    {where},\n"
        "    json.dumps(body).encode(),\n"
        "    force=False,\n"
        '    content_type="application/json",\n'
        f"    api_version={python(SYNAPSE_API_VERSION)},\n"
        '    retry_on_methods=["GET"],\n'
        ").result()\n"
    )


def _new_identity(creation: IdentityCreation, cloud: CloudProfile) -> str:
    """The statements that create an identity; as for a Spark pool, the PUT is not sent again."""
    where = ", ".join(map(python, (creation.resource_group, creation.name)))
    version = f"api_version={python(IDENTITIES_API_VERSION)}"
    client = f"ManagedServiceIdentityClient({managing(creation.subscription, cloud)})"
    return (
        f"identities = {client}.user_assigned_identities\n"
        f'absent("an identity", lambda: identities.get({where}, {version}))\n'
        f"body = {literal(creation.document(), '')}\n"
        "identities.create_or_update(\n"
        f"    {where},\n"
        "    json.dumps(body).encode(),\n"
        '    content_type="application/json",\n'
        f"    {version},\n"
        '    retry_on_methods=["GET"],\n'
        ")\n"
    )


def _client(workspace: ResourceId, cloud: CloudProfile) -> str:
    name = "" if cloud.is_public else f"    cloud={python(cloud.name)},\n"
    return (
        "client = MLClient(\n"
        f"    {credential(cloud)},\n"
        f"    subscription_id={python(workspace.subscription)},\n"
        f"    resource_group_name={python(workspace.resource_group)},\n"
        f"    workspace_name={python(workspace.name)},\n"
        f"{name}"
        ")\n"
    )


def _compute(target: ExportTarget, *, keeps: bool) -> str:
    arguments = [f"name={python(target.name)}", f"resource_id={python(target.pool)}"]
    if _says_identity(target):
        arguments.append(f"identity={_identity(target.identity)}")
    if target.description:
        arguments.append(f"description={python(target.description)}")
    if target.tags or target.clears_tags:
        pairs = "".join(f"        {python(key)}: {python(value)},\n" for key, value in target.tags.items())
        arguments.append(f"tags={{\n{pairs}    }}" if pairs else "tags={}")
    body = "".join(f"    {argument},\n" for argument in arguments)
    keep = "compute = " if keeps else ""
    return f"compute = SynapseSparkCompute(\n{body})\n{keep}client.compute.begin_create_or_update(compute).result()\n"


def _says_identity(target: ExportTarget) -> bool:
    return target.identity.kind is not IdentityKind.NONE or target.removes_identity


def _identity(identity: IdentityChoice) -> str:
    kind = python(_KINDS[identity.kind])
    if not identity.kind.has_user:
        return f"IdentityConfiguration(type={kind})"
    items = "".join(
        f"            ManagedIdentityConfiguration(resource_id={python(str(assigned))}),\n"
        for assigned in identity.user_assigned
    )
    return f"IdentityConfiguration(\n        type={kind},\n        user_assigned_identities=[\n{items}        ],\n    )"
