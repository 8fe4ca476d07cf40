"""The JSON documents of Azure's resources: the members, nulls and letter case of the recordings."""

import copy
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from tui.sandbox import names
from tui.sandbox.http import Document
from tui.sandbox.names import TENANT_ID, USER_NAME, USER_OBJECT_ID, guid

_COMPUTE_TYPE = f"{names.AML}/workspaces/computes"
ATTACHED_TYPES = frozenset({"synapsespark", "kubernetes", "aks", "virtualmachine", "databricks", "hdinsight"})
"""Compute types, in lower case, that attach something outside the AML workspace (specification)."""


def tenant(tenant_id: str, category: str, name: str = "", domain: str = "") -> Document:
    """A tenant (recorded without names, as an application sees it; the names are the specification's)."""
    names = {"displayName": name, "domains": [domain], "defaultDomain": domain} if name else {}
    return {"id": f"/tenants/{tenant_id}", "tenantId": tenant_id, "tenantCategory": category, **names}


def subscription(name: str, subscription_id: str, state: str = "Enabled") -> Document:
    """A subscription (recorded)."""
    return {
        "id": f"/subscriptions/{subscription_id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription_id,
        "tenantId": TENANT_ID,
        "displayName": name,
        "state": state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def user_assigned_identity(
    arm_id: str, location: str, tags: Mapping[str, str] | None = None, principal_id: str = ""
) -> Document:
    """A user-assigned identity (recorded at 2023-01-31; what 2024-11-30 adds is unrecorded and left out).

    `principal_id` is empty for the first identity of that id.
    """
    return {
        "id": arm_id,
        "name": _name(arm_id),
        "type": f"{names.MSI}/userAssignedIdentities",
        "location": location,
        "tags": dict(tags or {}),
        "properties": {
            "tenantId": TENANT_ID,
            "principalId": principal_id or guid(arm_id, "principal"),
            "clientId": guid(arm_id, "client", *filter(None, [principal_id])),
        },
    }


def aml_workspace(arm_id: str, location: str, created: datetime, kind: str = "Default") -> Document:
    """An AML workspace (recorded); a feature store has one more property."""
    name, group = _name(arm_id), _group(arm_id)
    providers = f"{group}/providers"
    short = name.replace("-", "")
    uid = guid(arm_id, "workspace")
    moment = names.zulu_time(created)
    properties: Document = {
        "friendlyName": name,
        "description": "",
        "storageAccount": f"{providers}/Microsoft.Storage/storageAccounts/{short}sa",
        "keyVault": f"{providers}/Microsoft.Keyvault/vaults/{short}kv",
        "applicationInsights": f"{providers}/Microsoft.insights/components/{short}ai",
        "hbiWorkspace": False,
        "tenantId": TENANT_ID,
        "imageBuildCompute": None,
        "provisioningState": "Succeeded",
        "v1LegacyMode": False,
        "softDeleteEnabled": False,
        "containerRegistry": f"{providers}/Microsoft.ContainerRegistry/registries/{short}cr",
        "creationTime": moment,
        "notebookInfo": {
            "resourceId": guid(arm_id, "notebook").replace("-", ""),
            "fqdn": f"ml-{name}-{location}-{uid}.{location}.notebooks.azure.net",
            "isPrivateLinkEnabled": False,
            "notebookPreparationError": None,
        },
        "storageHnsEnabled": False,
        "workspaceId": uid,
        "linkedModelInventoryArmId": None,
        "privateLinkCount": 0,
        "publicNetworkAccess": "Enabled",
        "discoveryUrl": f"https://{location}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{location}.api.azureml.ms/mlflow/v1.0{arm_id}",
        "sdkTelemetryAppInsightsKey": guid(arm_id, "telemetry"),
        "sasGetterUri": "",
        "enableDataIsolation": False,
    }
    if kind == "FeatureStore":
        properties["featureStoreSettings"] = {
            "computeRuntime": {"sparkRuntimeVersion": "3.4.0"},
            "offlineStoreConnectionName": "",
            "onlineStoreConnectionName": "",
        }
    return {
        "id": arm_id,
        "name": name,
        "type": f"{names.AML}/workspaces",
        "location": location,
        "tags": {},
        "etag": None,
        "properties": properties,
        "identity": system_assigned(guid(arm_id, "principal")),
        "kind": kind,
        "sku": {"name": "Basic", "tier": "Basic"},
        "systemData": {
            "createdAt": moment,
            "createdBy": USER_NAME,
            "createdByType": "User",
            "lastModifiedAt": moment,
            "lastModifiedBy": USER_NAME,
            "lastModifiedByType": "User",
        },
    }


def synapse_workspace(arm_id: str, location: str, lake: str = "") -> Document:
    """A Synapse workspace (recorded).

    `lake` is the ARM id of its storage account, for a workspace that tells it (specification).
    """
    name = _name(arm_id)
    account = _name(lake) if lake else f"{name.replace('-', '')}lake"
    return {
        "properties": {
            "defaultDataLakeStorage": {
                **({"resourceId": lake} if lake else {}),
                "createManagedPrivateEndpoint": False,
                "accountUrl": f"https://{account}.dfs.core.windows.net",
                "filesystem": "synapse",
            },
            "encryption": {"doubleEncryptionEnabled": False},
            "provisioningState": "Succeeded",
            "connectivityEndpoints": {
                "web": f"https://web.azuresynapse.net?workspace={arm_id.replace('/', '%2f')}",
                "dev": f"https://{name}.dev.azuresynapse.net",
                "sqlOnDemand": f"{name}-ondemand.sql.azuresynapse.net",
                "sql": f"{name}.sql.azuresynapse.net",
            },
            "managedResourceGroupName": f"synapseworkspace-managedrg-{guid(arm_id, 'managed')}",
            "sqlAdministratorLogin": "sqladminuser",
            "privateEndpointConnections": [],
            "workspaceUID": guid(arm_id, "uid"),
            "extraProperties": {"WorkspaceType": "Normal", "IsScopeEnabled": False},
            "publicNetworkAccess": "Enabled",
            "cspWorkspaceAdminProperties": {"initialWorkspaceAdminObjectId": USER_OBJECT_ID},
            "trustedServiceBypassEnabled": False,
        },
        "type": f"{names.SYNAPSE}/workspaces",
        "id": arm_id,
        "location": location,
        "name": name,
        "identity": {"type": "SystemAssigned", "tenantId": TENANT_ID, "principalId": guid(arm_id, "principal")},
    }


def storage_account(arm_id: str, location: str, created: datetime, *, is_lake: bool) -> Document:
    """A storage account, with a hierarchical namespace if it is a data lake (documentation, as of 2023-01-01)."""
    name = _name(arm_id)
    services = ("dfs", "blob", "queue", "table", "file")
    return {
        "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "kind": "StorageV2",
        "id": arm_id,
        "name": name,
        "type": f"{names.STORAGE}/storageAccounts",
        "location": location,
        "tags": {},
        "properties": {
            "publicNetworkAccess": "Enabled",
            "allowSharedKeyAccess": True,
            "privateEndpointConnections": [],
            "isHnsEnabled": is_lake,
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "networkAcls": {
                "bypass": "AzureServices",
                "virtualNetworkRules": [],
                "ipRules": [],
                "defaultAction": "Allow",
            },
            "supportsHttpsTrafficOnly": True,
            "accessTier": "Hot",
            "provisioningState": "Succeeded",
            "creationTime": names.zulu_time(created),
            "primaryEndpoints": {kind: f"https://{name}.{kind}.core.windows.net/" for kind in services},
            "primaryLocation": location,
            "statusOfPrimary": "available",
        },
    }


def spark_pool(
    arm_id: str, location: str, moment: datetime, shape: Mapping[str, object], tags: Mapping[str, object] | None = None
) -> Document:
    """A Spark pool, by default without scaling, pausing and files (recorded).

    Args:
        arm_id: Its ARM id.
        location: Its region.
        moment: When it was created and its files were written, where `shape` does not say it.
        shape: The properties that differ: `sparkVersion`, `nodeCount`, `nodeSize`, `autoScale` and so on. A null one
            is absent.
        tags: Its tags; without any, the member is absent.
    """
    properties: Document = {
        "creationDate": names.zulu_time(moment),
        "sparkVersion": "3.5",
        "nodeCount": 3,
        "nodeSize": "Small",
        "nodeSizeFamily": "MemoryOptimized",
        "autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPause": {"enabled": False, "delayInMinutes": 0},
        "isComputeIsolationEnabled": False,
        **dict.fromkeys(("libraryRequirements", "customLibraries", "sparkConfigProperties")),
        "sessionLevelPackagesEnabled": False,
        "cacheSize": 50,
        "dynamicExecutorAllocation": {"enabled": False},
        "lastSucceededTimestamp": names.zulu_time(moment),
        "isAutotuneEnabled": False,
        "provisioningState": "Succeeded",
        **copy.deepcopy(dict(shape)),
    }
    for file in (properties["libraryRequirements"], properties["sparkConfigProperties"]):
        if file is not None:
            file.setdefault("time", names.zulu_time(moment))
    return {
        "properties": {member: value for member, value in properties.items() if value is not None},
        "id": arm_id,
        "name": _name(arm_id),
        "type": f"{names.SYNAPSE}/workspaces/bigDataPools",
        "location": location,
        **({} if tags is None else {"tags": dict(tags)}),
    }


def firewall_rule(arm_id: str, start: str, end: str, state: str = "Succeeded") -> Document:
    """A firewall rule of a Synapse workspace, which lets in a range of addresses (recorded)."""
    return {
        "properties": {"provisioningState": state, "startIpAddress": start, "endIpAddress": end},
        "id": arm_id,
        "name": _name(arm_id),
        "type": f"{names.SYNAPSE}/workspaces/firewallRules",
    }


PENDING: Mapping[str, str] = {"status": "Pending", "description": "Awaiting Approval", "actionsRequired": "None"}
"""The connection of a private endpoint that nobody has approved yet (recorded)."""


def private_endpoint(arm_id: str, target: str, group: str, fqdns: Sequence[str] = ()) -> Document:
    """A managed private endpoint that is being created (recorded).

    Args:
        arm_id: Its ARM id.
        target: The ARM id of the resource that it leads to.
        group: The part of that resource, such as `dfs`.
        fqdns: The names of the target, which only some kinds of resource have.
    """
    return {
        "name": _name(arm_id),
        "id": arm_id,
        "type": f"{names.SYNAPSE}/workspaces/managedVirtualNetworks/managedPrivateEndpoints",
        "properties": {
            "privateLinkResourceId": target,
            "groupId": group,
            "provisioningState": "Provisioning",
            "connectionState": {},
            "isReserved": False,
            "fqdns": list(fqdns),
            "isCompliant": False,
        },
    }


def compute(arm_id: str, location: str, created: datetime, compute_type: str, inner: Document | None) -> Document:
    """A provisioned compute without identity, as a GET shows it (recorded for AmlCompute)."""
    moment = names.offset_time(created)
    return {
        "id": arm_id,
        "name": _name(arm_id),
        "type": _COMPUTE_TYPE,
        "location": location,
        "tags": {},
        "properties": {
            "createdOn": moment,
            "modifiedOn": moment,
            "disableLocalAuth": False,
            "description": None,
            "resourceId": None,
            "computeType": compute_type,
            "computeLocation": location,
            "provisioningState": "Succeeded",
            "provisioningErrors": None,
            "provisioningWarnings": {},
            "isAttachedCompute": compute_type.lower() in ATTACHED_TYPES,
            "properties": inner,
        },
    }


def spark_echo(pool: Document, workspace: str = "") -> Document:
    """What a SynapseSpark compute repeats of its pool (specification; no recording exists).

    `workspace` is the one that it names; by default the pool's own.
    """
    # Thousands of computes name the same pools.
    told, parts = pool["properties"], pool["id"].split("/")
    return {
        "autoScaleProperties": dict(told["autoScale"]),
        "autoPauseProperties": dict(told["autoPause"]),
        "sparkVersion": told["sparkVersion"],
        "nodeCount": told["nodeCount"],
        "nodeSize": told["nodeSize"],
        "nodeSizeFamily": told["nodeSizeFamily"],
        "subscriptionId": sys.intern(parts[2]),
        "resourceGroup": sys.intern(parts[4]),
        "workspaceName": sys.intern(workspace or parts[8]),
        "poolName": sys.intern(parts[10]),
    }


def system_assigned(principal: str) -> Document:
    """A system-assigned identity (recorded)."""
    return {"type": "SystemAssigned", "principalId": principal, "tenantId": TENANT_ID}


def user_assigned(identities: Sequence[Document], principal: str | None = None) -> Document:
    """User-assigned identities as a compute shows them (recorded), with a system-assigned one if given."""
    return {
        "type": "SystemAssigned,UserAssigned" if principal else "UserAssigned",
        **({"principalId": principal} if principal else {}),
        "tenantId": TENANT_ID,
        "userAssignedIdentities": {
            document["id"]: {key: document["properties"][key] for key in ("principalId", "clientId")}
            for document in identities
        },
    }


def _name(arm_id: str) -> str:
    return arm_id.rsplit("/", 1)[-1]


def _group(arm_id: str) -> str:
    return "/".join(arm_id.split("/")[:5])
