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
from tui.domain.azure_scope import AzureScope, place_of
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Listing
from tui.domain.resource_id import is_guid

_EXISTS = "RoleAssignmentExists"


class AzureRoleAssignments:
    """The part of `tui.domain.ports.Azure` that is about Azure roles."""

    _arm: Arm

    def azure_role_assignments(self, scope: AzureScope, principal_id: str = "") -> Listing[AzureRoleAssignment]:
        """The Azure role assignments that reach a scope, including inherited ones.

        With an object id in `principal_id`, only those of that principal and of the groups that it is in
        (documentation); otherwise those of everyone, each under its own holder (recorded).
        """
        whose = f" and assignedTo('{principal_id}')" if principal_id else ""
        return listing(
            f"list the Azure roles on {scope.place}",
            self._arm.pages(
                f"{scope.text}/providers/{ROLE_ASSIGNMENT_TYPE}",
                ROLE_ASSIGNMENTS_API_VERSION,
                {"$filter": f"atScope(){whose}"},
            ),
            readable(partial(azure_assignment_from, asked=scope)),
            self._arm.problems,
        )

    async def grant_azure_role(self, wanted: AzureRoleAssignment) -> bool:
        """Create a role assignment under its own id; if the answer is unclear, read whether it exists.

        Returns:
            False if the principal already held that role at that scope.

        Raises:
            Problem: If Azure refuses it, or nothing shows that it was created.
        """
        _refuse_odd(wanted)
        path, document = assignment_path(wanted.scope, wanted.id), assignment_document(wanted)
        try:
            with self._arm.problems(f"grant the Azure role on {place_of(wanted.scope)}", Stage.SENDING):
                _check_same(await self._arm.put(path, ROLE_ASSIGNMENTS_API_VERSION, document), wanted)
        except Problem as problem:
            if problem.status == 409 and problem.code == _EXISTS:
                return False
            if not problem.outcome_unknown or not await self._is_granted(path, wanted):
                raise
        return True

    async def _is_granted(self, path: str, wanted: AzureRoleAssignment) -> bool:
        """Whether an assignment exists, after an unclear answer; false if that cannot be read."""
        try:
            with self._arm.problems(f"read the Azure role on {place_of(wanted.scope)}"):
                _check_same(await self._arm.get(path, ROLE_ASSIGNMENTS_API_VERSION), wanted)
        except Problem:
            return False
        return True


def azure_assignment_from(raw: Any, asked: AzureScope) -> AzureRoleAssignment | None:
    """A role assignment (recorded).

    Returns None if its ids cannot be read or contradict each other, or it cannot reach the scope `asked`.
    """
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
    return assignment if is_itself and all(map(is_guid, ids)) and reaches(scope, asked) else None


def _check_same(raw: Any, wanted: AzureRoleAssignment) -> None:
    """Check that an answer describes an assignment in every respect.

    Raises:
        AzureError: If it does not.
    """
    found = azure_assignment_from(raw, AzureScope(wanted.scope))
    if found is None or found.has_condition or _identity(found) != _identity(wanted):
        raise AnotherResource("Azure's answer describes another role assignment.")


def _identity(assignment: AzureRoleAssignment) -> tuple[str, ...]:
    texts = (assignment.id, assignment.role_id, assignment.principal_id, assignment.scope)
    return tuple(text.lower() for text in texts)


def _refuse_odd(wanted: AzureRoleAssignment) -> None:
    """Refuse an assignment whose ids are not GUIDs, or whose scope is not in a subscription.

    Raises:
        Problem: If so.
    """
    first, guid = f"{wanted.scope}///".split("/")[1:3]
    is_inside = first.lower() == "subscriptions" and is_guid(guid)
    if is_inside and all(map(is_guid, (wanted.id, wanted.role_id, wanted.principal_id))):
        return
    raise Problem(
        ProblemKind.REFUSED,
        f"The Azure role on {place_of(wanted.scope)} cannot be granted: an id of it is not valid.",
        advice="Nothing was sent. Refresh the readiness before you retry.",
    )
