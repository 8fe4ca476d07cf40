"""The Synapse role assignments, by workspace, without HTTP."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tui.sandbox import synapse_roles
from tui.sandbox.http import Document
from tui.sandbox.names import guid


class Grant(NamedTuple):
    """An initial role.

    Attributes:
        principal_id: The object id of its holder.
        scope: Where, such as `workspaces/syn/bigDataPools/pool`.
        role_id: The role's GUID.
        principal_type: `User`, `Group` or `ServicePrincipal`.
    """

    principal_id: str
    scope: str
    role_id: str = synapse_roles.ADMINISTRATOR
    principal_type: str = "ServicePrincipal"


class RoleAssignments:
    """The role assignments of all Synapse workspaces, created for each workspace when needed.

    Args:
        workspace_of: Returns the Synapse workspace of a name, in any letter case, or None.
        grants: Returns the assignments besides each workspace's own two administrators.
    """

    def __init__(
        self, workspace_of: Callable[[str], Document | None], grants: Callable[[], Iterable[Grant]] = tuple
    ) -> None:
        self._workspace_of = workspace_of
        self._grants = grants
        self._books: dict[str, dict[str, Document]] = {}
        self._effective_from: dict[str, float] = {}

    def of(self, workspace: str) -> list[Document]:
        """The workspace's assignments, oldest first."""
        return list(self._book(workspace).values())

    def get(self, workspace: str, assignment_id: str) -> Document | None:
        """The assignment of that id, or None."""
        return self._book(workspace).get(assignment_id.lower())

    def put(self, workspace: str, assignment: Document, effective_from: float = 0.0) -> None:
        """Add an assignment, which takes effect at `effective_from`, on the clock's monotonic scale."""
        self._book(workspace)[assignment["id"].lower()] = assignment
        self._effective_from[assignment["id"].lower()] = effective_from

    def remove(self, workspace: str, assignment_id: str) -> Document | None:
        """Remove an assignment and return it, or None if there is none."""
        self._effective_from.pop(assignment_id.lower(), None)
        return self._book(workspace).pop(assignment_id.lower(), None)

    def grant(self, workspace: str, grant: Grant) -> Document:
        """Add an assignment that takes effect at once, with a new id, and return it."""
        assignment_id = guid("assignment", grant.scope.lower(), grant.principal_id, grant.role_id)
        assignment = {
            "id": assignment_id,
            "roleDefinitionId": grant.role_id,
            "principalId": grant.principal_id,
            "scope": grant.scope,
            "principalType": grant.principal_type,
        }
        self.put(workspace, assignment)
        return assignment

    def deciding(
        self, workspace: str, principals: Iterable[str], action: str, scope: str, now: float
    ) -> Document | None:
        """The assignment that allows the action, or None.

        Args:
            workspace: The workspace's name.
            principals: The object ids of the caller and its groups.
            action: The data action.
            scope: Where; a scope that ends in `/*` also includes everything below it.
            now: The moment, on the clock's monotonic scale: recent grants are not effective yet.
        """
        who = {principal.lower() for principal in principals}
        below = scope.removesuffix("/*") if scope.endswith("/*") else None
        for key, assignment in self._book(workspace).items():
            reaches = covers(assignment["scope"], below or scope) or (
                below is not None and covers(below, assignment["scope"])
            )
            if (
                reaches
                and assignment["principalId"].lower() in who
                and self._effective_from.get(key, 0.0) <= now
                and synapse_roles.allows(assignment["roleDefinitionId"], action)
            ):
                return assignment
        return None

    def _book(self, workspace: str) -> dict[str, Document]:
        key = workspace.lower()
        if key not in self._books:
            self._books[key] = {}
            self._fill(key)
        return self._books[key]

    def _fill(self, key: str) -> None:
        """Add the assignments of a new workspace: its creator and its own identity, both administrators (recorded)."""
        document = self._workspace_of(key)
        if document is not None:
            scope = f"workspaces/{document['name']}"
            creator = document["properties"]["cspWorkspaceAdminProperties"]["initialWorkspaceAdminObjectId"]
            self.grant(key, Grant(creator, scope, principal_type="User"))
            self.grant(key, Grant(document["identity"]["principalId"], scope))
        for grant in self._grants():
            if grant.scope.split("/")[1].lower() == key:
                self.grant(key, grant)


def covers(wide: str, narrow: str) -> bool:
    """Whether what applies at the wide scope applies at the narrow one: they are equal, or it is inherited."""
    return f"{narrow.lower()}/".startswith(f"{wide.lower()}/")
