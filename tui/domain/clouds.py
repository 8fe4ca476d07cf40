"""The clouds of Azure: where each signs in, is managed, and keeps its Synapse workspaces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudProfile:
    """A cloud of Azure, as clients and exported commands need it.

    Attributes:
        name: For Azure's own clouds, the name that `az cloud list` shows.
        authority: The address of its sign-in service, without a trailing slash.
        resource_manager: The address of Azure Resource Manager, without a trailing slash.
        scope: The token scope of Azure Resource Manager.
        synapse_suffix: What follows the name of a Synapse workspace in the host name of its data plane.
        synapse_scope: The token scope of that data plane.
        validates_authority: Whether Microsoft's directory of authorities lists the sign-in service. Private ones
            are not in it and must not be looked up.
    """

    name: str
    authority: str
    resource_manager: str
    scope: str
    synapse_suffix: str
    synapse_scope: str
    validates_authority: bool = True

    @property
    def is_public(self) -> bool:
        """Whether it is the public cloud, which every tool uses by default."""
        return self == PUBLIC

    @property
    def is_known(self) -> bool:
        """Whether other Azure tools know it by name."""
        return self in KNOWN


# Sources: azure-mgmt-core's `get_arm_endpoints`, azure-identity's `AzureAuthorityHosts`, and `az cloud show`.
PUBLIC = CloudProfile(
    name="AzureCloud",
    authority="https://login.microsoftonline.com",
    resource_manager="https://management.azure.com",
    scope="https://management.azure.com/.default",
    synapse_suffix="dev.azuresynapse.net",
    synapse_scope="https://dev.azuresynapse.net/.default",
)
US_GOVERNMENT = CloudProfile(
    name="AzureUSGovernment",
    authority="https://login.microsoftonline.us",
    resource_manager="https://management.usgovcloudapi.net",
    scope="https://management.core.usgovcloudapi.net/.default",
    synapse_suffix="dev.azuresynapse.usgovcloudapi.net",
    synapse_scope="https://dev.azuresynapse.usgovcloudapi.net/.default",
)
CHINA = CloudProfile(
    name="AzureChinaCloud",
    authority="https://login.chinacloudapi.cn",
    resource_manager="https://management.chinacloudapi.cn",
    scope="https://management.chinacloudapi.cn/.default",
    synapse_suffix="dev.azuresynapse.azure.cn",
    synapse_scope="https://dev.azuresynapse.azure.cn/.default",
)
KNOWN = (PUBLIC, US_GOVERNMENT, CHINA)
