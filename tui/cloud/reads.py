"""The reads of Azure Resource Manager."""

from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any, TypeVar

from azure.core.exceptions import DecodeError

from tui.cloud import mapping, reading
from tui.cloud.arm import Arm
from tui.cloud.described import AnotherResource, check, of_type, one, within
from tui.cloud.listing import Unreadable, described, listing, readable
from tui.cloud.raw_pages import RawPage, raw_pages, raw_resource
from tui.domain.compute import Compute
from tui.domain.constants import (
    AML_API_VERSION,
    IDENTITIES_API_VERSION,
    STORAGE_API_VERSION,
    SYNAPSE_API_VERSION,
)
from tui.domain.identity import UserAssignedIdentity
from tui.domain.ports import Listing
from tui.domain.resource_id import (
    ML_WORKSPACE_TYPE,
    STORAGE_ACCOUNT_TYPE,
    SYNAPSE_WORKSPACE_TYPE,
    USER_ASSIGNED_IDENTITY_TYPE,
    ResourceId,
)
from tui.domain.sign_in import Tenant
from tui.domain.spark import SparkPool
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

T = TypeVar("T")

_SUBSCRIPTIONS = "2022-12-01"
"""An API version."""


class ResourceReads:
    """The part of `tui.domain.ports.AzureReads` that Azure Resource Manager answers.

    What the first screens show is read without the generated clients, which take time to import.
    """

    _arm: Arm

    def subscriptions(self) -> Listing[Subscription]:
        """All subscriptions that the caller can see."""
        pages = self._arm.pages("/subscriptions", _SUBSCRIPTIONS)
        return self._list("list your subscriptions", pages, readable(mapping.subscription_from))

    def tenants(self) -> Listing[Tenant]:
        """The tenants that the caller is in."""
        pages = self._arm.pages("/tenants", _SUBSCRIPTIONS)
        return self._list("list your tenants", pages, readable(mapping.tenant_from))

    async def subscription(self, subscription: str) -> Subscription:
        """One subscription, by its GUID."""
        with self._arm.problems(f"read subscription {subscription}"):
            raw = await self._arm.get(f"/subscriptions/{subscription}", _SUBSCRIPTIONS)
            resource = known(mapping.subscription_from(raw))
            if resource.id.lower() != subscription.lower():
                raise AnotherResource(f"Azure's answer describes subscription {resource.id}, not {subscription}.")
            return resource

    def workspaces(self, subscription: str) -> Listing[Workspace]:
        """All Azure ML workspaces of a subscription, by its GUID."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/workspaces"
        return self._list(
            f"list the Azure Machine Learning workspaces of subscription {subscription}",
            self._arm.pages(path, AML_API_VERSION),
            described(of_type(subscription, ML_WORKSPACE_TYPE), mapping.workspace_from),
        )

    async def workspace(self, workspace: ResourceId) -> Workspace:
        """One Azure ML workspace."""
        with self._arm.problems(f"read the workspace {workspace.name}"):
            raw = await self._arm.get(str(workspace), AML_API_VERSION)
            check(raw, one(workspace))
            return known(mapping.workspace_from(raw))

    def computes(self, workspace: ResourceId) -> Listing[Compute]:
        """All computes of a workspace, of every type; an unreadable one is an item that says so."""
        return self._list(
            f"list the computes of {workspace.name}",
            self._arm.pages(f"{workspace}/computes", AML_API_VERSION),
            partial(mapping.compute_from, asked=within(workspace, "computes")),
        )

    async def compute(self, compute: ResourceId) -> Compute:
        """One compute."""
        with self._arm.problems(f"read the compute {compute.name}"):
            client = await self._arm.machine_learning(compute.subscription)
            names = compute.resource_group, compute.parent.name, compute.name
            get = partial(client.compute.get, *names, api_version=AML_API_VERSION)
            return mapping.compute_from(await raw_resource(compute, get))

    def synapse_workspaces(self, subscription: str) -> Listing[SynapseWorkspace]:
        """All Synapse workspaces of a subscription, by its GUID."""

        async def begin() -> Callable[..., Any]:
            client = await self._arm.synapse(subscription)
            return partial(client.workspaces.list, api_version=SYNAPSE_API_VERSION)

        return self._list(
            f"list the Synapse workspaces of subscription {subscription}",
            raw_pages(begin),
            described(of_type(subscription, SYNAPSE_WORKSPACE_TYPE), mapping.synapse_workspace_from),
        )

    async def synapse_workspace(self, workspace: ResourceId) -> SynapseWorkspace:
        """One Synapse workspace."""
        with self._arm.problems(f"read the Synapse workspace {workspace.name}"):
            client = await self._arm.synapse(workspace.subscription)
            names = workspace.resource_group, workspace.name
            get = partial(client.workspaces.get, *names, api_version=SYNAPSE_API_VERSION)
            return known(mapping.synapse_workspace_from(await raw_resource(workspace, get)))

    def spark_pools(self, workspace: ResourceId) -> Listing[SparkPool]:
        """All Spark pools of a Synapse workspace."""

        async def begin() -> Callable[..., Any]:
            client = await self._arm.synapse(workspace.subscription)
            names = workspace.resource_group, workspace.name
            return partial(client.big_data_pools.list_by_workspace, *names, api_version=SYNAPSE_API_VERSION)

        return self._list(
            f"list the Spark pools of {workspace.name}",
            raw_pages(begin),
            described(within(workspace, "bigDataPools"), mapping.spark_pool_from),
        )

    async def spark_pool(self, pool: ResourceId) -> SparkPool:
        """One Spark pool."""
        with self._arm.problems(f"read the Spark pool {pool.name}"):
            client = await self._arm.synapse(pool.subscription)
            names = pool.resource_group, pool.parent.name, pool.name
            get = partial(client.big_data_pools.get, *names, api_version=SYNAPSE_API_VERSION)
            return known(mapping.spark_pool_from(await raw_resource(pool, get)))

    def identities(self, subscription: str) -> Listing[UserAssignedIdentity]:
        """All user-assigned identities of a subscription, by its GUID."""

        async def begin() -> Callable[..., Any]:
            client = await self._arm.identities(subscription)
            return partial(client.user_assigned_identities.list_by_subscription, api_version=IDENTITIES_API_VERSION)

        return self._list(
            f"list the user-assigned identities of subscription {subscription}",
            raw_pages(begin),
            described(of_type(subscription, USER_ASSIGNED_IDENTITY_TYPE), mapping.user_assigned_identity_from),
        )

    async def identity(self, identity: ResourceId) -> UserAssignedIdentity:
        """One user-assigned identity."""
        with self._arm.problems(f"read the user-assigned identity {identity.name}"):
            client = await self._arm.identities(identity.subscription)
            names = identity.resource_group, identity.name
            get = partial(client.user_assigned_identities.get, *names, api_version=IDENTITIES_API_VERSION)
            return known(mapping.user_assigned_identity_from(await raw_resource(identity, get)))

    def storage_accounts(self, subscription: str) -> Listing[ResourceId]:
        """The ids of all storage accounts of a subscription, by its GUID (documentation)."""
        return self._list(
            f"list the storage accounts of subscription {subscription}",
            self._arm.pages(f"/subscriptions/{subscription}/providers/{STORAGE_ACCOUNT_TYPE}", STORAGE_API_VERSION),
            described(of_type(subscription, STORAGE_ACCOUNT_TYPE), lambda raw: reading.resource_id(raw, "id")),
        )

    def _list(
        self, doing: str, pages: AsyncGenerator[RawPage, None], convert: Callable[[Any], T | Unreadable]
    ) -> Listing[T]:
        return listing(doing, pages, convert, self._arm.problems)


def known(resource: T | None) -> T:
    """A resource that was described.

    Raises:
        DecodeError: If there is none.
    """
    if resource is None:
        raise DecodeError("Azure's description of it has no resource id.")
    return resource
