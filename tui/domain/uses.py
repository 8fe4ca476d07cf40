"""Which attached pools run as which principals, and what the removal of a role therefore may and may not do."""

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
    """The computes that were read, among which attached Spark pools run as identities that hold roles.

    Attributes:
        computes: The computes of every workspace that was read.
        hidden: What the caller may not read, such as `the computes of aml-dev`; only Azure knows what runs there.
        failed: What could not be read for another reason.
    """

    computes: tuple[Compute, ...] = ()
    hidden: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def users(self, assignment: RoleAssignment, besides: Collection[ResourceId] = ()) -> tuple[Compute, ...]:
        """The attached pools that a role assignment reaches and whose jobs run as its principal.

        Args:
            assignment: The role assignment.
            besides: The ids of computes to leave out.
        """
        return tuple(one for one in self._reached(assignment, besides) if _carries(one, assignment))

    def nameless(self, assignment: RoleAssignment, besides: Collection[ResourceId] = ()) -> tuple[str, ...]:
        """The user-assigned identities on those pools of which Azure did not say the principal."""
        return tuple(
            f"{assigned.name} of {one.name}"
            for one in self._reached(assignment, besides)
            for assigned in one.identity.user_assigned
            if not assigned.principal_id
        )

    def with_choice(self, compute: ResourceId, choice: IdentityChoice | None) -> "Uses":
        """What there is when a compute has another identity.

        Args:
            compute: The compute.
            choice: Its identity afterwards; None if it is detached.
        """
        computes = []
        for one in self.computes:
            if one.id != compute:
                computes.append(one)
            elif choice is not None:
                computes.append(replace(one, identity=_reduced(one.identity, choice)))
        return replace(self, computes=tuple(computes))

    def _reached(self, assignment: RoleAssignment, besides: Collection[ResourceId]) -> Iterable[Compute]:
        for one in self.computes:
            # Where Azure does not say which pool it is, that it is another one cannot be assumed.
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
    """Whether a compute has the holder of a role as a user-assigned identity, or may have where it cannot be read."""
    if any(one.principal_id and assignment.held_by(one.principal_id) for one in compute.identity.user_assigned):
        return True
    if not compute.unreadable or assignment.held_by(compute.identity.principal_id or ""):
        return False
    return assignment.principal_id.lower() in str(compute.raw.get("identity")).lower()


def _reduced(identity: Identity, choice: IdentityChoice) -> Identity:
    """An identity without what a choice takes from it; what the choice adds has a role to get, not to lose."""
    stays = tuple(one for one in identity.user_assigned if one.id in choice.user_assigned)
    if identity.kind.has_system and choice.kind.has_system:
        return Identity(choice.kind, identity.principal_id, identity.tenant_id, stays)
    return Identity(IdentityKind.USER if stays else IdentityKind.NONE, user_assigned=stays)


def compute_names(computes: Iterable[Compute]) -> str:
    """Computes with their workspaces: `churn2 in aml-prod and etl in aml-dev`."""
    return enumerated([f"{one.name} in {one.id.parent.name}" if one.id else one.name for one in computes])


def why_kept(removal: Removal, uses: Uses | Problem, besides: Collection[ResourceId] = ()) -> str:
    """Why a role must not be removed: another attached pool may run as the user-assigned identity that holds it.

    Args:
        removal: The role.
        uses: What runs as whom, as it is when the role goes; or why that could not be read.
        besides: The ids of the computes that the removal is meant for.

    Returns:
        One sentence; empty if nothing is known to need it.
    """
    assignment = removal.assignment
    if assignment.principal_type.lower() in _PEOPLE:
        return ""
    users = [] if isinstance(uses, Problem) else uses.users(assignment, besides)
    users = [one for one in users if is_assigned(one, assignment)]
    if users:
        reason = f"{compute_names(users)} {'runs' if len(users) == 1 else 'run'} as it."
    else:
        # Nothing else runs as a system-assigned principal, so that what could not be read is no doubt about it.
        reason = _doubt(assignment, uses, besides) if removal.shared else ""
    return f"{removal.name} keeps {removal.words}: {reason}" if reason else ""


def _doubt(assignment: RoleAssignment, uses: Uses | Problem, besides: Collection[ResourceId]) -> str:
    """What keeps it from being certain that nothing else runs as a principal; empty for nothing."""
    if isinstance(uses, Problem):
        return f"which attached pools run as it could not be read. {uses.title}"
    if uses.failed:
        return f"{enumerated(uses.failed)} could not be read, and may run as it."
    nameless = uses.nameless(assignment, besides)
    if not nameless:
        return ""
    return f"Azure did not say which principal {enumerated(nameless)} {'is' if len(nameless) == 1 else 'are'}."


def losses(removal: Removal, uses: Uses) -> tuple[str, ...]:
    """The attached pools whose jobs lose a role, as sentences; empty if none is known to.

    Args:
        removal: The role.
        uses: What runs as whom.
    """
    users = uses.users(removal.assignment)
    if not users or role_of(removal.assignment.role_id).jobs_run is JobsRun.NO:
        return ()
    verb, lose = ("runs", "loses") if len(users) == 1 else ("run", "lose")
    return (f"{compute_names(users)} {verb} as {removal.name} and {lose} {removal.words} with it.",)


def unchecked(removal: Removal, uses: Uses | Problem) -> str:
    """What could not be looked at before a role is removed, as one sentence; empty for a person or a group.

    Args:
        removal: The role.
        uses: What runs as whom, or why that could not be read.
    """
    if removal.assignment.principal_type.lower() in _PEOPLE:
        return ""
    if isinstance(uses, Problem):
        return f"Which attached pools run as {removal.name} could not be read. {uses.title}"
    if not removal.shared:
        return ""
    hidden = f", but not in {enumerated(uses.hidden)}, which you may not read" if uses.hidden else ""
    return (
        f"Whether other attached pools run as {removal.name} was looked up in this subscription{hidden}; "
        "workspaces of other subscriptions are not checked."
    )
