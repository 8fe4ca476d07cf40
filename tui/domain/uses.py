"""Which attached pools run as which principals, and what that means for the removal of a role."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.identity import Identity, IdentityChoice, IdentityKind
from tui.domain.phrases import enumerated
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal
from tui.domain.roles import JobsRun, RoleAssignment, RoleScope, role_of

_PEOPLE = ("user", "group")


@dataclass(frozen=True, slots=True)
class Uses:
    """The computes that were read, to find the attached pools that run as identities with roles.

    Attributes:
        computes: The computes of every workspace that was read.
        hidden: What the caller may not read, such as `the computes of aml-dev`.
        failed: What could not be read for another reason.
    """

    computes: tuple[Compute, ...] = ()
    hidden: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def users(self, assignment: RoleAssignment, besides: Collection[ResourceId] = ()) -> tuple[Compute, ...]:
        """The attached pools that a role assignment reaches and whose jobs run as its principal, except `besides`."""
        return tuple(one for one in self._reached(assignment, besides) if _carries(one, assignment))

    def nameless(self, assignment: RoleAssignment, besides: Collection[ResourceId] = ()) -> tuple[str, ...]:
        """The user-assigned identities on those pools whose principal Azure did not report."""
        return tuple(
            f"{assigned.name} of {one.name}"
            for one in self._reached(assignment, besides)
            for assigned in one.identity.user_assigned
            if not assigned.principal_id
        )

    def with_choice(self, compute: ResourceId, choice: IdentityChoice | None) -> "Uses":
        """The computes after one of them gets another identity, or is detached (None)."""
        computes = []
        for one in self.computes:
            if one.id != compute:
                computes.append(one)
            elif choice is not None:
                computes.append(replace(one, identity=_reduced(one.identity, choice)))
        return replace(self, computes=tuple(computes))

    def _reached(self, assignment: RoleAssignment, besides: Collection[ResourceId]) -> Iterable[Compute]:
        for one in self.computes:
            # If Azure does not report the pool, it may be this one.
            is_reached = one.attached_to is None or assignment.scope.covers(RoleScope.of_pool(one.attached_to))
            is_pool = one.is_spark_pool or bool(one.unreadable and not one.type)
            if is_pool and is_reached and one.id not in besides:
                yield one


def _carries(compute: Compute, assignment: RoleAssignment) -> bool:
    identity = compute.identity
    is_own = (
        identity.kind.has_system and bool(identity.principal_id) and assignment.held_by(identity.principal_id or "")
    )
    return is_own or is_assigned(compute, assignment)


def is_assigned(compute: Compute, assignment: RoleAssignment) -> bool:
    """Whether a compute has a role's holder as a user-assigned identity; true too if that cannot be read."""
    if any(one.principal_id and assignment.held_by(one.principal_id) for one in compute.identity.user_assigned):
        return True
    if not compute.unreadable or assignment.held_by(compute.identity.principal_id or ""):
        return False
    return assignment.principal_id.lower() in str(compute.raw.get("identity")).lower()


def _reduced(identity: Identity, choice: IdentityChoice) -> Identity:
    """An identity without what a choice removes; added identities have no role to lose yet."""
    stays = tuple(one for one in identity.user_assigned if one.id in choice.user_assigned)
    if identity.kind.has_system and choice.kind.has_system:
        return Identity(choice.kind, identity.principal_id, identity.tenant_id, stays)
    return Identity(IdentityKind.USER if stays else IdentityKind.NONE, user_assigned=stays)


def compute_names(computes: Iterable[Compute]) -> str:
    """Computes with their workspaces: `churn2 in aml-prod and etl in aml-dev`."""
    return enumerated([f"{one.name} in {one.id.parent.name}" if one.id else one.name for one in computes])


def why_kept(removal: Removal, uses: Uses | Problem, besides: Collection[ResourceId] = ()) -> str:
    """Why a role must not be removed: another attached pool may run as the identity that holds it; else empty.

    `uses` is the state at the time of the removal; `besides` are the computes that the removal is meant for.
    """
    assignment = removal.assignment
    if assignment.principal_type.lower() in _PEOPLE:
        return ""
    users = [] if isinstance(uses, Problem) else uses.users(assignment, besides)
    users = [one for one in users if is_assigned(one, assignment)]
    if users:
        reason = f"{compute_names(users)} {'runs' if len(users) == 1 else 'run'} as it."
    else:
        # Nothing else runs as a system-assigned principal, so unreadable computes cast no doubt.
        reason = _doubt(assignment, uses, besides) if removal.shared else ""
    return f"{removal.name} keeps {removal.text}: {reason}" if reason else ""


def _doubt(assignment: RoleAssignment, uses: Uses | Problem, besides: Collection[ResourceId]) -> str:
    """Why it is uncertain that nothing else runs as a principal; empty if it is certain."""
    if isinstance(uses, Problem):
        return f"which attached pools run as it could not be read. {uses.title}"
    if uses.failed:
        return f"{enumerated(uses.failed)} could not be read, and may run as it."
    nameless = uses.nameless(assignment, besides)
    if not nameless:
        return ""
    return f"Azure did not report the principal of {enumerated(nameless)}."


def losses(removal: Removal, uses: Uses) -> tuple[str, ...]:
    """The attached pools whose jobs lose a role, as sentences; empty for none."""
    users = uses.users(removal.assignment)
    if not users or role_of(removal.assignment.role_id).jobs_run is JobsRun.NO:
        return ()
    verb = "runs" if len(users) == 1 else "run"
    return (f"{compute_names(users)} {verb} as {removal.name} and will lose {removal.text}.",)


def unchecked(removal: Removal, uses: Uses | Problem) -> str:
    """What could not be checked before a role is removed, in one sentence; empty for a user or a group."""
    if removal.assignment.principal_type.lower() in _PEOPLE:
        return ""
    if isinstance(uses, Problem):
        return f"Which attached pools run as {removal.name} could not be read. {uses.title}"
    if not removal.shared:
        return ""
    hidden = f", but not in {enumerated(uses.hidden)}, which you may not read" if uses.hidden else ""
    return (
        f"Whether other attached pools run as {removal.name} was checked in this subscription{hidden}; "
        "other subscriptions are not checked."
    )
