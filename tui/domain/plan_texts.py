"""The parts of a plan as text, the same for the screen and for verbs."""

import json
from collections.abc import Iterator

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants
from tui.domain.difference import Change, Mark
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Detachment, Effect, Step
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_kinds import kind_of
from tui.domain.role_change import RoleChange

SIGNS = {
    Effect.ATTACH: Mark.ADDED,
    Effect.UPDATE: Mark.CHANGED,
    Effect.ROLES: Mark.CHANGED,
    Effect.DETACH: Mark.REMOVED,
    Effect.CREATE_POOL: Mark.ADDED,
    Effect.CHANGE_POOL: Mark.CHANGED,
    Effect.CREATE_IDENTITY: Mark.ADDED,
    Effect.AZURE_ROLES: Mark.CHANGED,
    Effect.NONE: Mark.SAME,
}
"""The sign at the start of a step."""


def step_title(step: Step) -> str:
    """What a step does, with its sign: `- detach churn`."""
    return f"{SIGNS[step.effect].value} {step.effect.value} {step.name}"


def place_of(step: Step) -> str:
    """Where a step writes: `syn-prod/etlpool in aml-prod`."""
    request = step.request
    if isinstance(request, Attachment):
        region = request.workspace.location or "region not read yet"
        return f"{request.pool.parent.name}/{request.pool.name} in {request.workspace.name} ({region})"
    if isinstance(request, RoleChange):
        return f"in Synapse workspace {request.synapse.name}"
    if isinstance(request, PoolChange | PoolCreation):
        return f"in Synapse workspace {request.id.parent.name}"
    if isinstance(request, IdentityCreation):
        return f"in resource group {request.resource_group}"
    if isinstance(request, AzureGrants):
        return f"{kind_of(request.id)} in resource group {request.id.resource_group}"
    pool = request.compute.attached_to
    words = f"{pool.parent.name}/{pool.name} in " if pool else "in "
    return words + request.id.parent.name


def effective_changes(step: Step) -> Iterator[Change]:
    """The changes of a step that a plan shows first: those that change something."""
    is_detach = isinstance(step.request, Detachment)
    for change in step.changes:
        # A detach removes all members of the compute, so only the roles are worth showing.
        if change.mark is not Mark.SAME and (not is_detach or change.path[0] == "role"):
            yield change


def member_name(path: tuple[str, ...]) -> str:
    """The name of a member of a document; of a resource id, only its last part."""
    return ".".join(part.rsplit("/", 1)[-1] if part.startswith("/") else part for part in path)


def values_of(change: Change) -> str:
    """The value of a member, or the old and the new one; not cleaned."""
    if "userAssignedIdentities" in change.path and {} in (change.before, change.after):
        return ""  # the request has an empty object for an identity; its name says all
    if change.mark is Mark.CHANGED:
        return f"{json_word(change.before)} → {json_word(change.after)}"
    return json_word(change.before if change.mark is Mark.REMOVED else change.after)


def json_word(value: object) -> str:
    """A value of a document: text as it is; anything else, and blank text, as JSON."""
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)
