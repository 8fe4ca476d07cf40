"""Assignments of Azure roles, without HTTP: their documents, who holds which role where, and what that allows."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tui.sandbox import azure_roles, names
from tui.sandbox.http import Document
from tui.sandbox.names import AUTHORIZATION
from tui.sandbox.scopes import ROOT, depth, is_within

TYPE = f"{AUTHORIZATION}/roleAssignments"


class AzureGrant(NamedTuple):
    """An initial role.

    Attributes:
        principal_id: The object id of its holder.
        scope: The ARM id of what it is on, or `/`.
        role: The role's GUID.
        principal_type: `User`, `Group` or `ServicePrincipal`.
    """

    principal_id: str
    scope: str
    role: str
    principal_type: str = "ServicePrincipal"

    def document(self, moment: datetime) -> Document:
        """The assignment, made by the signed-in user at that moment."""
        guid = names.guid("azure role", self.scope.lower(), self.principal_id, self.role)
        return role_assignment(self, guid, names.zulu_time(moment), names.USER_OBJECT_ID)


def also_for(application: str, assignment: Document) -> Document:
    """The assignment for an application as well, given by its object id."""
    told = assignment["properties"]
    grant = AzureGrant(application, told["scope"], role_of(assignment))
    return grant.document(datetime.fromisoformat(told["createdOn"]))


def role_assignment(grant: AzureGrant, guid: str, moment: str, creator: str) -> Document:
    """An assignment with no condition and description (recorded).

    Its role has no subscription, which `shown` adds.
    """
    return {
        "properties": {
            "roleDefinitionId": azure_roles.role_id(grant.role, ""),
            "principalId": grant.principal_id,
            "principalType": grant.principal_type,
            "scope": grant.scope,
            "condition": None,
            "conditionVersion": None,
            "createdOn": moment,
            "updatedOn": moment,
            "createdBy": creator,
            "updatedBy": creator,
            "delegatedManagedIdentityResourceId": None,
            "description": None,
        },
        "id": assignment_id(grant.scope, guid),
        "type": TYPE,
        "name": guid,
    }


def assignment_id(scope: str, guid: str) -> str:
    """The ARM id of an assignment."""
    return f"{scope.rstrip('/')}/providers/{TYPE}/{guid}"


def shown(assignment: Document, subscription: str) -> Document:
    """The assignment as it is shown in a subscription, given by its ARM id."""
    role = azure_roles.role_id(role_of(assignment), subscription)
    return {**assignment, "properties": {**assignment["properties"], "roleDefinitionId": role}}


def role_of(assignment: Document) -> str:
    """The GUID of the assignment's role."""
    found: str = assignment["properties"]["roleDefinitionId"].rpartition("/")[2]
    return found.lower()


def reaching(assignments: Iterable[Document], scope: str) -> list[Document]:
    """The assignments at the scope and above it, the widest first (recorded)."""
    return _ordered(one for one in assignments if is_within(scope or ROOT, one["properties"]["scope"]))


def around(assignments: Iterable[Document], scope: str) -> list[Document]:
    """The assignments above, at and below the scope, the widest first (documentation)."""
    wide = scope or ROOT
    return _ordered(
        one
        for one in assignments
        if is_within(wide, one["properties"]["scope"]) or is_within(one["properties"]["scope"], wide)
    )


def _ordered(assignments: Iterable[Document]) -> list[Document]:
    return sorted(assignments, key=lambda one: depth(one["properties"]["scope"]))
