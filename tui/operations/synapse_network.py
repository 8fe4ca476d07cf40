"""Reads everything about the network of a Synapse workspace, in as many parts as Azure has of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from tui.domain.errors import Problem
from tui.domain.synapse_network import Listed, SynapseNetwork
from tui.operations.listings import read_all

if TYPE_CHECKING:
    from tui.domain.ports import AzureReads, Listing
    from tui.domain.resource_id import ResourceId
    from tui.domain.synapse_network import NetworkSettings, PrivateEndpoint

T = TypeVar("T")


async def read_network(azure: AzureReads, workspace: ResourceId) -> SynapseNetwork:
    """Read the network of a Synapse workspace; a list that cannot be read is the problem instead.

    Raises:
        Problem: If the workspace itself cannot be read.
    """
    settings = await azure.network_settings(workspace)
    rules, endpoints = await asyncio.gather(_listed(azure.firewall_rules(workspace)), _endpoints(azure, settings))
    return SynapseNetwork(settings, rules, endpoints)


async def _endpoints(azure: AzureReads, settings: NetworkSettings) -> Listed[PrivateEndpoint] | Problem:
    return await _listed(azure.private_endpoints(settings)) if settings.managed else Listed()


async def _listed(listing: Listing[T]) -> Listed[T] | Problem:
    try:
        return Listed(*await read_all(listing))
    except Problem as problem:
        return problem
