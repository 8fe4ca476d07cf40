"""Azure role assignments, over Azure Resource Manager: no available generated client offers them."""

from functools import partial
from typing import Any

from tui.cloud import reading
from tui.cloud.arm import Arm
from tui.cloud.described import AnotherResource
from tui.cloud.errors import Stage
from tui.cloud.listing import listing, readable
from tui.domain.azure_grants import assignment_document, assignment_path
from tui.domain.azure_roles import (
    ROLE_ASSIGNMENT_TYPE,
    ROLE_ASSIGNMENTS_API_VERSION,
    ROLE_DEFINITION_TYPE,
    AzureRoleAssignment,
    reaches,
)
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Listing
from tui.domain.resource_id import ResourceId, is_guid

_EXISTS = "RoleAssignmentExists"


class AzureRoleAssignments:
    """The part of `tui.domain.ports.Azure` that is about Azure roles."""

    _arm: Arm

    def azure_role_assignments(self, resource: ResourceId, principal_id: str = "") -> Listing[AzureRoleAssignment]:
        """The Azure role assignments that reach a resource, including inherited ones.

        With an object id in `principal_id`, only those of that principal and of the groups that it is in
        (documentation); otherwise those of everyone, each under its own holder (recorded).
        """
        whose = f" and assignedTo('{principal_id}')" if principal_id else ""
        return listing(
            f"list the Azure roles on {resource.name}",
            self._arm.pages(
                f"{resource}/providers/{ROLE_ASSIGNMENT_TYPE}",
                ROLE_ASSIGNMENTS_API_VERSION,
                {"$filter": f"atScope(){whose}"},
            ),
            readable(partial(azure_assignment_from, resource=resource)),
            self._arm.problems,
        )

    async def grant_azure_role(self, resource: ResourceId, wanted: AzureRoleAssignment) -> bool:
        """Create a role assignment on a resource under its own id; if the answer is unclear, read whether it exists.

        Returns:
            False if the principal already held that role at that scope.

        Raises:
            Problem: If Azure refuses it, or nothing shows that it was created.
        """
        _refuse_odd(resource, wanted)
        doing = f"grant the Azure role on {resource.name}"
        path, document = assignment_path(wanted.scope, wanted.id), assignment_document(wanted, resource.subscription)
        try:
            with self._arm.problems(doing, Stage.SENDING):
                _check_same(await self._arm.put(path, ROLE_ASSIGNMENTS_API_VERSION, document), resource, wanted)
        except Problem as problem:
            if problem.status == 409 and problem.code == _EXISTS:
                return False
            if not problem.outcome_unknown or not await self._is_granted(resource, wanted):
                raise
        return True

    async def _is_granted(self, resource: ResourceId, wanted: AzureRoleAssignment) -> bool:
        """Whether an assignment exists, after an unclear answer; false if that cannot be read."""
        try:
            with self._arm.problems(f"read the Azure role on {resource.name}"):
                path = assignment_path(wanted.scope, wanted.id)
                _check_same(await self._arm.get(path, ROLE_ASSIGNMENTS_API_VERSION), resource, wanted)
        except Problem:
            return False
        return True


def azure_assignment_from(raw: Any, resource: ResourceId) -> AzureRoleAssignment | None:
    """A role assignment (recorded); None if its ids cannot be read, contradict each other, or it is out of reach."""
    properties = reading.mapping(raw, "properties")
    scope = reading.text(properties, "scope")
    before, kind, guid = reading.text(raw, "id").rpartition(f"/providers/{ROLE_ASSIGNMENT_TYPE}/")
    definition = reading.text(properties, "roleDefinitionId").lower().rpartition(f"/{ROLE_DEFINITION_TYPE}/".lower())
    assignment = AzureRoleAssignment(
        id=guid,
        role_id=definition[2],
        principal_id=reading.text(properties, "principalId"),
        scope=scope,
        principal_type=reading.text(properties, "principalType"),
        has_condition=bool(reading.text(properties, "condition")),
    )
    is_itself = bool(kind) and before.lower() == scope.rstrip("/").lower()
    ids = (assignment.id, assignment.role_id, assignment.principal_id)
    return assignment if is_itself and all(map(is_guid, ids)) and reaches(scope, resource) else None


def _check_same(raw: Any, resource: ResourceId, wanted: AzureRoleAssignment) -> None:
    """Check that an answer describes an assignment in every respect.

    Raises:
        AzureError: If it does not.
    """
    found = azure_assignment_from(raw, resource)
    if found is None or found.has_condition or _identity(found) != _identity(wanted):
        raise AnotherResource("Azure's answer describes another role assignment.")


def _identity(assignment: AzureRoleAssignment) -> tuple[str, ...]:
    texts = (assignment.id, assignment.role_id, assignment.principal_id, assignment.scope)
    return tuple(text.lower() for text in texts)


def _refuse_odd(resource: ResourceId, wanted: AzureRoleAssignment) -> None:
    """Refuse an assignment whose ids are not GUIDs, or that is not on the resource itself.

    Raises:
        Problem: If so.
    """
    if all(map(is_guid, (wanted.id, wanted.role_id, wanted.principal_id))) and wanted.scope.lower() == resource.key:
        return
    raise Problem(
        ProblemKind.REFUSED,
        f"The Azure role on {resource.name} cannot be granted: its ids do not belong to it.",
        advice="Nothing was sent. Refresh the readiness before you retry.",
    )
