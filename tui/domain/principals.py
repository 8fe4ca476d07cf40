"""Who holds a role: names for object ids, as far as they are known without Microsoft Graph."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tui.domain.compute import Compute
from tui.domain.identity import Identity, IdentityChoice, UserAssignedIdentity
from tui.domain.resource_id import ResourceId
from tui.domain.workspaces import SynapseWorkspace, Workspace

_TYPED = "an object id that was typed"


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal that may hold a role.

    Attributes:
        object_id: Its object id in Microsoft Entra.
        name: Its display name.
        kind: What it is, such as `system-assigned identity`.
        used_by: The known computes whose jobs run as it, such as `etl-prod in aml-prod`.
        source: The resource whose principal it is, which can be read again; None if unknown.
    """

    object_id: str
    name: str
    kind: str
    used_by: tuple[str, ...] = ()
    source: ResourceId | None = None

    @classmethod
    def typed(cls, object_id: str) -> "Principal":
        """A principal of which only the object id is known, because the user typed it."""
        return cls(object_id, object_id, _TYPED)

    @property
    def text(self) -> str:
        """Its name in a sentence; an object id in place of a name is introduced as one."""
        return f"the object id {self.object_id}" if self.name == self.object_id else self.name

    @property
    def is_typed(self) -> bool:
        """Whether only its object id is known, because the user typed it."""
        return self.kind == _TYPED


@dataclass(slots=True)
class Directory:
    """The principals that are known by name.

    Attributes:
        principals: Each by its object id in lower case; the first name is kept.
        complete: Whether everything was read that it is made from; even then it lacks users, groups and
            applications.
    """

    principals: dict[str, Principal] = field(default_factory=dict)
    complete: bool = True

    def add(
        self, object_id: str | None, name: str, kind: str, used_by: str = "", source: ResourceId | None = None
    ) -> None:
        """Add a principal, or another use of it; one without an object id is ignored."""
        if not object_id:
            return
        principal = self.principals.setdefault(object_id.lower(), Principal(object_id, name, kind, source=source))
        if used_by and used_by not in principal.used_by:
            self.principals[object_id.lower()] = replace(principal, used_by=(*principal.used_by, used_by))

    def add_computes(self, computes: Iterable[Compute], workspace: str) -> None:
        """Add the identities of computes of an Azure ML workspace."""
        for compute in computes:
            use = f"{compute.name} in {workspace}"
            if compute.identity.kind.has_system:
                kind = "system-assigned identity"
                self.add(compute.identity.principal_id, compute.name, kind, use, compute.id)
            self.add_identities(compute.identity.user_assigned, use)

    def add_identities(self, identities: Iterable[UserAssignedIdentity], used_by: str = "") -> None:
        """Add user-assigned identities."""
        for identity in identities:
            self.add(identity.principal_id, identity.name, "user-assigned identity", used_by, identity.id)

    def add_workspaces(self, workspaces: Iterable[Workspace | SynapseWorkspace]) -> None:
        """Add the identities of workspaces themselves."""
        for workspace in workspaces:
            kind = "Synapse workspace" if isinstance(workspace, SynapseWorkspace) else "Azure ML workspace"
            self.add(workspace.principal_id, workspace.name, f"{kind} itself", source=workspace.id)

    def find(self, object_id: str) -> Principal | None:
        """The principal with an object id, in any letter case; None if unknown."""
        return self.principals.get(object_id.lower())


def principals_of(compute: Compute) -> tuple[Principal, ...]:
    """The principals that jobs on an attached pool run as: system-assigned first, then user-assigned in order."""
    directory = Directory()
    directory.add_computes([compute], compute.id.parent.name if compute.id else "")
    return tuple(directory.principals.values())


def sources_of(compute: ResourceId | None, identity: Identity) -> dict[str, ResourceId]:
    """The resources whose principals a compute has, by object id in lower case; `compute` is None without an id."""
    sources = {one.principal_id.lower(): one.id for one in identity.user_assigned if one.principal_id}
    if compute is not None and identity.principal_id:
        sources[identity.principal_id.lower()] = compute
    return sources


def lost_principals(before: Identity, after: IdentityChoice) -> dict[str, str]:
    """The principals that a compute loses with a change of identity: their names by object id in lower case."""
    lost = {}
    if before.kind.has_system and not after.kind.has_system and before.principal_id:
        lost[before.principal_id.lower()] = "the system-assigned principal"
    for one in before.user_assigned:
        if one.principal_id and one.id not in after.user_assigned:
            lost[one.principal_id.lower()] = one.name
    return lost
