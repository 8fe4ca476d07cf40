"""Grants of Azure roles on one resource, such as a storage account."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from tui.domain.azure_roles import CONTRIBUTOR, ROLE_ASSIGNMENT_TYPE, AzureRole, AzureRoleAssignment
from tui.domain.phrases import enumerated
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId

_IDENTITIES = ("system-assigned identity", "user-assigned identity")
SERVICE_PRINCIPAL = "ServicePrincipal"


@dataclass(frozen=True, slots=True)
class AzureGrant:
    """An Azure role to grant.

    Attributes:
        id: The assignment's GUID, chosen here, so that sending it twice grants it once.
        role: The role.
        principal: The future holder.
    """

    id: str
    role: AzureRole
    principal: Principal

    @property
    def principal_type(self) -> str:
        """The kind of the principal, which Azure asks for if the principal is new; empty where it is unknown."""
        return SERVICE_PRINCIPAL if self.principal.kind in _IDENTITIES else ""

    def assignment(self, scope: ResourceId) -> AzureRoleAssignment:
        """The assignment that it creates on a resource."""
        return AzureRoleAssignment(self.id, self.role.id, self.principal.object_id, str(scope), self.principal_type)

    def document(self, scope: ResourceId) -> dict[str, object]:
        """The body of its PUT (recorded)."""
        return assignment_document(self.assignment(scope))


def assignment_document(assignment: AzureRoleAssignment) -> dict[str, object]:
    """The body of the PUT of a role assignment in a subscription (recorded)."""
    subscription = assignment.scope.split("/")[2]
    definition = AzureRole(assignment.role_id, "").definition_id(subscription)
    kind = {"principalType": assignment.principal_type} if assignment.principal_type else {}
    return {"properties": {"roleDefinitionId": definition, "principalId": assignment.principal_id, **kind}}


def assignment_path(scope: str, guid: str) -> str:
    """The resource id of a role assignment."""
    return f"{scope.rstrip('/')}/providers/{ROLE_ASSIGNMENT_TYPE}/{guid}"


def azure_grants(roles: Iterable[AzureRole], principal: Principal) -> tuple[AzureGrant, ...]:
    """A grant of each role to a principal, with new ids."""
    return tuple(AzureGrant(str(uuid4()), role, principal) for role in roles)


@dataclass(frozen=True, slots=True)
class AzureGrants:
    """Grants of Azure roles on one resource.

    Attributes:
        id: The resource's id.
        grants: What is granted, in order.
        compute: The attached pool that it is for, which a lock may cover; None for none.
    """

    id: ResourceId
    grants: tuple[AzureGrant, ...]
    compute: ResourceId | None = None

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.id.name

    @property
    def warnings(self) -> tuple[str, ...]:
        """What else the roles allow, one sentence each."""
        names = dict.fromkeys(one.principal.name for one in self.grants if one.role == CONTRIBUTOR)
        if not names:
            return ()
        return (
            f"{enumerated(list(names))} can then also manage {self.name} and read its keys: "
            f"{CONTRIBUTOR.name} includes that, and the documentation of Spark jobs asks for it.",
        )
