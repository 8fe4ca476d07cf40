"""The names under which the journal stores objects: a format that is independent of the names in the source.

A name that was ever written stays readable for ever. To rename something in the source, change the left side of its
entry and leave the right side alone. A member that is added to a stored class gets an entry and, because records
without it exist, a place in `late`. Raise `FORMAT` when an earlier version must not read what is written from then on;
keep stored records of every format in `tests/operations/stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import AzureRole
from tui.domain.chain_steps import IDENTITY_FOUND
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind, RequestIds, Retry
from tui.domain.identity import Identity, IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import RESUMED, Failed, Progress, Started, Succeeded, Unwatched, Verb, Waited
from tui.domain.plan import Detachment
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.principals import Principal
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
from tui.domain.spark import AutoPause, Autoscale, DynamicExecutors, SparkPool, SparkSettings
from tui.domain.states import ProvisioningState, Tone
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.resume_point import ATTACHED, DETACHED, GRANTING, REMOVING, SENDING, UPDATED

FORMAT = 2
"""The format of the records that this version writes.

1: Version 0.1.0; the record does not name its format.
2: The record names its format, and a problem has its tenant.
"""

IGNORABLE = "also"
"""The one member that an older reader may skip, whatever a later version puts there."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the objects of one class are stored.

    Attributes:
        name: The stored name of the class.
        type: The class.
        members: The stored name of each member, by its name in the source.
        late: The stored names of members that were added after the first records were written; they have defaults.
        sparse: Those of them that are left out where they are None or empty, so that earlier versions read the record.
        words: For members with words that the program reads back: the stored word of each.
        make: Makes an object from its members.
    """

    name: str
    type: type[Any]
    members: Mapping[str, str]
    late: frozenset[str] = frozenset()
    sparse: frozenset[str] = frozenset()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    make: Callable[..., Any] | None = None


STATUSES = {
    SENDING: "sending",
    ATTACHED: "attached",
    UPDATED: "updated",
    DETACHED: "detached",
    GRANTING: "granting",
    REMOVING: "removing",
    RESUMED: "resumed",
    IDENTITY_FOUND: "identity found",
}
"""The statuses that the program itself reads back; all others are shown only, and are stored as they are."""

STEPS = {
    "preflight": "preflight",
    "attach": "attach",
    "identity": "identity",
    "update": "update",
    "detach": "detach",
    "grant": "grant",
    "remove": "remove",
    "verify": "verify",
}

_TYPED = {Principal.typed("").kind: "an object id that was typed"}


def _problem(tenant: str = "", retry: Retry = Retry.UNKNOWN, *, had_no_effect: bool = False, **members: Any) -> Problem:
    problem = Problem(**members)
    problem.tenant, problem.retry, problem.had_no_effect = tenant, retry, had_no_effect
    return problem


FORMS = (
    # Events
    Form("Started", Started, {"at": "at", "before": "before", "after": "after"}),
    Form(
        "Progress",
        Progress,
        {
            "at": "at",
            "status": "status",
            "note": "note",
            "percent": "percent",
            "next_poll": "next_poll",
            "token": "token",
            "ids": "ids",
            "step": "step",
            "found": "found",
            "tone": "tone",
        },
        late=frozenset({"found", "tone"}),
        sparse=frozenset({"tone"}),
        words={"status": STATUSES, "step": STEPS},
    ),
    Form("Waited", Waited, {"at": "at", "reason": "reason", "until": "until", "step": "step"}, words={"step": STEPS}),
    Form("Succeeded", Succeeded, {"at": "at", "resource": "compute"}),
    Form("Failed", Failed, {"at": "at", "problem": "problem", "found": "found", "rest": "rest"}),
    Form("Unwatched", Unwatched, {"at": "at"}),
    Form(
        "Problem",
        Problem,
        {
            "kind": "kind",
            "title": "title",
            "cause": "cause",
            "advice": "advice",
            "code": "code",
            "status": "status",
            "ids": "ids",
            "outcome_unknown": "outcome_unknown",
            "command": "command",
            "tenant": "tenant",
            "retry": "retry",
            "had_no_effect": "had_no_effect",
        },
        late=frozenset({"command", "tenant", "retry", "had_no_effect"}),
        make=_problem,
    ),
    Form("RequestIds", RequestIds, {"client": "client", "request": "request", "correlation": "correlation"}),
    # Requests
    Form(
        "Attachment",
        Attachment,
        {
            "workspace": "workspace",
            "name": "name",
            "pool": "pool",
            "identity": "identity",
            "description": "description",
            "tags": "tags",
            "role": "role",
        },
    ),
    Form(
        "ComputeEdit",
        ComputeEdit,
        {"compute": "compute", "edit": "edit", "move": "move", "role": "role"},
        late=frozenset({"role"}),
    ),
    Form("Edit", Edit, {"identity": "identity", "description": "description", "tags": "tags"}),
    Form(
        "Detachment",
        Detachment,
        {"compute": "compute", "gone": "gone", "roles": "roles"},
        late=frozenset({"gone", "roles"}),
    ),
    Form(
        "RoleChange",
        RoleChange,
        {"synapse": "synapse", "id": "id", "grants": "grants", "removals": "removals", "compute": "compute"},
        late=frozenset({"compute"}),
    ),
    Form(
        "RoleMove",
        RoleMove,
        {
            "synapse": "synapse",
            "pool": "pool",
            "role": "role",
            "grants": "grants",
            "mints": "mints",
            "removals": "removals",
        },
    ),
    Form("PoolChange", PoolChange, {"pool": "pool", "edit": "edit"}),
    Form(
        "PoolEdit",
        PoolEdit,
        {"version": "version", "nodes": "nodes", "autoscale": "autoscale", "auto_pause": "auto_pause", "tags": "tags"},
    ),
    Form(
        "PoolCreation",
        PoolCreation,
        {"workspace": "workspace", "name": "name", "settings": "settings", "tags": "tags"},
    ),
    Form(
        "IdentityCreation",
        IdentityCreation,
        {
            "subscription": "subscription",
            "resource_group": "resource_group",
            "name": "name",
            "location": "location",
            "tags": "tags",
        },
    ),
    Form("AzureGrants", AzureGrants, {"id": "id", "grants": "grants", "compute": "compute"}),
    Form("AzureGrant", AzureGrant, {"id": "id", "role": "role", "principal": "principal"}),
    Form("AzureRole", AzureRole, {"id": "id", "name": "name"}),
    Form(
        "Grant",
        Grant,
        {"id": "id", "role": "role", "principal": "principal", "scope": "scope", "is_held": "is_held"},
        late=frozenset({"is_held"}),
    ),
    Form(
        "Removal",
        Removal,
        {"assignment": "assignment", "name": "name", "shared": "shared", "source": "source"},
        late=frozenset({"source"}),
    ),
    # Parts of these
    Form(
        "Compute",
        Compute,
        {
            "name": "name",
            "id": "id",
            "type": "type",
            "state": "state",
            "location": "location",
            "compute_location": "compute_location",
            "description": "description",
            "tags": "tags",
            "created": "created",
            "modified": "modified",
            "identity": "identity",
            "attached_to": "attached_to",
            "settings": "settings",
            "nodes": "nodes",
            "size": "size",
            "errors": "errors",
            "is_attached": "is_attached",
            "unreadable": "unreadable",
            "raw": "raw",
        },
    ),
    Form("ProvisioningError", ProvisioningError, {"code": "code", "message": "message", "details": "details"}),
    Form("ProvisioningState", ProvisioningState, {"word": "word"}),
    Form(
        "SparkSettings",
        SparkSettings,
        {
            "version": "version",
            "node_count": "node_count",
            "node_size": "node_size",
            "node_size_family": "node_size_family",
            "autoscale": "autoscale",
            "auto_pause": "auto_pause",
        },
    ),
    Form(
        "SparkPool",
        SparkPool,
        {
            "id": "id",
            "location": "location",
            "state": "state",
            "settings": "settings",
            "tags": "tags",
            "created": "created",
            "changed": "changed",
            "executors": "executors",
            "is_isolated": "is_isolated",
            "has_session_packages": "has_session_packages",
            "cache": "cache",
            "requirements": "requirements",
            "libraries": "libraries",
            "configuration": "configuration",
            "raw": "raw",
        },
    ),
    Form(
        "DynamicExecutors",
        DynamicExecutors,
        {"enabled": "enabled", "minimum": "minimum", "maximum": "maximum"},
    ),
    Form("Autoscale", Autoscale, {"enabled": "enabled", "minimum": "minimum", "maximum": "maximum"}),
    Form("AutoPause", AutoPause, {"enabled": "enabled", "delay": "delay"}),
    Form(
        "Identity",
        Identity,
        {"kind": "kind", "principal_id": "principal_id", "tenant_id": "tenant_id", "user_assigned": "user_assigned"},
    ),
    Form("IdentityChoice", IdentityChoice, {"kind": "kind", "user_assigned": "user_assigned"}),
    Form(
        "UserAssignedIdentity",
        UserAssignedIdentity,
        {
            "id": "id",
            "principal_id": "principal_id",
            "client_id": "client_id",
            "location": "location",
            "tenant_id": "tenant_id",
            "raw": "raw",
        },
        late=frozenset({"raw"}),
        sparse=frozenset({"raw"}),
    ),
    Form(
        "Principal",
        Principal,
        {"object_id": "object_id", "name": "name", "kind": "kind", "used_by": "used_by", "source": "source"},
        late=frozenset({"source"}),
        words={"kind": _TYPED},
    ),
    Form(
        "RoleAssignment",
        RoleAssignment,
        {
            "id": "id",
            "role_id": "role_id",
            "principal_id": "principal_id",
            "scope": "scope",
            "principal_type": "principal_type",
        },
    ),
    Form(
        "RoleDefinition",
        RoleDefinition,
        {"id": "id", "name": "name", "on_pools": "on_pools", "actions": "actions", "is_built_in": "is_built_in"},
    ),
    Form("RoleScope", RoleScope, {"workspace": "workspace", "item_type": "item_type", "item": "item"}),
    Form(
        "SynapseWorkspace",
        SynapseWorkspace,
        {
            "id": "id",
            "location": "location",
            "dev_endpoint": "dev_endpoint",
            "principal_id": "principal_id",
            "public_network": "public_network",
            "lake_name": "lake_name",
            "lake": "lake",
        },
        late=frozenset({"lake_name", "lake"}),
        sparse=frozenset({"lake_name", "lake"}),
    ),
    Form(
        "Workspace",
        Workspace,
        {
            "id": "id",
            "location": "location",
            "kind": "kind",
            "friendly_name": "friendly_name",
            "principal_id": "principal_id",
            "tenant_id": "tenant_id",
            "storage": "storage",
        },
        late=frozenset({"storage"}),
        sparse=frozenset({"storage"}),
    ),
)

ENUMS: dict[str, Mapping[Enum, str]] = {
    "IdentityKind": {
        IdentityKind.NONE: "None",
        IdentityKind.SYSTEM: "SystemAssigned",
        IdentityKind.USER: "UserAssigned",
        IdentityKind.SYSTEM_AND_USER: "SystemAssigned,UserAssigned",
    },
    "ProblemKind": {
        ProblemKind.NOT_SIGNED_IN: "not signed in",
        ProblemKind.FORBIDDEN: "forbidden",
        ProblemKind.NOT_FOUND: "not found",
        ProblemKind.CONFLICT: "conflict",
        ProblemKind.THROTTLED: "throttled",
        ProblemKind.REFUSED: "refused",
        ProblemKind.SERVICE: "service",
        ProblemKind.CONNECTION: "connection",
        ProblemKind.FAILED: "failed",
        ProblemKind.CANCELED: "canceled",
        ProblemKind.UNREADABLE: "unreadable",
        ProblemKind.CHANGED: "changed",
        ProblemKind.INTERNAL: "internal",
    },
    "Retry": {
        Retry.NO: "no",
        Retry.LATER: "after a wait",
        Retry.AFTER_SIGN_IN: "after a sign-in",
        Retry.AFTER_CHANGE: "after a change of what Azure names",
        Retry.UNKNOWN: "unknown",
    },
    "Tone": {
        Tone.GOOD: "good",
        Tone.BUSY: "busy",
        Tone.WARNING: "warning",
        Tone.BAD: "bad",
        Tone.NEUTRAL: "neutral",
    },
}
"""The stored name of each enumeration, and of each of its members."""

VERBS: Mapping[Verb, str] = {
    Verb.ATTACH: "attach",
    Verb.UPDATE: "update",
    Verb.DETACH: "detach",
    Verb.ROLES: "roles",
    Verb.CREATE_POOL: "create pool",
    Verb.CHANGE_POOL: "change pool",
    Verb.CREATE_IDENTITY: "create identity",
    Verb.AZURE_ROLES: "grant Azure roles",
}
"""What an operation does, as its row says it."""
