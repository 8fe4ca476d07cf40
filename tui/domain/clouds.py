"""The clouds of Azure: where each signs in, is managed, and keeps its Synapse workspaces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudProfile:
    """One cloud, as every client and every written command needs it.

    Attributes:
        name: Its name, for Azure's own clouds the one that `az cloud list` gives.
        authority: The address of its sign-in service, without a closing slash.
        resource_manager: The address of Azure Resource Manager, without a closing slash.
        scope: For what a token of Azure Resource Manager is asked.
        synapse_suffix: What follows the name of a Synapse workspace in its data plane's host.
        synapse_scope: For what a token of that data plane is asked.
        validates_authority: Whether Microsoft's directory of authorities knows the sign-in service; private ones
            are known to nobody and must not be looked up.
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
        """Whether it is the one that every tool takes without being told."""
        return self == PUBLIC

    @property
    def is_known(self) -> bool:
        """Whether Azure's other tools know it by name."""
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
