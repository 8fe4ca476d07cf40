"""What the product must read from recorded JSON, derived here without the product's own code."""

import re
from datetime import datetime
from typing import Any

from tests.conformance.recordings import Exchange
from tests.conformance.replay import is_passing
from tui.cloud.pipeline import FIRST_WAIT, LONGEST_BACKOFF, PATIENCE, TRIES
from tui.domain.azure_roles import AzureRoleAssignment
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.errors import ProblemKind
from tui.domain.identity import Identity, UserAssignedIdentity
from tui.domain.locks import Lock
from tui.domain.ports import RequestWait
from tui.domain.roles import RoleAssignment, RoleDefinition
from tui.domain.sign_in import Tenant
from tui.domain.spark import SparkPool, SparkSettings
from tui.domain.synapse_network import FirewallRule, PrivateEndpoint
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

KINDS = {
    400: ProblemKind.REFUSED,
    401: ProblemKind.NOT_SIGNED_IN,
    403: ProblemKind.FORBIDDEN,
    404: ProblemKind.NOT_FOUND,
    409: ProblemKind.CONFLICT,
    429: ProblemKind.THROTTLED,
    500: ProblemKind.SERVICE,
    502: ProblemKind.SERVICE,
    503: ProblemKind.SERVICE,
    504: ProblemKind.SERVICE,
}

Told = dict[str, Any]


def compute(body: Any) -> Told:
    """Return what the product must read of a compute."""
    properties, inner = body["properties"], body["properties"]["properties"] or {}
    spark = properties["computeType"] == "SynapseSpark"
    scale = inner.get("scaleSettings") or {}
    size = inner.get("vmSize", "")
    nodes = f"{scale['minNodeCount']}–{scale['maxNodeCount']}" if scale else ""
    return {
        "name": body["name"],
        "id": body["id"].lower(),
        "type": properties["computeType"],
        "state": properties["provisioningState"],
        "location": body["location"],
        "compute_location": properties.get("computeLocation", ""),
        "description": properties["description"] or "",
        "tags": body["tags"] or {},
        "created": datetime.fromisoformat(properties["createdOn"]),
        "modified": datetime.fromisoformat(properties["modifiedOn"]),
        "identity": identity(body.get("identity")),
        "attached_to": (properties["resourceId"] or "").lower(),
        "settings": settings(inner, "Properties") if spark and inner else None,
        "nodes": None if spark else nodes,
        "size": None if spark else re.sub(r"(?i)^standard_", "", size),
        "errors": [problem(error) for error in properties["provisioningErrors"] or ()],
        "attached": properties["isAttachedCompute"],
        "unreadable": "",
        "raw": body,
    }


def told_of_compute(found: Compute) -> Told:
    """Return what the product read of a compute, in the same form."""
    spark = found.is_spark_pool
    return {
        "name": found.name,
        "id": str(found.id).lower(),
        "type": found.type,
        "state": found.state.word,
        "location": found.location,
        "compute_location": found.compute_location,
        "description": found.description,
        "tags": dict(found.tags),
        "created": found.created,
        "modified": found.modified,
        "identity": told_of_identity(found.identity),
        "attached_to": str(found.attached_to or "").lower(),
        "settings": told_of_settings(found.settings),
        "nodes": None if spark else found.nodes,
        "size": None if spark else found.size,
        "errors": [told_of_problem(error) for error in found.errors],
        "attached": found.is_attached,
        "unreadable": found.unreadable,
        "raw": found.raw,
    }


def problem(error: Any) -> Told:
    """Return what the product must read of a provisioning error."""
    error = error.get("error") or error
    return {"code": error["code"], "message": error["message"]}


def told_of_problem(error: ProvisioningError) -> Told:
    """Return what the product read of a provisioning error."""
    return {"code": error.code, "message": error.message}


def identity(body: Any) -> Told:
    """Return what the product must read of a managed identity."""
    body = body or {"type": "None"}
    assigned = body.get("userAssignedIdentities") or {}
    return {
        "kinds": {kind.strip().lower() for kind in body["type"].split(",")},
        "principal": body.get("principalId"),
        "tenant": body.get("tenantId"),
        "assigned": [(key.lower(), one["principalId"], one["clientId"]) for key, one in assigned.items()],
    }


