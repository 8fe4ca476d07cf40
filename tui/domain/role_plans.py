"""The plan that removes one role, with what stops working without it."""

from collections.abc import Sequence

from tui.domain.compute import Compute
from tui.domain.held_roles import HeldRole
from tui.domain.plan import Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal, RoleChange, removal_consequence, still_fails
from tui.domain.roles import RoleAssignment
from tui.domain.workspaces import SynapseWorkspace


def removal_plan(
    compute: Compute,
    pool: ResourceId,
    synapse: SynapseWorkspace,
    role: HeldRole,
    holder: Principal | None,
    assignments: Sequence[RoleAssignment],
) -> Plan:
    """The plan that removes a role.

    Args:
        compute: The compute whose roles were read.
        pool: Its Spark pool.
        synapse: The pool's Synapse workspace.
        role: The role to remove.
        holder: Its holder; None if that is not known.
        assignments: All role assignments that reach the pool.
    """
    is_alone = holder is not None and holder.kind != "user-assigned identity"
    removal = Removal(role.assignment, role.name, shared=not is_alone, source=holder.source if holder else None)
    target = synapse.id if role.assignment.scope.is_workspace else pool
    held = tuple(assignments)
    harms: list[str] = []
    warnings: list[str] = []
    (harms if still_fails(removal, held) else warnings).append(removal_consequence(removal, held))
    if role.is_inherited:
        harms.append(f"It applies to the whole workspace: every pool of {synapse.name} loses it.")
    if role.assignment.principal_type == "Group":
        warnings.append(f"The members of the group {role.name} cannot be read here; each of them loses the role.")
    if holder is not None and holder.kind == "you":
        harms.append(
            f"It is your own role. Without another one, you can neither read nor grant roles of {synapse.name}, "
            "nor give this one back to yourself."
        )
    plan = Plan.of([RoleChange(synapse, target, removals=(removal,), compute=compute.id)])
    plan = plan.with_harms((target, one) for one in harms)
    return plan.with_warnings((target, one) for one in warnings)
