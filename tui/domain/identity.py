"""Managed identities: what a compute has, what can be chosen, and how the API spells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState


class IdentityKind(Enum):
    """The managed identity types of a compute; each value is ARM's spelling."""

    NONE = "None"
    SYSTEM = "SystemAssigned"
    USER = "UserAssigned"
    SYSTEM_AND_USER = "SystemAssigned,UserAssigned"

    @classmethod
    def parse(cls, text: str) -> "IdentityKind":
        """Read any spelling of a type.

        Letter case, underscores, blanks and order do not matter (recorded: ARM accepts `Systemassigned,Userassigned`;
        the CLI writes `system_assigned`).

        Raises:
            ValueError: If it is none of the four.
        """
        words = frozenset(part.strip() for part in text.lower().replace("_", "").split(",") if part.strip())
        kinds = {
            frozenset[str](): cls.NONE,
            frozenset({"none"}): cls.NONE,
            frozenset({"systemassigned"}): cls.SYSTEM,
            frozenset({"userassigned"}): cls.USER,
            frozenset({"systemassigned", "userassigned"}): cls.SYSTEM_AND_USER,
        }
        if words not in kinds:
            raise ValueError(f'"{text}" is not an identity type: use None, SystemAssigned or UserAssigned.')
        return kinds[words]

    @property
    def has_system(self) -> bool:
        """Whether it includes a system-assigned identity."""
        return self in (IdentityKind.SYSTEM, IdentityKind.SYSTEM_AND_USER)

    @property
    def has_user(self) -> bool:
        """Whether it includes user-assigned identities."""
        return self in (IdentityKind.USER, IdentityKind.SYSTEM_AND_USER)


@dataclass(frozen=True, slots=True)
class UserAssignedIdentity:
    """A user-assigned managed identity.

    Attributes:
        id: Its resource id.
        principal_id: The object id that roles are granted to; None where Azure did not report it.
        client_id: The client id; None where Azure did not report it.
        location: Its region, such as `eastus2`; empty if unknown.
        tenant_id: Its tenant; empty where Azure did not report it.
        raw: What Azure sent, unchanged; None where only a compute names it.
    """

    id: ResourceId
    principal_id: str | None = None
    client_id: str | None = None
    location: str = ""
    tenant_id: str = ""
    raw: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags, as far as Azure sent them."""
        tags = (self.raw or {}).get("tags")
        return tags if isinstance(tags, Mapping) else {}

    @property
    def state(self) -> ProvisioningState:
        """Always Succeeded: Azure reports no state, because an identity is complete once it exists (recorded)."""
        return ProvisioningState("Succeeded")


@dataclass(frozen=True, slots=True)
class Identity:
    """The managed identity that a compute has now.

    Attributes:
        kind: Which types it has.
        principal_id: The system-assigned principal's object id, if there is one.
        tenant_id: The tenant of that principal.
        user_assigned: In the order that Azure returned; the API uses a map, so Azure decides.
    """

    kind: IdentityKind = IdentityKind.NONE
    principal_id: str | None = None
    tenant_id: str | None = None
    user_assigned: tuple[UserAssignedIdentity, ...] = ()

    @property
    def summary(self) -> str:
        """Short text for a table: `none`, `system`, `user ×2`, `system, user ×1`."""
        words = []
        if self.kind.has_system:
            words.append("system")
        if self.kind.has_user:
            words.append(f"user ×{len(self.user_assigned)}")
        return ", ".join(words) or "none"


@dataclass(frozen=True, slots=True)
class IdentityChoice:
    """The managed identity that a compute will have.

    `user_assigned` are resource ids in the order chosen: the first submits jobs by default (documentation).
    """

    kind: IdentityKind = IdentityKind.NONE
    user_assigned: tuple[ResourceId, ...] = ()

    @property
    def problem(self) -> str | None:
        """Why this cannot be sent, in one sentence, or None."""
        if self.kind.has_user and not self.user_assigned:
            return "No user-assigned identity is chosen: choose at least one, or another identity type."
        return None

    def document(self) -> dict[str, Any] | None:
        """The `identity` member of a PUT, or None to leave it out.

        Source: recorded PUTs of computes and workspaces.
        """
        if self.kind is IdentityKind.NONE:
            return None
        document: dict[str, Any] = {"type": self.kind.value}
        if self.kind.has_user:
            document["userAssignedIdentities"] = {str(identity): {} for identity in self.user_assigned}
        return document

    @classmethod
    def of(cls, identity: Identity) -> "IdentityChoice":
        """The choice that leaves a compute's identity as it is."""
        return cls(identity.kind, tuple(assigned.id for assigned in identity.user_assigned))
