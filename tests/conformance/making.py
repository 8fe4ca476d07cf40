"""Sandbox documents with the names and settings of recorded resources; the sandbox provides the rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from tui.sandbox import documents, names
from tui.sandbox.azure_role_assignments import AzureGrant, role_assignment
from tui.sandbox.http import Document
from tui.sandbox.managed_computes import cluster, compute_instance
from tui.sandbox.names import USER_OBJECT_ID

RUNNING = ("Creating", "Updating", "Deleting")
"""The states of a compute with a running operation."""


def chosen(recorded: Document, *members: str) -> Document:
    """Return the given members that the recorded document has: what its owner chose, not what Azure added."""
    return {member: recorded[member] for member in members if member in recorded}


def own_id(arm_id: str) -> str:
    """Return the ARM id in the sandbox's letter case."""
    parts = arm_id.split("/")
    _, _, subscription, _, group, _, provider, kind, name, *inner = parts
    match provider.lower(), kind.lower(), len(inner):
        case "microsoft.managedidentity", _, 0:
            return names.identity_id(subscription, group, name)
        case "microsoft.synapse", _, 0:
            return names.synapse_workspace_id(subscription, group, name)
        case "microsoft.synapse", _, 2:
            return names.spark_pool_id(subscription, group, name, inner[1])
        case _, _, 2:
            return names.compute_id(subscription, group, name, inner[1])
    return names.aml_workspace_id(subscription, group, name)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def compute(recorded: Document) -> Document:
    """Return the sandbox's document of a provisioned compute with the recorded name and settings."""
    told = recorded["properties"]
    created = _moment(told["createdOn"])
    match told["computeType"]:
        case "AmlCompute":
            inner = cluster("STANDARD_DS3_V2", 2, created)
            inner |= chosen(told["properties"], "userAccountCredentials")
        case "ComputeInstance":
            inner = compute_instance(recorded["name"], created)
            inner |= chosen(told["properties"], "computeInstanceAuthorizationType")
        case _:
            inner = told["properties"]
    made = documents.compute(own_id(recorded["id"]), recorded["location"], created, told["computeType"], inner)
    made["properties"] |= chosen(told, "description")
    if told["provisioningState"] not in (*RUNNING, "Succeeded"):
        made["properties"] |= chosen(told, "provisioningState", "provisioningErrors")
    if told["computeType"] not in ("AmlCompute", "ComputeInstance"):
        made["properties"] |= chosen(told, "resourceId")
    identity = recorded.get("identity")
    if identity:
        made["identity"] = compute_identity(identity)
    return made | {"tags": recorded["tags"] or {}}


def compute_identity(recorded: Document) -> Document:
    """Return the identity as a compute in the sandbox shows it."""
    assigned = [
        documents.user_assigned_identity(own_id(key), "eastus") for key in recorded.get("userAssignedIdentities", {})
    ]
    own = recorded.get("principalId")
    return documents.user_assigned(assigned, own) if assigned else documents.system_assigned(own or "")


def aml_workspace(recorded: Document) -> Document:
    """Return the sandbox's document of an Azure ML workspace with the recorded name and settings."""
    told = recorded["properties"]
    kind = recorded["kind"]
    made = documents.aml_workspace(own_id(recorded["id"]), recorded["location"], _moment(told["creationTime"]), kind)
    if "containerRegistry" not in told:
        del made["properties"]["containerRegistry"]
    made["properties"] |= chosen(
        told, "friendlyName", "description", "managedNetwork", "primaryUserAssignedIdentity", "containerRegistry"
    )
    return made | chosen(recorded, "tags", "identity")


def synapse_workspace(recorded: Document) -> Document:
    """Return the sandbox's document of a Synapse workspace with the recorded name and settings."""
    made = documents.synapse_workspace(own_id(recorded["id"]), recorded["location"])
    made["properties"] |= chosen(
        recorded["properties"], "provisioningState", "managedVirtualNetwork", "managedVirtualNetworkSettings"
    )
    return made | chosen(recorded, "tags")