def told_of_identity(found: Identity) -> Told:
    """Return what the product read of a managed identity."""
    return {
        "kinds": {kind.lower() for kind in found.kind.value.split(",")},
        "principal": found.principal_id,
        "tenant": found.tenant_id,
        "assigned": [(str(one.id).lower(), one.principal_id, one.client_id) for one in found.user_assigned],
    }


def settings(body: Any, suffix: str = "") -> Told:
    """Return what the product must read of a pool's settings, from the pool or its attached compute."""
    scale, pause = body.get(f"autoScale{suffix}"), body.get(f"autoPause{suffix}")
    return {
        "version": body["sparkVersion"],
        "nodes": body.get("nodeCount"),
        "size": body["nodeSize"],
        "family": body["nodeSizeFamily"],
        "scale": scale and [scale["enabled"], scale["minNodeCount"], scale["maxNodeCount"]],
        "pause": pause and [pause["enabled"], pause["delayInMinutes"]],
    }


def told_of_settings(found: SparkSettings | None) -> Told | None:
    """Return what the product read of a pool's settings."""
    if found is None:
        return None
    scale, pause = found.autoscale, found.auto_pause
    return {
        "version": found.version,
        "nodes": found.node_count,
        "size": found.node_size,
        "family": found.node_size_family,
        "scale": scale and [scale.enabled, scale.minimum, scale.maximum],
        "pause": pause and [pause.enabled, pause.delay],
    }


def item(operation: str, body: Any) -> Told:
    """Return what the product must read of an item of a list, or of a resource other than a compute."""
    properties = body.get("properties", {})
    if operation in _WITHOUT_ID:
        return _WITHOUT_ID[operation](body, properties)
    told: Told = {"id": body["id"].lower()} | {key: body[key] for key in ("name", "location") if key in body}
    match operation:
        case "computes":
            told = compute(body)
        case "subscriptions":
            told = {"id": body["subscriptionId"], "name": body["displayName"], "state": body["state"]}
            told |= {"tenant": body["tenantId"], "usable": body["state"] == "Enabled"}
        case "tenants":
            told = {"id": body["tenantId"], "name": body.get("displayName", body["tenantId"])}
        case "identity" | "identities":
            told |= {"principal": properties["principalId"], "client": properties["clientId"]}
        case "role assignments":
            told |= {"role": body["roleDefinitionId"], "principal": body["principalId"]}
            told |= {"scope": body["scope"], "type": body.get("principalType", "")}
        case "workspace" | "workspaces":
            told |= {"kind": body["kind"], "friendly": properties["friendlyName"]}
        case "private endpoints":
            connection = properties["connectionState"]
            told = {"name": body["name"], "target": properties["privateLinkResourceId"].lower()}
            told |= {"group": properties["groupId"], "state": properties["provisioningState"]}
            told |= {"status": connection.get("status", ""), "reserved": properties["isReserved"]}
        case "synapse workspace" | "synapse workspaces":
            told |= {"dev": properties["connectivityEndpoints"]["dev"]}
        case "spark pool" | "spark pools":
            told |= {"state": properties["provisioningState"], "settings": settings(properties)}
        case _:
            raise AssertionError(f"What the product must know of {operation} is not written down here.")
    return told


def _lock(body: Any, properties: Any) -> Told:
    scope = body["id"].partition("/providers/Microsoft.Authorization/locks/")[0].lower()
    return {"scope": scope, "name": body["name"], "level": properties["level"], "notes": properties.get("notes", "")}


def _azure_role(body: Any, properties: Any) -> Told:
    return {
        "id": body["name"],
        "role": properties["roleDefinitionId"].rpartition("/")[2],
        "principal": properties["principalId"],
        "type": properties["principalType"],
        "scope": properties["scope"],
        "conditional": properties["condition"] is not None,
    }


def _firewall_rule(body: Any, properties: Any) -> Told:
    told = {"name": body["name"], "start": properties["startIpAddress"], "end": properties["endIpAddress"]}
    return told | {"state": properties["provisioningState"]}


