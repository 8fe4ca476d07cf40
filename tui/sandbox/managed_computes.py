"""Computes that the service runs itself, clusters and instances: during creation and afterwards."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tui.sandbox import names
from tui.sandbox.http import Document
from tui.sandbox.names import TENANT_ID, USER_OBJECT_ID

MANAGED_TYPES = {"amlcompute": "AmlCompute", "computeinstance": "ComputeInstance"}
"""The types by their names in lower case, as the service spells them."""

DEFAULT_IDLE = "PT2M"
"""The idle time of a node before it is removed; by default only shown after the cluster's creation (recorded)."""

_NODE_STATES = tuple(
    f"{state}NodeCount" for state in ("preparing", "running", "idle", "unusable", "leaving", "preempted")
)
_FROM_THE_CLUSTER = ("currentNodeCount", "targetNodeCount", "nodeStateCounts", "allocationState")
_ONLY_WHEN_THERE = (
    "allocationStateTransitionTime",
    "enableBatchPrivateLink",
    "propertyBag",
    "userAccountCredentials",
)
_INSTANCE_WHILE_MADE = (
    *("vmSize", "subnet", "sshSettings", "autologgerSettings", "errors", "connectivityEndpoints", "applications"),
    *("state", "lastOperation", "createdBy", "applicationSharingPolicy", "computeInstanceAuthorizationType"),
    *("personalComputeInstanceSettings", "setupScripts", "dataMounts", "dataDisks", "containers", "updateStatus"),
    *("versions", "customServices", "osImageMetadata"),
)
_INSTANCE_KNOWN_AT_ONCE = ("vmSize", "createdBy", "computeInstanceAuthorizationType")


def provisioned(compute: Document, asked: Mapping[str, object], moment: datetime) -> Document:
    """The inner properties of a cluster or an instance that is there (recorded).

    Args:
        compute: Its document.
        asked: The inner properties that the client sent.
        moment: When it was made.
    """
    size = str(asked.get("vmSize") or "STANDARD_DS3_V2").upper()
    if compute["properties"]["computeType"] == "ComputeInstance":
        made = compute_instance(compute["name"], moment)
        chosen = ("applicationSharingPolicy", "computeInstanceAuthorizationType", "subnet")
        return {**made, "vmSize": size, **_given(asked, chosen)}
    made = cluster(size, 1, moment)
    made.update(_given(asked, ("vmPriority", "osType", "subnet", "isolatedNetwork", "enableNodePublicIp")))
    made["scaleSettings"].update(_given(_mapping(asked.get("scaleSettings")), tuple(made["scaleSettings"])))
    login = asked.get("remoteLoginPortPublicAccess")
    if login == "Disabled":
        made["remoteLoginPortPublicAccess"] = login
    account = _mapping(asked.get("userAccountCredentials"))
    if account:
        public = _given(account, ("adminUserName", "adminUserSshPublicKey"))
        made["userAccountCredentials"] = {"adminUserPassword": None, **public}
    return made


def in_the_making(compute_type: str, inner: Document) -> Document:
    """The inner properties while Azure works on the compute (recorded).

    `inner` are those after its creation.
    """
    if compute_type == "ComputeInstance":
        return {member: inner[member] if member in _INSTANCE_KNOWN_AT_ONCE else None for member in _INSTANCE_WHILE_MADE}
    shown = {member: value for member, value in inner.items() if member not in _ONLY_WHEN_THERE}
    idle = inner["scaleSettings"]["nodeIdleTimeBeforeScaleDown"]
    shown["scaleSettings"] = {
        **inner["scaleSettings"],
        "nodeIdleTimeBeforeScaleDown": None if idle == DEFAULT_IDLE else idle,
    }
    return shown | dict.fromkeys(_FROM_THE_CLUSTER)


def backing_cluster(arm_id: str) -> str:
    """The id that a cluster's `resourceId` shows only while Azure changes it (recorded)."""
    group, _, rest = arm_id.partition("/providers/")
    _, _, workspace, _, name = rest.split("/")
    return f"{group}/providers/Microsoft.BatchAI/workspaces/{workspace}/clusters/{name}"


def cluster(size: str, most: int, now: datetime) -> Document:
    """The inner properties of an AmlCompute cluster (recorded)."""
    return {
        "vmSize": size,
        "vmPriority": "Dedicated",
        "scaleSettings": {"maxNodeCount": most, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": DEFAULT_IDLE},
        "subnet": None,
        "currentNodeCount": 0,
        "targetNodeCount": 0,
        "nodeStateCounts": dict.fromkeys(_NODE_STATES, 0),
        "allocationState": "Steady",
        "allocationStateTransitionTime": names.offset_time(now - timedelta(hours=5)),
        "errors": None,
        "remoteLoginPortPublicAccess": "Enabled",
        "osType": "Linux",
        "virtualMachineImage": None,
        "isolatedNetwork": False,
        "enableNodePublicIp": True,
        "enableBatchPrivateLink": False,
        "propertyBag": {},
    }


def compute_instance(name: str, now: datetime) -> Document:
    """The inner properties of a running compute instance (recorded)."""
    site = f"https://{name}.eastus2.instances.azureml.ms"
    return {
        "vmSize": "STANDARD_DS3_V2",
        "imageVersion": None,
        "subnet": None,
        "sshSettings": {
            "sshPublicAccess": "Disabled",
            "adminUserName": "azureuser",
            "sshPort": 50000,
            "adminPublicKey": None,
        },
        "autologgerSettings": None,
        "errors": [],
        "connectivityEndpoints": {"publicIpAddress": "203.0.113.21", "privateIpAddress": "10.0.0.4"},
        "applications": [
            {"displayName": "Jupyter", "endpointUri": f"{site}/tree/"},
            {"displayName": "Jupyter Lab", "endpointUri": f"{site}/lab"},
        ],
        "state": "Running",
        "lastOperation": {
            "operationName": "Create",
            "operationTime": names.offset_time(now - timedelta(hours=3)),
            "operationStatus": "Succeeded",
            "operationTrigger": "User",
        },
        "createdBy": {"userOrgId": TENANT_ID, "userId": USER_OBJECT_ID},
        "applicationSharingPolicy": "Shared",
        "computeInstanceAuthorizationType": None,
        "personalComputeInstanceSettings": None,
        "setupScripts": None,
        "schedules": {"computeStartStop": []},
        "enableNodePublicIp": True,
        "enableBatchPrivateLink": False,
        "enableOSPatching": False,
        "releaseQuotaOnStop": False,
        "enableSSO": True,
        "dataMounts": None,
        "dataDisks": None,
        "containers": None,
        "updateStatus": None,
        "versions": {"runtime": "3.0.02755.0006"},
        "customServices": [],
        "osImageMetadata": {
            "currentImageVersion": "26.10.01",
            "latestImageVersion": "26.10.01",
            "isLatestOsImageVersion": True,
            "osPatchingStatus": None,
        },
    }


def _given(asked: Mapping[str, object], members: tuple[str, ...]) -> Document:
    return {member: asked[member] for member in members if asked.get(member) is not None}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
