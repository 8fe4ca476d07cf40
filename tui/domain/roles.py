"""Synapse roles: what can be granted, where it applies, and what it allows.

Synapse has its own roles: they are granted on the Synapse workspace's data plane, and Azure roles such as Owner do not
include them.
"""

import re
from dataclasses import dataclass
from enum import Enum

from tui.domain.resource_id import GUID_PATTERN, ResourceId, is_guid
from tui.domain.text import without_invisible

READ = "Microsoft.Synapse/workspaces/read"
USE_COMPUTE = "Microsoft.Synapse/workspaces/bigDataPools/useCompute/action"
GRANT = "Microsoft.Synapse/workspaces/roleAssignments/write"
REMOVE = "Microsoft.Synapse/workspaces/roleAssignments/delete"
"""Actions of Synapse's own permissions (recorded in the definitions of the built-in roles)."""

_BARE_GUID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE | re.ASCII)
_LIKE_A_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{1,4}|[0-9a-f]{24}|/subscriptions/|://", re.IGNORECASE | re.ASCII)
_OBJECT_IDS = tuple(
    re.compile(rf"(?<![a-z])(?:{label})[\"']?(?:\s*[:=]\s*|/|\s+)[\"']?({GUID_PATTERN})", re.IGNORECASE | re.ASCII)
    for label in ("object_?id|principal_?id|oid|user_?id|group_?id", "id")
)
"""The words for an object id in tools and pages, the clearest first; client and tenant ids have others."""


@dataclass(frozen=True, slots=True, eq=False)
class RoleScope:
    """Where a role applies: a whole Synapse workspace, or one item of it.

    Two scopes are equal when they differ in letter case only. `item_type` is the API's type, such as `bigDataPools`; it
    and `item` are empty for the workspace.
    """

    workspace: str
    item_type: str = ""
    item: str = ""

    @classmethod
    def parse(cls, text: str) -> "RoleScope":
        """Read a scope as the data plane writes it (recorded: `workspaces/syn/bigDataPools/pool`).

        Raises:
            ValueError: If it is not a scope.
        """
        parts = text.strip("/").split("/")
        if len(parts) not in (2, 4) or parts[0].lower() != "workspaces" or not all(parts):
            raise ValueError(f'"{text}" is not a Synapse scope: it looks like workspaces/NAME/bigDataPools/POOL.')
        return cls(*parts[1:])

    @classmethod
    def of_pool(cls, pool: ResourceId) -> "RoleScope":
        """The scope of one Spark pool."""
        return cls(pool.parent.name, "bigDataPools", pool.name)

    @property
    def is_workspace(self) -> bool:
        """Whether it is a whole workspace."""
        return not self.item_type

    @property
    def is_pool(self) -> bool:
        """Whether it is a Spark pool."""
        return self.item_type.lower() == "bigdatapools"

    def covers(self, other: "RoleScope") -> bool:
        """Whether a role at this scope applies at another: a workspace covers its items (recorded)."""
        return self == other or (self.is_workspace and self.workspace.lower() == other.workspace.lower())

    @property
    def text(self) -> str:
        """The scope on the screen: `Spark pool syn-prod/etlpool`, `workspace syn-prod`."""
        if self.is_workspace:
            return f"workspace {self.workspace}"
        kind = "Spark pool" if self.is_pool else self.item_type
        return f"{kind} {self.workspace}/{self.item}"

    def __str__(self) -> str:
        item = f"/{self.item_type}/{self.item}" if self.item_type else ""
        return f"workspaces/{self.workspace}{item}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoleScope) and str(self).lower() == str(other).lower()

    def __hash__(self) -> int:
        return hash(str(self).lower())


class JobsRun(Enum):
    """Whether jobs run with a role: the word for a table, and the same as part of a sentence."""

    DOCUMENTED = "yes", "what Azure's documentation asks for"
    UNCONFIRMED = "not confirmed", "less; not confirmed to be enough"
    UNKNOWN = "not known", "a custom role; whether jobs run with it is not known"
    NO = "no", "jobs fail with 403"

    @property
    def short(self) -> str:
        """The word for a table."""
        return self.value[0]

    @property
    def text(self) -> str:
        """The same as part of a sentence."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A Synapse role.

    Attributes:
        id: Its GUID.
        on_pools: Whether it can be granted on a single Spark pool; every role can be granted on the workspace.
        actions: What it allows; empty where Azure did not report it.
        is_built_in: Whether it is built into Synapse.
    """

    id: str
    name: str
    on_pools: bool = False
    actions: frozenset[str] = frozenset()
    is_built_in: bool = True

    @property
    def uses_compute(self) -> bool:
        """Whether it allows running jobs on a Spark pool."""
        return USE_COMPUTE in self.actions

    @property
    def jobs_run(self) -> JobsRun:
        """Whether jobs run with it: only Synapse Administrator is documented as sufficient."""
        if self.id.lower() == ADMINISTRATOR.id:
            return JobsRun.DOCUMENTED
        if self.uses_compute:
            return JobsRun.UNCONFIRMED
        return JobsRun.NO if self.is_built_in or self.actions else JobsRun.UNKNOWN

    @property
    def grants(self) -> bool:
        """Whether it allows granting roles."""
        return GRANT in self.actions