def spark_pool(recorded: Document) -> Document:
    """Return the sandbox's document of a Spark pool with the recorded name and settings."""
    told = recorded["properties"]
    shape = chosen(told, "sparkVersion", "nodeCount", "nodeSize", "nodeSizeFamily", "autoScale", "autoPause")
    shape |= chosen(told, "libraryRequirements", "customLibraries", "sparkConfigProperties", "cacheSize")
    shape |= chosen(told, "dynamicExecutorAllocation", "provisioningState")
    made = documents.spark_pool(own_id(recorded["id"]), recorded["location"], _moment(told["creationDate"]), shape)
    return made | chosen(recorded, "tags")


def firewall_rule(recorded: Document) -> Document:
    """Return the sandbox's document of a firewall rule with the recorded name and addresses."""
    told = recorded["properties"]
    return documents.firewall_rule(recorded["id"], told["startIpAddress"], told["endIpAddress"])


def private_endpoint(recorded: Document) -> Document:
    """Return the sandbox's document of a managed private endpoint with the recorded name, target and approval."""
    told = recorded["properties"]
    made = documents.private_endpoint(recorded["id"], told["privateLinkResourceId"], told["groupId"], told["fqdns"])
    made["properties"] |= chosen(told, "provisioningState", "connectionState", "isReserved")
    return made


def identity(recorded: Document) -> Document:
    """Return the sandbox's document of a user-assigned identity with the recorded name."""
    return documents.user_assigned_identity(own_id(recorded["id"]), recorded["location"]) | chosen(recorded, "tags")


def subscription(recorded: Document) -> Document:
    """Return the sandbox's document of a subscription with the recorded name."""
    return documents.subscription(recorded["displayName"], recorded["subscriptionId"], recorded["state"])


def tenant(recorded: Document) -> Document:
    """Return the sandbox's document of a tenant, with only the names that the recorded one has."""
    return documents.tenant(recorded["tenantId"], recorded["tenantCategory"])


def azure_role_assignment(recorded: Document) -> Document:
    """Return the sandbox's document of an assignment of an Azure role with the recorded holder and scope."""
    told = recorded["properties"]
    role = told["roleDefinitionId"].rpartition("/")[2]
    grant = AzureGrant(told["principalId"], told["scope"], role, told["principalType"])
    made = role_assignment(grant, recorded["name"], told["createdOn"], USER_OBJECT_ID)
    made["properties"] |= chosen(told, "condition", "conditionVersion", "description")
    return made


MADE: Mapping[str, tuple[Callable[[Document], Document], str]] = {
    "subscription": (subscription, "subscriptions"),
    "tenant": (tenant, "tenants"),
    "workspace": (aml_workspace, "aml_workspaces"),
    "compute": (compute, "computes"),
    "synapse workspace": (synapse_workspace, "synapse_workspaces"),
    "spark pool": (spark_pool, "spark_pools"),
    "firewall rule": (firewall_rule, "firewall_rules"),
    "private endpoint": (private_endpoint, "private_endpoints"),
    "identity": (identity, "identities"),
    "azure role assignment": (azure_role_assignment, "azure_roles"),
}
"""How each kind of resource is created, and the world's collection that contains it."""

LISTED = {
    "subscriptions": "subscription",
    "tenants": "tenant",
    "workspaces": "workspace",
    "computes": "compute",
    "synapse workspaces": "synapse workspace",
    "spark pools": "spark pool",
    "firewall rules": "firewall rule",
    "private endpoints": "private endpoint",
    "identities": "identity",
    "azure role assignments": "azure role assignment",
}


def told_apart(recorded: Sequence[Document]) -> list[Document]:
    """Return the documents with unique ids: the recorder gave several workspaces the same masked name."""
    seen: dict[str, int] = {}
    found = []
    for document in recorded:
        turn = seen[document["id"]] = seen.get(document["id"], 0) + 1
        found.append(document if turn == 1 else document | {"id": f"{document['id']}-{turn}"})
    return found
