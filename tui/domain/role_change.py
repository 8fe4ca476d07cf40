"""A change of the roles that reach a Spark pool: grants first, then removals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from uuid import uuid4

from tui.domain.compute import Compute
from tui.domain.identity import Identity, IdentityChoice, UserAssignedIdentity
from tui.domain.principals import Principal, lost_principals, sources_of
from tui.domain.resource_id import ResourceId
from tui.domain.roles import (
    ADMINISTRATOR,
    JobsRun,
    RoleAssignment,
    RoleDefinition,
    RoleScope,
    best_held,
    holds,
    role_of,
)
from tui.domain.workspaces import SynapseWorkspace


class RolesAfter(Enum):
    """What happens to the roles on the pool when an identity changes."""

    FOLLOW = "the new identity gets the role; an old user-assigned identity keeps its role"
    CLEAN_UP = "also removes the role of an old user-assigned identity that no other attached pool runs as"
    STAY = "no role is granted or removed"

    @property
    def removes_user_assigned(self) -> bool:
        """Whether user-assigned identities lose their roles too, unless another pool needs them."""
        return self is RolesAfter.CLEAN_UP


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to grant.

    Attributes:
        id: The assignment's GUID, chosen here, so that sending it twice grants it once.
        principal: The future holder.
        scope: Where it applies.
        is_held: Whether the role assignments, as last read, already include it.
    """

    id: str
    role: RoleDefinition
    principal: Principal
    scope: RoleScope
    is_held: bool = False

    @property
    def assignment(self) -> RoleAssignment:
        """The assignment that it creates."""
        return RoleAssignment(self.id, self.role.id, self.principal.object_id, self.scope)

    @property
    def text(self) -> str:
        """The role and its scope, as part of a sentence."""
        return f"{self.role.name} on {self.scope.text}"


def grant_of(role: RoleDefinition, principal: Principal, scope: RoleScope) -> Grant:
    """A grant with a new id."""
    return Grant(str(uuid4()), role, principal, scope)


