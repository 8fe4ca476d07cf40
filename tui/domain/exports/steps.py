"""A plan as steps, and each step as calls in the order in which the program makes them.

Steps are independent: if one fails, the next still runs. Within a step, the first failed call ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.target import ExportTarget, GrantAfterApply, target_of
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Detachment, Effect, Plan, Request, ResourceRequest, Step
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange
from tui.domain.roles import RoleScope
from tui.domain.workspaces import SynapseWorkspace


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Grant a Synapse role to a known principal; a role that is already held counts as granted."""

    grant: Grant
    synapse: SynapseWorkspace

    @property
    def target(self) -> ResourceId:
        """The Spark pool's resource id, or the Synapse workspace's where the role is granted there."""
        scope = self.grant.scope
        return self.synapse.id if scope.is_workspace else self.synapse.id.child(scope.item_type, scope.item)


@dataclass(frozen=True, slots=True)
class GrantLater:
    """Grant a Synapse role to a principal that is looked up after the compute was written."""

    late: GrantAfterApply
    compute: ResourceId

    @property
    def scope(self) -> RoleScope:
        """Where the role is granted."""
        return RoleScope.of_pool(self.late.pool)


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """Remove a Synapse role; one that is already gone counts as removed."""

    removal: Removal
    synapse: SynapseWorkspace


@dataclass(frozen=True, slots=True)
class Write:
    """Attach a Spark pool, or change an attached one, and wait until that has succeeded."""

    target: ExportTarget


@dataclass(frozen=True, slots=True)
class Detach:
    """Detach a Spark pool and wait until that has succeeded; a compute that is already gone counts as detached."""

    compute: ResourceId


PoolRequest = PoolChange | PoolCreation


@dataclass(frozen=True, slots=True)
class WritePool:
    """Create a Spark pool, or replace its definition, and wait until that has succeeded.

    A new Spark pool must not exist yet, and a change must not create one.
    """

    request: PoolRequest


@dataclass(frozen=True, slots=True)
class CreateIdentity:
    """Create a user-assigned identity, which must not exist yet; Azure completes it at once."""

    request: IdentityCreation


@dataclass(frozen=True, slots=True)
class GrantAzureRole:
    """Grant an Azure role on a resource to a known principal; a role that is already held counts as granted."""

    grant: AzureGrant
    scope: ResourceId

    @property
    def text(self) -> str:
        """What it grants to whom, as part of a sentence."""
        return f"{self.grant.role.name} to {self.grant.principal.text}"

    @property
    def document(self) -> Mapping[str, object]:
        """The body of its PUT."""
        return self.grant.document(self.scope)


Call = GrantRole | GrantLater | RemoveRole | Write | Detach | WritePool | CreateIdentity | GrantAzureRole


@dataclass(frozen=True, slots=True)
class ExportStep:
    """One step of a plan.

    Attributes:
        name: The name of the resource, or of what its roles are on.
        calls: What is sent, in order; empty where nothing changes.
        target: The compute as it will be; None for a detach and for anything else than a compute.
        problem: Why the plan cannot be applied, in one sentence; empty if it can.
        pool: The request for a Spark pool, also where it changes nothing; None for anything else.
        identity: The request for a new identity; None for anything else.
    """

    name: str
    calls: tuple[Call, ...]
    target: ExportTarget | None = None
    problem: str = ""
    pool: PoolRequest | None = None
    identity: IdentityCreation | None = None

    @property
    def changes_roles(self) -> bool:
        """Whether it grants or removes Synapse roles."""
        return any(isinstance(call, GrantRole | GrantLater | RemoveRole) for call in self.calls)

    @property
    def azure_roles(self) -> tuple[GrantAzureRole, ...]:
        """The Azure roles that it grants."""
        return tuple(call for call in self.calls if isinstance(call, GrantAzureRole))


def export_steps(plan: Plan) -> tuple[ExportStep, ...]:
    """The steps of a plan, in its order."""
    return tuple(_step(step) for step in plan.steps)


def calls_of(request: Request) -> tuple[Call, ...]:
    """What a request sends, in order."""
    match request:
        case Attachment():
            target = target_of(request)
            return (Write(target), *_late(target))
        case ComputeEdit():
            target = target_of(request)
            move = request.move
            first = _roles(move.first) if move is not None else ()
            last = _roles(move.last()) if move is not None else ()
            return (*first, Write(target), *_late(target), *last)
        case Detachment():
            last = _roles(request.roles) if request.roles is not None else ()
            return (Detach(request.id), *last)
        case RoleChange():
            return _roles(request)
        case PoolChange() | PoolCreation() | IdentityCreation() | AzureGrants():
            return _calls_alone(request)


def _calls_alone(request: ResourceRequest) -> tuple[Call, ...]:
    """What a request for a resource that is not a compute sends, in order."""
    match request:
        case PoolChange() | PoolCreation():
            return (WritePool(request),)
        case IdentityCreation():
            return (CreateIdentity(request),)
        case AzureGrants():
            return tuple(GrantAzureRole(grant, request.id) for grant in request.grants)


def _late(target: ExportTarget) -> tuple[GrantLater, ...]:
    return tuple(GrantLater(one, target.id) for one in target.late)


def _roles(change: RoleChange) -> tuple[Call, ...]:
    """Grants first and removals last, so that no identity is without a role in between."""
    grants = (GrantRole(grant, change.synapse) for grant in change.grants)
    removals = (RemoveRole(removal, change.synapse) for removal in change.removals)
    return (*grants, *removals)


def _step(step: Step) -> ExportStep:
    request = step.request
    calls = calls_of(request)
    # An export without a change describes the compute: applying its text recreates it.
    is_described = isinstance(request, ComputeEdit) and request.edit == Edit()
    if step.effect is Effect.NONE and not is_described:
        calls = ()
    target = target_of(request) if isinstance(request, Attachment | ComputeEdit) else None
    pool = request if isinstance(request, PoolChange | PoolCreation) else None
    identity = request if isinstance(request, IdentityCreation) else None
    return ExportStep(request.id.name, calls, target, step.problem, pool, identity)