def _built_in(guid: str, name: str, *actions: str, on_pools: bool = False) -> RoleDefinition:
    return RoleDefinition(guid, name, on_pools, frozenset({READ, *actions}))


ADMINISTRATOR = _built_in(
    "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78", "Synapse Administrator", USE_COMPUTE, GRANT, on_pools=True
)
"""What the documentation asks for, on the Spark pool, for the identity of the attached compute."""

COMPUTE_OPERATOR = _built_in(
    "e3844cc7-4670-42cb-9349-9bdac1ee7881", "Synapse Compute Operator", USE_COMPUTE, on_pools=True
)

BUILT_IN: tuple[RoleDefinition, ...] = (
    ADMINISTRATOR,
    _built_in("7572bffe-f453-4b66-912a-46cc5ef38fda", "Synapse Contributor", USE_COMPUTE, on_pools=True),
    COMPUTE_OPERATOR,
    _built_in("2a385764-43e8-416c-9825-7b18d05a2c4b", "Synapse User", on_pools=True),
    _built_in("c3a6d2f1-a26f-4810-9b0f-591308d5cbf1", "Apache Spark Administrator", USE_COMPUTE),
    _built_in("05930f57-09a3-4c0d-9fa9-6d1eb91c178b", "Synapse Artifact Publisher"),
    _built_in("53faaa0e-40b6-40c8-a2ff-e38f2d388875", "Synapse Artifact User"),
    _built_in("5eb298b4-692c-4241-9cf0-f58a3b42bb25", "Synapse Credential User"),
    _built_in("dd665582-e433-40ca-b183-1b1b33e73375", "Synapse Linked Data Manager"),
    _built_in("8f9b2195-5b12-4a7c-af30-8f1f46197650", "Synapse Monitoring Operator"),
    _built_in("7af0c69a-a548-47d6-aea3-d00e69bd83aa", "Synapse SQL Administrator"),
)
"""The built-in roles (recorded), because a user who may grant them may not be allowed to list them."""

_BY_ID = {role.id: role for role in BUILT_IN}


def role_of(role_id: str, known: tuple[RoleDefinition, ...] = ()) -> RoleDefinition:
    """The role with an id, in any letter case; an unknown one has its GUID as its name.

    `known` are roles that were listed, custom ones included.
    """
    key = role_id.lower()
    listed = next((role for role in known if role.id.lower() == key), None)
    return _BY_ID.get(key) or listed or RoleDefinition(role_id, role_id, is_built_in=False)


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role that a principal holds.

    Attributes:
        id: The assignment's GUID, chosen by whoever granted it.
        role_id: The role's GUID.
        principal_id: The principal's object id.
        scope: Where it applies.
        principal_type: `User`, `Group` or `ServicePrincipal`; empty where the service left it out.
    """

    id: str
    role_id: str
    principal_id: str
    scope: RoleScope
    principal_type: str = ""

    def held_by(self, principal_id: str) -> bool:
        """Whether a principal holds it."""
        return self.principal_id.lower() == principal_id.lower()


def object_id_in(text: str) -> str:
    """The one object id (a GUID) in a text; empty if there is none, or more than one.

    The text can be the GUID, in quotes or braces or without dashes; a line of JSON or the address of a page that says
    which of its GUIDs is the object id; or the output of a tool.
    """
    plain = without_invisible(text)
    bare = plain.strip(" \t\r\n\"'`,;{}()<>")
    if _BARE_GUID.fullmatch(bare):
        return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    if is_guid(bare):
        return bare
    for label in _OBJECT_IDS:
        guids = {match[1].lower() for match in label.finditer(plain)}
        if guids:
            return guids.pop() if len(guids) == 1 else ""
    return ""


def looks_like_object_id(text: str) -> bool:
    """Whether a text is meant as an object id, or holds another id, and is not a name to search for."""
    return bool(object_id_in(text)) or _LIKE_A_GUID.search(without_invisible(text)) is not None


def holds(assignments: tuple[RoleAssignment, ...], principal_id: str, scope: RoleScope) -> tuple[RoleAssignment, ...]:
    """The assignments that let a principal run jobs at a scope, granted there or on the whole workspace."""
    return tuple(
        one
        for one in assignments
        if one.held_by(principal_id) and one.scope.covers(scope) and role_of(one.role_id).uses_compute
    )


def best_held(assignments: tuple[RoleAssignment, ...], principal_id: str, scope: RoleScope) -> RoleAssignment | None:
    """The assignment that lets a principal run jobs at a scope, documented ones first; None if there is none."""
    held = holds(assignments, principal_id, scope)
    documented = (one for one in held if role_of(one.role_id).jobs_run is JobsRun.DOCUMENTED)
    return next(documented, held[0] if held else None)