_WITHOUT_ID = {"azure role assignments": _azure_role, "locks": _lock, "firewall rules": _firewall_rule}
"""Items that are compared without their resource id."""


def told_of_item(found: object) -> Told:
    """Return what the product read of a resource, in the same form."""
    if isinstance(found, FirewallRule):
        return {"name": found.name, "start": found.start, "end": found.end, "state": found.state.word}
    if isinstance(found, AzureRoleAssignment):
        told = {"id": found.id, "role": found.role_id, "principal": found.principal_id, "type": found.principal_type}
        return told | {"scope": found.scope, "conditional": found.has_condition}
    if isinstance(found, Lock):
        return {"scope": found.scope.key, "name": found.name, "level": found.level, "notes": found.notes}
    return _told_of_endpoint(found) if isinstance(found, PrivateEndpoint) else _told_of_resource(found)


def _told_of_endpoint(found: PrivateEndpoint) -> Told:
    return {
        "name": found.name,
        "target": str(found.target).lower(),
        "group": found.group,
        "state": found.state.word,
        "status": found.status,
        "reserved": found.is_reserved,
    }


def _told_of_resource(found: object) -> Told:
    match found:
        case Compute():
            return told_of_compute(found)
        case Tenant():
            return {"id": found.id, "name": found.name}
        case Subscription():
            return {
                "id": found.id,
                "name": found.name,
                "state": found.state,
                "tenant": found.tenant_id,
                "usable": found.usable,
            }
        case UserAssignedIdentity():
            return {
                "id": str(found.id).lower(),
                "name": found.name,
                "location": found.location,
                "principal": found.principal_id,
                "client": found.client_id,
            }
        case RoleAssignment():
            return {
                "id": found.id,
                "role": found.role_id,
                "principal": found.principal_id,
                "scope": str(found.scope),
                "type": found.principal_type,
            }
        case Workspace():
            more: Told = {"kind": found.kind, "friendly": found.friendly_name}
        case SynapseWorkspace():
            more = {"dev": found.dev_endpoint}
        case SparkPool():
            more = {"state": found.state.word, "settings": told_of_settings(found.settings)}
        case _:
            raise AssertionError(f"What the product knows of {found!r} is not written down here.")
    return {"id": str(found.id).lower(), "name": found.name, "location": found.location, **more}


def role(body: Any) -> Told:
    """Return what the product must read of a role definition."""
    return {
        "id": body["id"],
        "name": body["name"],
        "built in": body["isBuiltIn"],
        "on pools": "workspaces/{workspaceName}/bigDataPools/{bigDataPoolName}" in body["scopes"],
        "actions": {action for permission in body["permissions"] for action in permission["dataActions"]},
    }


def told_of_role(found: RoleDefinition) -> Told:
    """Return what the product read of a role definition."""
    return {
        "id": found.id,
        "name": found.name,
        "built in": found.is_built_in,
        "on pools": found.on_pools,
        "actions": set(found.actions),
    }


def waits(exchange: Exchange) -> list[RequestWait]:
    """Return the waits until the request is given up, if every attempt gets the recorded response."""
    may_repeat = is_passing(exchange) if exchange.method == "GET" else exchange.status in (429, 503)
    if not may_repeat:
        return []
    reason = "throttled" if exchange.status == 429 else "service unavailable"
    asked = seconds_in_words(exchange)
    found: list[RequestWait] = []
    for number in range(TRIES - 1):
        seconds = asked or min(FIRST_WAIT * 2**number, LONGEST_BACKOFF)
        if sum(request_wait.seconds for request_wait in found) + seconds > PATIENCE:
            break
        found.append(RequestWait(reason, seconds))
    return found


def seconds_in_words(exchange: Exchange) -> float:
    """Return the seconds that the response asks to wait, by header or in words, or 0."""
    if "retry-after" in exchange.headers:
        return float(exchange.headers["retry-after"])
    error: Told = exchange.body["error"] if exchange.body else {"message": ""}
    words = " ".join([error["message"], *(detail["message"] for detail in error.get("details") or ())])
    found = re.search(r"(\d+)'? seconds", words)
    return float(found[1]) if found else 0.0
