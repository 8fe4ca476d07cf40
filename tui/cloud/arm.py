"""The ways to Azure Resource Manager: raw reads, and the generated clients, on one shared connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import DecodeError, HttpResponseError, ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core import AsyncARMPipelineClient

from tui.cloud import reading
from tui.cloud.bounds import ListLimit
from tui.cloud.home import data_plane, data_plane_of, is_address, manager_of
from tui.cloud.network import BadNetwork, Network
from tui.cloud.pipeline import policies
from tui.cloud.rates import Rates
from tui.domain.clouds import CloudProfile
from tui.domain.workspaces import SynapseWorkspace

if TYPE_CHECKING:
    from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
    from azure.synapse.accesscontrol.aio import AccessControlClient

_MACHINE_LEARNING = "azure.mgmt.machinelearningservices.aio"
_ROLES = "azure.synapse.accesscontrol.aio"
_CONNECTION = "tui.cloud.connection"
_RAW = ("raw",)

RawPage = tuple[list[Any], bool]
"""The items of a page as JSON, and whether it is the last."""


class Arm:
    """Azure Resource Manager, raw or through the generated clients.

    Reads of Azure Resource Manager (`get`, `pages`) are raw, over azure-mgmt-core's pipeline. The generated
    clients raise on a whole page for one malformed item, lose members that they do not know, build thousands
    of models where a table wants strings, and take 20 MB of memory. What writes, and Synapse's own data plane,
    goes through the generated clients, which are imported when first needed, in a thread.

    The one transport belongs to this object. The clients are never closed one by one, because each
    would close the transport under the others and holds nothing else.

    Args:
        credential: Signs the caller in; closed with this object.
        transport: Carries the requests; closed with this object. None for the network.
        profile: The cloud.
        network: How the network is used, where no transport is given.
        read_only: Whether nothing may be sent but reads.
        jitter: Says by how much each wait before a retry is longer, from 0 to 1.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        transport: AsyncHttpTransport[Any, Any] | None,
        profile: CloudProfile,
        network: Network,
        jitter: Callable[[], float],
        *,
        read_only: bool = False,
    ) -> None:
        self._credential = credential
        self._transport = transport
        self._profile = profile
        self._network = network
        self._read_only = read_only
        self._jitter = jitter
        self._rates = Rates()
        self._clients: dict[tuple[str, ...], Any] = {}
        self._left: list[AsyncTokenCredential] = []
        self._lender: Arm | None = None

    @property
    def address(self) -> str:
        """The address of the cloud's Azure Resource Manager."""
        return self._profile.resource_manager

    async def get(self, path: str, api_version: str) -> dict[str, Any]:
        """Read one resource.

        Args:
            path: Its resource id.
            api_version: The version of the service's API.

        Returns:
            Its JSON, unchanged.

        Raises:
            AzureError: If it cannot be had or read.
        """
        return await self._read(HttpRequest("GET", self._url(path), params={"api-version": api_version}))

    async def pages(self, path: str, api_version: str) -> AsyncGenerator[RawPage, None]:
        """Read a list page by page, following `nextLink` (specification).

        Args:
            path: The collection's path.
            api_version: The version of the service's API.

        Yields:
            Each page as soon as it is here.

        Raises:
            AzureError: If a page cannot be had or read, or the list does not end.
        """
        request = HttpRequest("GET", self._url(path), params={"api-version": api_version})
        links: set[str] = set()
        limit = ListLimit()
        while True:
            document = await self._read(request)
            link = _next_link(document, links)
            values = _values(document)
            limit.count(values)
            yield values, not link
            if not link:
                return
            request = HttpRequest("GET", link)

    async def machine_learning(self, subscription: str) -> "MachineLearningServicesMgmtClient":
        """The generated client of Azure Machine Learning, for one subscription."""
        key = (_MACHINE_LEARNING, subscription)
        loaded = await asyncio.to_thread(import_module, _MACHINE_LEARNING)
        transport = await self._connected()
        if key not in self._clients:
            self._clients[key] = loaded.MachineLearningServicesMgmtClient(
                self._credential,
                subscription,
                base_url=self._profile.resource_manager,
                credential_scopes=[self._profile.scope],
                policies=self._policies(for_models=True),
                transport=transport,
            )
        return cast("MachineLearningServicesMgmtClient", self._clients[key])

    async def access_control(self, workspace: SynapseWorkspace) -> "AccessControlClient":
        """The generated client of the roles of one Synapse workspace.

        Its data plane is where Azure Resource Manager says, as long as the cloud's profile has it there too.

        Args:
            workspace: The Synapse workspace.

        Raises:
            AzureError: If Azure names another host, or another workspace's data plane.
        """
        endpoint = data_plane(self._profile, workspace.name, workspace.dev_endpoint)
        key = (_ROLES, endpoint.lower())
        loaded = await asyncio.to_thread(import_module, _ROLES)
        transport = await self._connected()
        if key not in self._clients:
            self._clients[key] = loaded.AccessControlClient(
                self._credential,
                endpoint,
                policies=policies(
                    self._credential,
                    self._profile.synapse_scope,
                    data_plane_of(self._profile),
                    for_models=True,
                    jitter=self._jitter,
                    read_only=self._read_only,
                ),
                transport=transport,
            )
        return cast("AccessControlClient", self._clients[key])

    def adopt(self, credential: AsyncTokenCredential) -> None:
        """Sign in by another credential from now on; what is under way keeps the one that it began with."""
        self._left.append(self._credential)
        self._credential = credential
        self._clients.clear()

    def pinned(self) -> "Arm":
        """The same connection with the credential of now, whatever is adopted later; nothing of it has to be closed."""
        other = copy(self)
        other._lender = self
        other._clients = dict(self._clients)
        return other

    async def token(self) -> str:
        """The caller's token for Azure Resource Manager.

        Raises:
            AzureError: If the caller is not signed in.
        """
        return (await self._credential.get_token(self._profile.scope)).token

    async def close(self) -> None:
        """Close the transport and the credential."""
        try:
            if self._transport is not None:
                await self._transport.close()
        finally:
            for credential in (*self._left, self._credential):
                await credential.close()

    def _url(self, path: str) -> str:
        return self._profile.resource_manager + quote(path, safe="/()", errors="surrogatepass")

    async def _read(self, request: HttpRequest) -> dict[str, Any]:
        client: AsyncARMPipelineClient[HttpRequest, AsyncHttpResponse] | None = self._clients.get(_RAW)
        if client is None:
            transport = await self._connected()
            client = AsyncARMPipelineClient(
                self._profile.resource_manager, policies=self._policies(for_models=False), transport=transport
            )
            self._clients[_RAW] = client
        response = await client.send_request(request)
        if response.status_code != 200:
            raise HttpResponseError(response=response)
        try:
            document = response.json()
        except (ValueError, LookupError, RecursionError) as error:
            raise DecodeError(f"The body is not JSON: {error}", response=response, error=error) from error
        if not isinstance(document, dict):
            raise DecodeError("The body is not a JSON object.", response=response)
        return document

    async def _connected(self) -> AsyncHttpTransport[Any, Any]:
        if self._lender is not None:
            return await self._lender._connected()
        if self._transport is None:
            connection = await asyncio.to_thread(import_module, _CONNECTION)
            try:
                self._transport = self._transport or connection.network_transport(self._network)
            except BadNetwork as error:
                raise ServiceRequestError(str(error), error=error) from error
        return self._transport

    def _policies(self, *, for_models: bool) -> list[Any]:
        return policies(
            self._credential,
            self._profile.scope,
            manager_of(self._profile),
            for_models=for_models,
            jitter=self._jitter,
            rates=self._rates,
            read_only=self._read_only,
        )


def _values(document: Any) -> list[Any]:
    values = reading.at(document, "value")
    if not isinstance(values, list):
        raise DecodeError("The page has no list of values.")
    return values


def _next_link(document: Any, followed: set[str]) -> str:
    link = reading.text(document, "nextLink")
    if link and not is_address(link):
        raise DecodeError("Azure names a further page of the list by something that is not an address.")
    if link in followed:
        raise DecodeError("The list goes in a circle: Azure names a page as the next that was read already.")
    followed.add(link)
    return link
