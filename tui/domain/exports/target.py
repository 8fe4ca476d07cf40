"""What every language exports: an attached pool as it is, or as it will be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleDefinition


@dataclass(frozen=True, slots=True)
class GrantAfterApply:
    """A grant to a principal whose object id is looked up when the rest is done.

    `identity` is a user-assigned identity; None is the compute's system-assigned one.
    """

    role: RoleDefinition
    pool: ResourceId
    identity: ResourceId | None


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """An attached pool as it will be.

    Attributes:
        id: The compute's resource id.
        location: Its region; empty where it has not been read.
        pool: The Spark pool's resource id, as text; empty where Azure sent none.
        identity: Its managed identity.
        compute_location: The region of the compute itself in its document; empty for none.
        local_auth: Whether local authentication is on, which is Azure's default.
        document: The body of the PUT.
        edit: The change of an existing compute; None to attach.
        late: The roles that are granted after it is written.
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
    late: tuple[GrantAfterApply, ...] = ()
    compute_location: str = ""

    @property
    def workspace(self) -> ResourceId:
        """The Azure Machine Learning workspace."""
        return self.id.parent

    @property
    def is_changed(self) -> bool:
        """Whether it exists and part of it changes."""
        return self.edit is not None and self.edit != Edit()

    @property
    def removes_identity(self) -> bool:
        """Whether its document explicitly says that it has no managed identity."""
        return self.identity.kind is IdentityKind.NONE and bool(self.document.get("identity"))

    @property
    def clears_tags(self) -> bool:
        """Whether it loses its last tags; what a PUT without that member does is not recorded."""
        return self.edit is not None and bool(self.edit.tags) and not self.tags


def target_of(request: Attachment | ComputeEdit) -> ExportTarget:
    """The compute that a request makes."""
    document = request.document()
    if isinstance(request, Attachment):
        return ExportTarget(
            id=request.id,
            name=request.id.name,
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
    return ExportTarget(
        id=request.id,
        # The id decides what is written, whatever name Azure reports.
        name=request.id.name,
        location=compute.location,
        pool=str(compute.attached_to or inner.get("resourceId") or ""),
        identity=request.identity,
        description=request.description,
        tags=request.tags,
        local_auth=inner.get("disableLocalAuth") is not True,
        document=document,
        edit=request.edit,
        late=_late(request),
        compute_location=region if isinstance(region := inner.get("computeLocation"), str) else "",
    )


def _late(request: Attachment | ComputeEdit) -> tuple[GrantAfterApply, ...]:
    """The grants to principals that are not known yet: of identities that are looked up, or created by the write."""
    late: list[GrantAfterApply] = []
    if request.role is not None and request.pool is not None:
        assigned = request.identity.user_assigned if request.identity.kind.has_user else ()
        own = (None,) if request.identity.kind.has_system else ()
        late += [GrantAfterApply(request.role, request.pool, identity) for identity in (*own, *assigned)]
    if isinstance(request, ComputeEdit) and request.move is not None and request.move.mints:
        late.append(GrantAfterApply(request.move.role, request.move.pool, None))
    return tuple(late)


def described(compute: Compute) -> Plan:
    """A plan that would create an attached pool as it is; for exports only."""
    return Plan.of([ComputeEdit(compute, Edit())])
