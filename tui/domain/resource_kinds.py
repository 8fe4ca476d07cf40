"""What Azure's resource types are called in sentences."""

from tui.domain.resource_id import ResourceId

KINDS = {
    "subscriptions": "subscription",
    "resourcegroups": "resource group",
    "managementgroups": "management group",
    "microsoft.machinelearningservices/workspaces": "Azure ML workspace",
    "microsoft.machinelearningservices/workspaces/computes": "compute",
    "microsoft.synapse/workspaces": "Synapse workspace",
    "microsoft.synapse/workspaces/bigdatapools": "Spark pool",
    "microsoft.managedidentity/userassignedidentities": "user-assigned identity",
    "microsoft.storage/storageaccounts": "storage account",
    "microsoft.keyvault/vaults": "key vault",
    "microsoft.sql/servers": "SQL server",
    "microsoft.network/privatelinkservices": "private link service",
}
"""The word for each type, in lower case."""


def kind_of(resource: ResourceId) -> str:
    """The word for a resource's type; Azure's own for one that is not in the table."""
    return KINDS.get(resource.type.lower()) or resource.type.rpartition("/")[2]
