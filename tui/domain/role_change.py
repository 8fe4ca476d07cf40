"""A change of the roles that reach a Spark pool: what is granted, and what is taken away after that."""

from dataclasses import dataclass

from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope, holds, role_of
from tui.domain.workspaces import SynapseWorkspace


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be granted.

    Attributes:
        id: The assignment's GUID, chosen here, so that sending it twice grants it once.
        role: The role.
        principal: Who is to hold it.
        scope: Where.
    """

    id: str
    role: RoleDefinition
    principal: Principal
    scope: RoleScope

    @property
    def assignment(self) -> RoleAssignment:
        """The assignment that it makes."""
        return RoleAssignment(self.id, self.role.id, self.principal.object_id, self.scope)

    @property
    def words(self) -> str:
        """What it is, in half a sentence."""
        return f"{self.role.name} on {self.scope.words}"


@dataclass(frozen=True, slots=True)
class Removal:
    """A role to be taken away.

    Attributes:
        assignment: The assignment.
        name: Its holder's name, or object id where nobody knows the name.
    """

    assignment: RoleAssignment
    name: str

    @property
    def words(self) -> str:
        """What it is, in half a sentence."""
        return f"{role_of(self.assignment.role_id).name} on {self.assignment.scope.words}"


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Grants, and then removals, on one Spark pool or its Synapse workspace.

    Attributes:
        synapse: The Synapse workspace.
        id: The Spark pool's resource id, or the Synapse workspace's.
        grants: What is granted first.
        removals: What is taken away last, so that nobody is without a role in between.
    """

    synapse: SynapseWorkspace
    id: ResourceId
    grants: tuple[Grant, ...] = ()
    removals: tuple[Removal, ...] = ()

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


def removal_consequence(removal: Removal, assignments: tuple[RoleAssignment, ...]) -> str:
    """What stops working without a role, in one sentence.

    Args:
        removal: The role that is taken away.
        assignments: All that reach its scope.
    """
    one = removal.assignment
    others = tuple(other for other in assignments if other.id.lower() != one.id.lower())
    left = holds(others, one.principal_id, one.scope)
    if not role_of(one.role_id).uses_compute:
        return f"{removal.name} loses what {removal.words} allows."
    if left:
        return f"Jobs of {removal.name} go on: it is {role_of(left[0].role_id).name} on {left[0].scope.words}, too."
    return f"Jobs that run as {removal.name} on {one.scope.words} fail with 403 from then on."