@dataclass(frozen=True, slots=True)
class Removal:
    """A role to remove.

    Attributes:
        name: Its holder's name, or object id if the name is unknown.
        shared: Whether other computes may run as its holder, too; false for a system-assigned principal.
        source: The resource whose principal its holder is, which can be read again; None if unknown.
    """

    assignment: RoleAssignment
    name: str
    shared: bool = False
    source: ResourceId | None = None

    @property
    def text(self) -> str:
        """The role and its scope, as part of a sentence."""
        return f"{role_of(self.assignment.role_id).name} on {self.assignment.scope.text}"


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Grants, and then removals, on one Spark pool or its Synapse workspace.

    Attributes:
        synapse: The Synapse workspace.
        id: The Spark pool's resource id, or the Synapse workspace's.
        grants: What is granted first.
        removals: What is removed at the end, so that no identity is without a role in between.
        compute: The attached pool that it is for, which a lock may cover; None for none.
    """

    synapse: SynapseWorkspace
    id: ResourceId
    grants: tuple[Grant, ...] = ()
    removals: tuple[Removal, ...] = ()
    compute: ResourceId | None = None

    @property
    def name(self) -> str:
        """The name of the Spark pool or workspace."""
        return self.id.name

    @property
    def problem(self) -> str:
        """Why it cannot be sent, in one sentence; empty if it can."""
        for grant in self.grants:
            if not grant.scope.is_workspace and not grant.role.on_pools:
                return f"{grant.role.name} can only be granted on a whole workspace: choose that, or another role."
        return ""

    @property
    def held(self) -> str:
        """What already is as requested, as the end of a sentence; empty if something changes."""
        if self.removals or not all(grant.is_held for grant in self.grants):
            return ""
        return " and ".join(f"{one.principal.name} is {one.text}" for one in self.grants)


_NO_OTHER = "; no other attached pool that was read runs as it"


@dataclass(frozen=True, slots=True)
class RoleMove:
    """The roles that follow a change of identity: granted to the new identities first, removed from the old ones last.

    Attributes:
        synapse: The Synapse workspace.
        pool: The Spark pool's resource id.
        role: The role that the new identity gets.
        grants: The grants to principals that are known before the change.
        mints: Whether the change creates a system-assigned principal, which gets the role as soon as it exists.
        removals: The roles on the pool of the principals that the compute loses.
    """

    synapse: SynapseWorkspace
    pool: ResourceId
    role: RoleDefinition
    grants: tuple[Grant, ...] = ()
    mints: bool = False
    removals: tuple[Removal, ...] = ()

    @property
    def first(self) -> RoleChange:
        """What is granted before the identity changes."""
        return RoleChange(self.synapse, self.pool, self.grants)

    def last(self, grants: tuple[Grant, ...] = ()) -> RoleChange:
        """What happens after it: grants to new principals, then removals."""
        return RoleChange(self.synapse, self.pool, grants, self.removals)

    @property
    def text(self) -> tuple[str, ...]:
        """Every part of it as a sentence, in order."""
        return (*self.grant_words, *self.loss_words)

    @property
    def grant_words(self) -> tuple[str, ...]:
        """What is granted, one sentence each."""
        granted = [f"{one.principal.name} is granted {one.text} first." for one in self.grants]
        if self.mints:
            scope = RoleScope.of_pool(self.pool)
            granted.append(f"The new system-assigned principal is granted {self.role.name} on {scope.text}.")
        return tuple(granted)

    @property
    def loss_words(self) -> tuple[str, ...]:
        """What is removed, one sentence each."""
        return tuple(
            f"{one.name} loses {one.text} at the end{_NO_OTHER if one.shared else ''}." for one in self.removals
        )


def role_move(
    synapse: SynapseWorkspace,
    pool: ResourceId,
    before: Identity,
    after: IdentityChoice,
    assignments: tuple[RoleAssignment, ...],
    principals: Mapping[ResourceId, str],
    new_id: Callable[[], str],
    *,
    removes_user_assigned: bool = False,
    compute: ResourceId | None = None,
) -> RoleMove | None:
    """The roles that move with a change of identity; None where a new principal is unknown.

    The old identities must not lose a role before the new ones have it, so an unknown principal prevents the move. Only
    roles on this very pool are removed; roles on the whole workspace may serve other pools.

    Args:
        synapse: The Synapse workspace.
        pool: The Spark pool's resource id.
        before: The old identity.
        after: The new identity.
        assignments: The role assignments that reach the pool.
        principals: The known object ids of user-assigned identities.
        new_id: Makes the GUID of an assignment.
        removes_user_assigned: Whether user-assigned identities lose their roles too. By default only a
            system-assigned principal does, because nothing else can run as it.
        compute: The compute's resource id.
    """
    if any(identity not in principals for identity in after.user_assigned):
        return None
    scope = RoleScope.of_pool(pool)
    lost = lost_principals(before, after)
    sources = sources_of(compute, before)
    grants = tuple(
        Grant(new_id(), ADMINISTRATOR, _comer(identity, principals[identity]), scope)
        for identity in after.user_assigned
        if not holds(assignments, principals[identity], scope)
    )
    own = (before.principal_id or "").lower()
    removals = tuple(
        Removal(
            one,
            lost[one.principal_id.lower()],
            shared=one.principal_id.lower() != own,
            source=sources.get(one.principal_id.lower()),
        )
        for one in assignments
        if one.scope == scope
        and one.principal_id.lower() in lost
        and (removes_user_assigned or one.principal_id.lower() == own)
    )
    mints = after.kind.has_system and not before.kind.has_system
    return RoleMove(synapse, pool, ADMINISTRATOR, grants, mints, removals)


def move_with(
    synapse: SynapseWorkspace,
    compute: Compute,
    choice: IdentityChoice,
    assignments: Iterable[RoleAssignment],
    listed: Iterable[UserAssignedIdentity],
    after: RolesAfter,
) -> RoleMove | None:
    """The roles that follow a new identity of a compute; None if none need to, or if a new principal is unknown.

    Args:
        synapse: The Synapse workspace.
        compute: The compute as it is.
        choice: Its new identity.
        assignments: The role assignments that reach its Spark pool.
        listed: The user-assigned identities that were read, for their principals.
        after: What happens to the roles.
    """
    pool = compute.attached_to
    if pool is None or after is RolesAfter.STAY or IdentityChoice.of(compute.identity) == choice:
        return None
    known = chain(compute.identity.user_assigned, listed)
    move = role_move(
        synapse,
        pool,
        compute.identity,
        choice,
        tuple(assignments),
        {identity.id: identity.principal_id for identity in known if identity.principal_id},
        lambda: str(uuid4()),
        removes_user_assigned=after.removes_user_assigned,
        compute=compute.id,
    )
    return move if move is not None and move.text else None


def roles_to_remove(
    compute: Compute, pool: ResourceId, assignments: Iterable[RoleAssignment]
) -> tuple[tuple[Removal, ...], tuple[Removal, ...]]:
    """The roles on a Spark pool that a detach can remove, because they were for the compute.

    Returns:
        Those of its system-assigned principal, which nothing else can use; and those of its user-assigned
            identities, which other computes may use.
    """
    scope, identity = RoleScope.of_pool(pool), compute.identity
    own = (identity.principal_id or "").lower() if identity.kind.has_system else ""
    assigned = {one.principal_id.lower(): one.name for one in identity.user_assigned if one.principal_id}
    here = [one for one in assignments if one.scope == scope]
    return (
        tuple(
            Removal(one, f"the system-assigned principal of {compute.name}", source=compute.id)
            for one in here
            if own and one.principal_id.lower() == own
        ),
        tuple(
            Removal(one, assigned[one.principal_id.lower()], shared=True)
            for one in here
            if one.principal_id.lower() in assigned
        ),
    )


def still_fails(removal: Removal, assignments: tuple[RoleAssignment, ...]) -> bool:
    """Whether jobs may fail without a role, judged by the other assignments that reach its scope."""
    assignment = removal.assignment
    others = tuple(other for other in assignments if other.id.lower() != assignment.id.lower())
    best = best_held(others, assignment.principal_id, assignment.scope)
    is_safe = best is not None and role_of(best.role_id).jobs_run is JobsRun.DOCUMENTED
    return not is_safe and role_of(assignment.role_id).jobs_run is not JobsRun.NO


def _comer(identity: ResourceId, principal_id: str) -> Principal:
    return Principal(principal_id, identity.name, "user-assigned identity", source=identity)


def removal_consequence(removal: Removal, assignments: tuple[RoleAssignment, ...]) -> str:
    """What stops working without a role, in one sentence, given the assignments that reach its scope."""
    assignment = removal.assignment
    others = tuple(other for other in assignments if other.id.lower() != assignment.id.lower())
    if role_of(assignment.role_id).jobs_run in (JobsRun.NO, JobsRun.UNKNOWN):
        return f"{removal.name} loses what {removal.text} allows."
    best = best_held(others, assignment.principal_id, assignment.scope)
    if best is not None:
        role = role_of(best.role_id)
        if role.jobs_run is JobsRun.DOCUMENTED:
            return f"Jobs of {removal.name} still work: it is also {role.name} on {best.scope.text}."
        return f"{removal.name} still has {role.name} on {best.scope.text}: {role.jobs_run.text}."
    return f"Jobs that run as {removal.name} on {assignment.scope.text} will fail with 403."
