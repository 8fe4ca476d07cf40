"""What every language says: how an attached pool is, or is to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange
from tui.domain.roles import RoleDefinition

API_VERSION = "2023-04-01"


@dataclass(frozen=True, slots=True)
class LateGrant:
    """A grant to a principal whose object id is looked up when the rest is done.

    Attributes:
        role: The Synapse role.
        pool: The Spark pool's resource id.
        identity: The user-assigned identity's resource id; None for the compute's system-assigned one.
    """

    role: RoleDefinition
    pool: ResourceId
    identity: ResourceId | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One attached pool as it is to be.

    Attributes:
        id: The compute's resource id.
        name: Its name.
        location: Its region; empty where it is not read yet.
        pool: The Spark pool's resource id, as text; empty where Azure's was none.
        identity: Its managed identity.
        description: Its description.
        tags: Its tags.
        local_auth: Whether local authentication is on, as Azure has it unless it was turned off.
        document: The body of the PUT that makes it so.
        edit: What changes of a compute that exists; None to attach or to describe.
        first: What is granted before it is written; None for nothing.
        late: What is granted after it.
        last: What is taken away last; None for nothing.
    """

    id: ResourceId
    name: str
    location: str
    pool: str
    identity: IdentityChoice
    description: str
    tags: Mapping[str, str]
    local_auth: bool
    document: Mapping[str, Any]
    edit: Edit | None = None
    first: RoleChange | None = None
    late: tuple[LateGrant, ...] = ()
    last: RoleChange | None = None

    @property
    def changes_roles(self) -> bool:
        """Whether roles on the pool change with it."""
        return bool(self.first or self.late or self.last)

    @property
    def workspace(self) -> ResourceId:
        """The Azure Machine Learning workspace."""
        return self.id.parent


def wanted(request: Attachment | ComputeEdit) -> Wanted:
    """What a request makes."""
    document = request.document()
    if isinstance(request, Attachment):
        return Wanted(
            id=request.id,
            name=request.name,
            location=request.workspace.location,
            pool=str(request.pool),
            identity=request.identity,
            description=request.description,
            tags=request.tags,
            local_auth=True,
            document=document,
            late=_late(request),
        )
    compute = request.compute
    properties = document.get("properties")
    inner = properties if isinstance(properties, Mapping) else {}
    move = request.move
    return Wanted(
        id=request.id,
        name=compute.name,
        location=compute.location,
        pool=str(compute.attached_to or inner.get("resourceId") or ""),
        identity=request.identity,
        description=request.description,
        tags=request.tags,
        local_auth=inner.get("disableLocalAuth") is not True,
        document=document,
        edit=request.edit,
        first=move.first if move is not None and move.grants else None,
        late=_late(request),
        last=move.last() if move is not None and move.removals else None,
    )


def _late(request: Attachment | ComputeEdit) -> tuple[LateGrant, ...]:
    """The grants whose principals no plan knows: those of identities that are looked up, or made by the write."""
    late: list[LateGrant] = []
    if request.role is not None and request.pool is not None:
        assigned = request.identity.user_assigned if request.identity.kind.has_user else ()
        own = (None,) if request.identity.kind.has_system else ()
        late += [LateGrant(request.role, request.pool, identity) for identity in (*assigned, *own)]
    if isinstance(request, ComputeEdit) and request.move is not None and request.move.mints:
        late.append(LateGrant(request.move.role, request.move.pool, None))
    return tuple(late)


def described(compute: Compute) -> Plan:
    """An attached pool as the plan that would make it what it is; for exports only."""
    return Plan.of([ComputeEdit(compute, Edit())])


@dataclass(frozen=True, slots=True)
class Parts:
    """What a plan does, by kind.

    Attributes:
        made: The pools that it makes or changes.
        detached: Those that it detaches.
        roles: The changes of roles.
    """

    made: tuple[Wanted, ...]
    detached: tuple[Detachment, ...]
    roles: tuple[RoleChange, ...]


def _roles(request: Request) -> RoleChange | None:
    """The change of roles that a request is, or that follows a detach."""
    if isinstance(request, Detachment):
        return request.roles
    return request if isinstance(request, RoleChange) else None


def parts(plan: Plan) -> Parts:
    """Take a plan apart."""
    requests = [step.request for step in plan.steps]
    return Parts(
        made=tuple(wanted(one) for one in requests if isinstance(one, Attachment | ComputeEdit)),
        detached=tuple(one for one in requests if isinstance(one, Detachment)),
        roles=tuple(change for one in requests if (change := _roles(one)) is not None),
    )
