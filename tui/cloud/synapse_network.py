"""The network of a Synapse workspace, from Azure Resource Manager and from its data plane."""

from collections.abc import Callable
from functools import partial
from typing import Any

from azure.core.exceptions import DecodeError

from tui.cloud import mapping
from tui.cloud.arm import Arm
from tui.cloud.described import within
from tui.cloud.listing import described, listing
from tui.cloud.raw_pages import raw_pages, raw_resource
from tui.domain.constants import SYNAPSE_API_VERSION
from tui.domain.ports import Listing
from tui.domain.resource_id import ResourceId
from tui.domain.synapse_network import FirewallRule, NetworkSettings, PrivateEndpoint

_ENDPOINTS = "2020-12-01"
"""The API version of the data plane."""


class NetworkReads:
    """The part of `tui.domain.ports.AzureReads` that is about the network of a Synapse workspace; it never writes."""

    _arm: Arm

    async def network_settings(self, workspace: ResourceId) -> NetworkSettings:
        """The network settings of one Synapse workspace."""
        with self._arm.problems(f"read the network settings of {workspace.name}"):
            client = await self._arm.synapse(workspace.subscription)
            names = workspace.resource_group, workspace.name
            get = partial(client.workspaces.get, *names, api_version=SYNAPSE_API_VERSION)
            settings = mapping.network_settings_from(await raw_resource(workspace, get))
            if settings is None:
                raise DecodeError("Azure's description of it has no resource id.")
            return settings

    def firewall_rules(self, workspace: ResourceId) -> Listing[FirewallRule]:
        """All firewall rules of a Synapse workspace."""

        async def begin() -> Callable[..., Any]:
            client = await self._arm.synapse(workspace.subscription)
            names = workspace.resource_group, workspace.name
            return partial(client.ip_firewall_rules.list_by_workspace, *names, api_version=SYNAPSE_API_VERSION)

        return listing(
            f"list the firewall rules of {workspace.name}",
            raw_pages(begin),
            described(within(workspace, "firewallRules"), mapping.firewall_rule_from),
            self._arm.problems,
        )

    def private_endpoints(self, settings: NetworkSettings) -> Listing[PrivateEndpoint]:
        """All managed private endpoints in the managed virtual network of a Synapse workspace."""
        workspace = settings.workspace
        network = workspace.id.child("managedVirtualNetworks", settings.managed)
        path = f"/managedVirtualNetworks/{settings.managed}/managedPrivateEndpoints"
        return listing(
            f"list the private endpoints of {workspace.name}",
            self._arm.data_pages(workspace, path, _ENDPOINTS),
            described(within(network, "managedPrivateEndpoints"), mapping.private_endpoint_from),
            self._arm.problems,
        )
