"""The write for each kind of request; imported with the first write."""

from collections.abc import Mapping

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import Verb
from tui.domain.plan import Detachment, Request
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.domain.role_change import RoleChange, RoleMove
from tui.domain.roles import RoleDefinition
from tui.domain.written import Written
from tui.operations.attach import attach
from tui.operations.azure_roles import grant_azure_roles
from tui.operations.chain import attach_and_grant, update_and_move
from tui.operations.change_roles import change_roles
from tui.operations.detach import detach, detach_and_remove
from tui.operations.identities import create_identity
from tui.operations.pools import change_pool, create_pool
from tui.operations.run import Run
from tui.operations.update import update

_VERBS: Mapping[type[Request], Verb] = {
    Attachment: Verb.ATTACH,
    ComputeEdit: Verb.UPDATE,
    Detachment: Verb.DETACH,
    RoleChange: Verb.ROLES,
    PoolCreation: Verb.CREATE_POOL,
    PoolChange: Verb.CHANGE_POOL,
    IdentityCreation: Verb.CREATE_IDENTITY,
    AzureGrants: Verb.AZURE_ROLES,
}


def verb_of(request: Request) -> Verb:
    """What a request does.

    Raises:
        Problem: If it is one that may not be sent.
    """
    _refuse(_why_no_target(request))
    match request:
        case ComputeEdit(compute=compute):
            _refuse(compute.why_not_editable)
        case Detachment(compute=compute):
            _refuse(compute.why_not_detachable)
    return _VERBS[type(request)]


async def carry_out(run: Run) -> Written | None:
    """Carry out the request of an operation, from the start or from where its events end.

    Returns:
        What Azure shows then; None after a detach or a change of roles.

    Raises:
        OperationFailed: If it did not succeed.
    """
    match run.operation.request:
        case Attachment(role=None) as attachment:
            return await attach(run, attachment)
        case Attachment() | ComputeEdit(role=RoleDefinition()) as request:
            return await attach_and_grant(run, request)
        case ComputeEdit(move=RoleMove() as move) as edit:
            return await update_and_move(run, edit, move)
        case ComputeEdit() as edit:
            return await update(run, edit)
        case PoolChange() | PoolCreation() | IdentityCreation() as request:
            return await _write_one(run, request)
        case RoleChange() as change:
            await change_roles(run, change)
        case AzureGrants() as grants:
            await grant_azure_roles(run, grants)
        case Detachment(roles=RoleChange() as roles) as detachment:
            await detach_and_remove(run, detachment, roles)
        case Detachment() as detachment:
            await detach(run, detachment)
    return None


async def _write_one(run: Run, request: PoolChange | PoolCreation | IdentityCreation) -> Written | None:
    match request:
        case PoolChange():
            return await change_pool(run, request)
        case PoolCreation():
            return await create_pool(run, request)
        case IdentityCreation():
            return await create_identity(run, request)


def _why_no_target(request: Request) -> str | None:
    """Why a request's target is not a valid resource, in one sentence; None if it is."""
    targets = [request.id]
    match request:
        case Attachment(pool=pool, identity=identity):
            targets += [pool, *identity.user_assigned]
        case ComputeEdit(identity=identity):
            targets += identity.user_assigned
        case RoleChange(synapse=synapse):
            targets.append(synapse.id)
        case PoolCreation(workspace=workspace):
            targets.append(workspace.id)
    try:
        for target in targets:
            ResourceId.parse(str(target))
    except InvalidResourceId as error:
        return str(error)
    return None


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise Problem(ProblemKind.REFUSED, reason, advice="Nothing was sent.")
