"""What each kind of request needs beforehand: one function for each kind, in one table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants
from tui.domain.azure_scope import AzureScope
from tui.domain.edit import ComputeEdit
from tui.domain.identity_creation import IdentityCreation
from tui.domain.locks import Write
from tui.domain.permissions import ASSIGN_IDENTITY, ATTACH, DETACH, WRITE_ASSIGNMENTS, WRITE_IDENTITY, WRITE_POOL
from tui.domain.plan import Detachment, Request
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import GRANT, REMOVE, RoleScope


@dataclass(frozen=True, slots=True)
class AzureRight:
    """An action that one of the user's Azure roles has to allow.

    Attributes:
        action: The action.
        scope: Where.
        is_certain: Whether Azure is known to check it for this request.
        verb: What it lets the user do, if that is not all of the request.
    """

    action: str
    scope: AzureScope
    is_certain: bool = True
    verb: str = ""


@dataclass(frozen=True, slots=True)
class SynapseRight:
    """An action that one of the user's Synapse roles has to allow.

    Attributes:
        workspace: The resource id of the Synapse workspace.
        scope: Where.
        action: The action, such as `roles.GRANT`.
    """

    workspace: ResourceId
    scope: RoleScope
    action: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What one request needs.

    Attributes:
        target: The resource that it is about.
        verb: What the user does, as in "you may attach".
        noun: The same, as in "the attach will fail".
        write: What is sent to Azure Resource Manager for the target; None if only Synapse is asked.
        is_new: Whether the target must not exist yet.
        azure: What the user's Azure roles have to allow.
        synapse: What the user's Synapse roles have to allow.
        is_write_first: Whether the target is written before Synapse roles are, and stays if those fail.
        pool: The Spark pool that is attached, which has to be usable; None for none.
        unreadable: What also counts and cannot be read, in a few words each, with when Azure checks it.
    """

    target: ResourceId
    verb: str
    noun: str
    write: Write | None = None
    is_new: bool = False
    azure: tuple[AzureRight, ...] = ()
    synapse: tuple[SynapseRight, ...] = ()
    is_write_first: bool = False
    pool: ResourceId | None = None
    unreadable: tuple[str, ...] = ()


def needs_of(request: Request) -> Needs:
    """What a request needs beforehand."""
    return TABLE[type(request)](request)


def _of_attachment(request: Attachment) -> Needs:
    return Needs(
        request.id,
        "attach",
        "attach",
        Write.PUT,
        is_new=True,
        azure=(AzureRight(ATTACH, AzureScope.of(request.workspace.id)), *_assigned(request.identity.user_assigned)),
        synapse=(_grant_on(request.pool),) if request.role is not None else (),
        is_write_first=True,
        pool=request.pool,
    )


def _of_edit(request: ComputeEdit) -> Needs:
    synapse: list[SynapseRight] = []
    if request.role is not None and request.pool is not None:
        synapse.append(_grant_on(request.pool))
    move = request.move
    if move is not None:
        synapse += [_grant_on(move.pool)] if move.grants or move.mints else []
        synapse += _removed(move.synapse.id, move.removals)
    if request.only_grants:
        return Needs(request.id, "update", "update", synapse=tuple(synapse), pool=request.pool)
    held = {one.id for one in request.compute.identity.user_assigned}
    return Needs(
        request.id,
        "update",
        "update",
        Write.PUT,
        azure=(AzureRight(ATTACH, AzureScope.of(request.id.parent)), *_assigned(request.identity.user_assigned, held)),
        synapse=tuple(synapse),
        is_write_first=move is None,
        pool=request.pool if request.role is not None else None,
    )


def _of_detachment(request: Detachment) -> Needs:
    roles = request.roles
    return Needs(
        request.id,
        "detach",
        "detach",
        Write.DELETE,
        azure=(AzureRight(DETACH, AzureScope.of(request.id.parent)),),
        synapse=_removed(roles.synapse.id, roles.removals) if roles is not None else (),
        is_write_first=True,
    )


def _of_roles(request: RoleChange) -> Needs:
    granted = _granted(request.synapse.id, request.grants)
    return Needs(
        request.id,
        "change roles",
        "change of roles",
        synapse=(*granted, *_removed(request.synapse.id, request.removals)),
    )


def _of_pool_creation(request: PoolCreation) -> Needs:
    return Needs(
        request.id,
        "create it",
        "creation",
        Write.PUT,
        is_new=True,
        azure=(AzureRight(WRITE_POOL, AzureScope.of(request.workspace.id)),),
        unreadable=(_quota(request.workspace.id),),
    )


def _of_pool_change(request: PoolChange) -> Needs:
    grows = request.edit.nodes is not None or request.edit.autoscale is not None
    return Needs(
        request.id,
        "change it",
        "change",
        Write.PUT,
        azure=(AzureRight(WRITE_POOL, AzureScope.of(request.id)),),
        unreadable=(_quota(request.id.parent),) if grows else (),
    )


def _of_identity(request: IdentityCreation) -> Needs:
    return Needs(
        request.id,
        "create it",
        "creation",
        Write.PUT,
        is_new=True,
        azure=(AzureRight(WRITE_IDENTITY, AzureScope.of_group(request.id)),),
    )


def _of_azure_grants(request: AzureGrants) -> Needs:
    return Needs(
        request.id,
        "grant Azure roles",
        "grant",
        Write.PUT,
        azure=(AzureRight(WRITE_ASSIGNMENTS, AzureScope.of(request.id)),),
    )


TABLE: Mapping[type[Any], Callable[[Any], Needs]] = {
    Attachment: _of_attachment,
    ComputeEdit: _of_edit,
    Detachment: _of_detachment,
    RoleChange: _of_roles,
    PoolCreation: _of_pool_creation,
    PoolChange: _of_pool_change,
    IdentityCreation: _of_identity,
    AzureGrants: _of_azure_grants,
}
"""How the needs of each kind of request are found; a new kind gets a row."""


def _assigned(identities: Iterable[ResourceId], held: Iterable[ResourceId] = ()) -> tuple[AzureRight, ...]:
    """The right to put identities on a compute; whether Azure checks it again for those `held` is not recorded."""
    before = frozenset(held)
    return tuple(
        AzureRight(ASSIGN_IDENTITY, AzureScope.of(one), one not in before, f"assign {one.name}") for one in identities
    )


def _grant_on(pool: ResourceId) -> SynapseRight:
    return SynapseRight(pool.parent, RoleScope.of_pool(pool), GRANT)


def _granted(workspace: ResourceId, grants: Iterable[Grant]) -> tuple[SynapseRight, ...]:
    scopes = dict.fromkeys(one.scope for one in grants if not one.is_held)
    return tuple(SynapseRight(workspace, scope, GRANT) for scope in scopes)


def _removed(workspace: ResourceId, removals: Iterable[Removal]) -> tuple[SynapseRight, ...]:
    scopes = dict.fromkeys(one.assignment.scope for one in removals)
    return tuple(SynapseRight(workspace, scope, REMOVE) for scope in scopes)


def _quota(workspace: ResourceId) -> str:
    # The refusal of a job that asks for more vCores than the workspace may have is public; no read of the limit is.
    return f"the vCore quota of Synapse workspace {workspace.name}, which Azure checks when a job starts"
