"""Reads the body of a compute PUT: what Azure keeps of it, or why it refuses it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tui.sandbox import documents, names
from tui.sandbox.choices import Choices
from tui.sandbox.clock import START
from tui.sandbox.echo import echo_of
from tui.sandbox.http import Document, Request
from tui.sandbox.managed_computes import MANAGED_TYPES, backing_cluster, in_the_making, provisioned
from tui.sandbox.world import World

POOL_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Synapse/workspaces/[^/]+/bigDataPools/[^/]+",
    re.IGNORECASE,
)


class Refusal(NamedTuple):
    """Why the service answers 400: the sentence (unrecorded: chosen), and the inner error codes, outermost first."""

    message: str
    inner: tuple[str, ...] = ("BadArgument", "ArgumentInvalid")


class _RefusedError(Exception):
    """Carries a refusal out of the readers below."""


def read_compute(
    request: Request, arm_id: str, existing: Document | None, world: World, choices: Choices
) -> Document | Refusal:
    """The compute after the PUT, in state Creating, or why it is refused.

    `createdOn` is kept from the existing compute and absent on a new one; the caller sets `modifiedOn`. `choices`
    decides where Azure's behaviour is unrecorded.
    """
    try:
        sent = _object(_parsed(request), "The request body")
        return _compute(sent, arm_id, existing, world, choices)
    except _RefusedError as refused:
        return Refusal(str(refused))


def asked_of(sent: object) -> Mapping[str, object]:
    """The inner properties in the body of a PUT; empty if there are none."""
    for member in ("properties", "properties"):
        sent = sent.get(member) if isinstance(sent, dict) else None
    return sent if isinstance(sent, dict) else {}


def read_scale_settings(request: Request, compute: Document) -> Document | Refusal:
    """The compute's scale settings after the PATCH, or why it is refused."""
    try:
        sent = _object(_parsed(request), "The request body")
        outer = _object(sent.get("properties"), "'properties'")
        wanted = _object(outer.get("properties"), "'properties.properties'")
        scale = _object(wanted.get("scaleSettings"), "'scaleSettings'")
    except _RefusedError as refused:
        return Refusal(str(refused))
    before = ((compute["properties"] or {}).get("properties") or {}).get("scaleSettings")
    return Refusal("The compute has no scale settings.") if before is None else {**before, **scale}


def _compute(
    sent: Mapping[str, object], arm_id: str, existing: Document | None, world: World, choices: Choices
) -> Document:
    wanted = _object(sent.get("properties"), "'properties'")
    compute_type = _text(wanted.get("computeType"), "'computeType'")
    compute_type = MANAGED_TYPES.get(compute_type.lower(), compute_type)
    resource_id = wanted.get("resourceId")
    before = (existing or {}).get("properties") or {}
    inner = wanted.get("properties") or before.get("properties")
    if before and before["computeType"].lower() != compute_type.lower():
        raise _RefusedError("The type of an existing compute cannot be changed.")
    if compute_type.lower() == "synapsespark":
        compute_type = "SynapseSpark"
        resource_id = _pool_id(resource_id, before, world, choices)
        # The echo is the service's own: what a client sends there is dropped.
        inner = before.get("properties") or _early_echo(resource_id, arm_id, world, choices)
    elif compute_type in MANAGED_TYPES.values():
        there = {"name": arm_id.rsplit("/", 1)[-1], "properties": {"computeType": compute_type}}
        inner = in_the_making(compute_type, provisioned(there, asked_of(sent), START))
        resource_id = backing_cluster(arm_id) if before and compute_type == "AmlCompute" else None
    identity = _identity(sent, arm_id, existing, world, choices)
    properties = {
        **({"createdOn": before["createdOn"]} if before else {}),
        "disableLocalAuth": bool(wanted.get("disableLocalAuth", False)),
        "description": wanted.get("description"),
        "resourceId": resource_id,
        "computeType": compute_type,
        **({"computeLocation": before["computeLocation"]} if "computeLocation" in before else {}),
        "provisioningState": "Creating",
        "provisioningErrors": None,
        **({"provisioningWarnings": {}} if before else {}),
        "isAttachedCompute": compute_type.lower() in documents.ATTACHED_TYPES,
        "properties": inner,
    }
    return {
        "id": arm_id,
        "name": arm_id.rsplit("/", 1)[-1],
        "type": f"{names.AML}/workspaces/computes",
        "location": _text(sent.get("location"), "'location'"),
        # A new compute without tags answers null, and {} ever after (recorded).
        "tags": _tags(sent.get("tags")) or ({} if existing else None),
        **({"identity": identity} if identity else {}),
        "properties": properties,
    }


def _pool_id(resource_id: object, before: Document, world: World, choices: Choices) -> str:
    pool_id = _text(resource_id, "'resourceId'")
    if not POOL_ID.fullmatch(pool_id):
        raise _RefusedError(f"The resource id '{pool_id}' is not that of a Synapse Spark pool.")
    attached = before.get("resourceId")
    if attached and attached.lower() != pool_id.lower() and choices.other_pool == "refused":
        raise _RefusedError("The Spark pool of an attached compute cannot be changed.")
    if choices.missing_pool == "refused" and world.spark_pools.get(pool_id) is None:
        raise _RefusedError(f"The Spark pool '{pool_id}' was not found.")
    return pool_id


def _early_echo(pool_id: str, arm_id: str, world: World, choices: Choices) -> Document | None:
    pool = world.spark_pools.get(pool_id)
    return echo_of(pool, arm_id, choices) if pool and choices.echo_while_creating else None


def _identity(
    sent: Mapping[str, object], arm_id: str, existing: Document | None, world: World, choices: Choices
) -> Document | None:
    """The identity in Azure's spelling; its type is read in any letter case (recorded)."""
    had = (existing or {}).get("identity")
    if sent.get("identity") is None:
        return had if choices.identity_left_out == "kept" else None
    wanted = _object(sent["identity"], "'identity'")
    kinds = {kind.strip().lower() for kind in _text(wanted.get("type"), "'identity.type'").split(",")}
    if not kinds <= {"none", "systemassigned", "userassigned"}:
        raise _RefusedError(f"The identity type '{wanted.get('type')}' is invalid.")
    principal = None
    if "systemassigned" in kinds:
        principal = (had or {}).get("principalId") or world.mint_principal(arm_id)
    if "userassigned" in kinds:
        assigned = _user_assigned(wanted, world)
        if choices.identity_order == "by name":
            assigned.sort(key=lambda one: str(one["name"]))
        return documents.user_assigned(assigned, principal)
    return documents.system_assigned(principal) if principal else None


def _user_assigned(wanted: Mapping[str, object], world: World) -> list[Document]:
    asked = _object(wanted.get("userAssignedIdentities"), "'identity.userAssignedIdentities'")
    if not asked:
        raise _RefusedError("'identity.userAssignedIdentities' names no identity.")
    found = [(arm_id, world.identities.get(arm_id)) for arm_id in asked]
    missing = [arm_id for arm_id, identity in found if identity is None]
    if missing:
        raise _RefusedError(f"The user-assigned identity '{missing[0]}' was not found.")
    return [identity for _, identity in found if identity is not None]


def _tags(value: object) -> Mapping[str, object] | None:
    return None if value is None else _object(value, "'tags'")


def _parsed(request: Request) -> object:
    try:
        return request.json()
    except ValueError as error:
        raise _RefusedError("The request body is not JSON.") from error


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _RefusedError(f"{what} must be an object.")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _RefusedError(f"{what} is required.")
    return value
