"""Access to Azure Resource Manager: raw requests, and the generated clients, on one shared connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractContextManager, aclosing
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import DecodeError, HttpResponseError, ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core import AsyncARMPipelineClient

from tui.cloud.errors import Stage, problems
from tui.cloud.home import data_plane, data_plane_of, manager_of
from tui.cloud.network import BadNetwork, Network
from tui.cloud.pipeline import policies
from tui.cloud.rates import Rates
from tui.cloud.raw_pages import PageLinks, RawPage
from tui.domain.clouds import CloudProfile
from tui.domain.workspaces import SynapseWorkspace

if TYPE_CHECKING:
    from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
    from azure.mgmt.msi.v2024_11_30.aio import ManagedServiceIdentityClient
    from azure.mgmt.synapse.aio import SynapseManagementClient
    from azure.synapse.accesscontrol.aio import AccessControlClient

_MACHINE_LEARNING = ("azure.mgmt.machinelearningservices.aio", "MachineLearningServicesMgmtClient")
_SYNAPSE = ("azure.mgmt.synapse.aio", "SynapseManagementClient")
_IDENTITIES = ("azure.mgmt.msi.v2024_11_30.aio", "ManagedServiceIdentityClient")
_ROLES = ("azure.synapse.accesscontrol.aio", "AccessControlClient")
_CONNECTION = "tui.cloud.connection"
_RAW, _RAW_DATA = ("raw",), ("raw data",)
_RawClient = AsyncARMPipelineClient[HttpRequest, AsyncHttpResponse]


class Arm:
    """Azure Resource Manager, raw or through the generated clients.

    What the first screens show is read over azure-mgmt-core's pipeline (`get`, `pages`), as is everything that no
    generated client offers: the generated clients take up to a quarter of a second to import, and 20 MB of memory. They
    are imported in a thread when they are first needed; reads through them are in `tui.cloud.raw_pages`.

    This object owns the one transport. The clients are never closed one by one, because each would close the transport
    of the others and holds nothing else.

    Args:
        credential: Signs the caller in; closed with this object.
        transport: Carries the requests; closed with this object. None for the network.
        profile: The cloud.
        network: The network settings, if no transport is given.
        read_only: Whether only reads may be sent.
        jitter: Returns by how much each wait before a retry is longer, from 0 to 1.
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

    def problems(self, doing: str, stage: Stage = Stage.READING) -> AbstractContextManager[None]:
        """Raise every failure as a problem that knows the sign-in of its requests.

        `doing` is what is being done, to follow "Could not"; `stage` is whether it reads, sends a write, or follows
        one.
        """
        return problems(doing, stage, self._credential)

    async def get(self, path: str, api_version: str) -> dict[str, Any]:
        """Read one resource: its JSON, unchanged.

        Raises:
            AzureError: If it cannot be fetched or read.
        """
        request = HttpRequest("GET", self._url(path), params={"api-version": api_version})
        return await _document(await self._raw(), request)

    async def put(self, path: str, api_version: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Create or replace one resource that Azure completes at once; returns the JSON of the answer.

        Raises:
            AzureError: If it is not accepted, or the answer cannot be read.
        """
        request = HttpRequest("PUT", self._url(path), params={"api-version": api_version}, json=dict(document))
        return await _document(await self._raw(), request, (200, 201))

    def pages(
        self, path: str, api_version: str, more: Mapping[str, str] | None = None
    ) -> AsyncGenerator[RawPage, None]:
        """Read a list page by page, following `nextLink` (specification); `more` has further query parameters.

        Raises:
            AzureError: If a page cannot be fetched or read, or the list does not end.
        """
        query = {"api-version": api_version, **(more or {})}
        return self._pages(HttpRequest("GET", self._url(path), params=query), self._raw)

    async def data_pages(
        self, workspace: SynapseWorkspace, path: str, api_version: str
    ) -> AsyncGenerator[RawPage, None]:
        """Read a list of the data plane of one Synapse workspace, as `pages` does.

        Raises:
            AzureError: If a page cannot be fetched or read, the list does not end, or Azure reports another host, or
                another workspace's data plane.
        """
        endpoint = data_plane(self._profile, workspace.name, workspace.dev_endpoint)
        url = f"{endpoint}{quote(path, safe='/', errors='surrogatepass')}"
        request = HttpRequest("GET", url, params={"api-version": api_version})
        async with aclosing(self._pages(request, self._raw_data)) as pages:
            async for page in pages:
                yield page

    async def machine_learning(self, subscription: str) -> "MachineLearningServicesMgmtClient":
        """The generated client of Azure Machine Learning, for one subscription."""
        return cast("MachineLearningServicesMgmtClient", await self._manager(_MACHINE_LEARNING, subscription))

    async def synapse(self, subscription: str) -> "SynapseManagementClient":
        """The generated client of Synapse workspaces and Spark pools, for one subscription."""
        return cast("SynapseManagementClient", await self._manager(_SYNAPSE, subscription))

    async def identities(self, subscription: str) -> "ManagedServiceIdentityClient":
        """The generated client of user-assigned identities, for one subscription."""
        return cast("ManagedServiceIdentityClient", await self._manager(_IDENTITIES, subscription))

    async def access_control(self, workspace: SynapseWorkspace) -> "AccessControlClient":
        """The generated client of the roles of one Synapse workspace.

        Azure Resource Manager reports the address of its data plane, which must belong to the cloud.

        Raises:
            AzureError: If Azure reports another host, or another workspace's data plane.
        """
        endpoint = data_plane(self._profile, workspace.name, workspace.dev_endpoint)
        made = await self._client(
            _ROLES,
            endpoint.lower(),
            lambda client, transport: client(
                self._credential,
                endpoint,
                policies=self._data_policies(for_models=True),
                transport=transport,
            ),
        )
        return cast("AccessControlClient", made)

    def adopt(self, credential: AsyncTokenCredential) -> None:
        """Use another credential from now on; requests in progress keep the one that they started with."""
        self._left.append(self._credential)
        self._credential = credential
        self._clients.clear()

    def pinned(self) -> "Arm":
        """The same connection with the current credential, whatever is adopted later; it need not be closed."""
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

    async def _manager(self, kind: tuple[str, str], subscription: str) -> Any:
        """A generated client of Azure Resource Manager."""
        return await self._client(
            kind,
            subscription,
            lambda client, transport: client(
                self._credential,
                subscription,
                base_url=self._profile.resource_manager,
                credential_scopes=[self._profile.scope],
                policies=self._policies(for_models=True),
                transport=transport,
            ),
        )

    async def _client(
        self, kind: tuple[str, str], of: str, make: Callable[[Any, AsyncHttpTransport[Any, Any]], Any]
    ) -> Any:
        module, name = kind
        key = (module, of)
        if key not in self._clients:
            loaded = await asyncio.to_thread(import_module, module)
            transport = await self._connected()
            if key not in self._clients:
                self._clients[key] = make(getattr(loaded, name), transport)
        return self._clients[key]

    def _url(self, path: str) -> str:
        return self._profile.resource_manager + quote(path, safe="/()", errors="surrogatepass")

    async def _pages(
        self, request: HttpRequest, client: Callable[[], Awaitable[_RawClient]]
    ) -> AsyncGenerator[RawPage, None]:
        links = PageLinks()
        while True:
            values, link = links.page(await _document(await client(), request))
            yield values, not link
            if not link:
                return
            request = HttpRequest("GET", link)

    async def _raw(self) -> _RawClient:
        """The pipeline to Azure Resource Manager."""
        return await self._pipeline(_RAW, self._profile.resource_manager, lambda: self._policies(for_models=False))

    async def _raw_data(self) -> _RawClient:
        """The pipeline to the data planes of the cloud's Synapse workspaces."""
        address = f"https://{self._profile.synapse_suffix}"
        return await self._pipeline(_RAW_DATA, address, lambda: self._data_policies(for_models=False))

    async def _pipeline(self, key: tuple[str, ...], address: str, made: Callable[[], list[Any]]) -> _RawClient:
        if key not in self._clients:
            transport = await self._connected()
            if key not in self._clients:
                self._clients[key] = AsyncARMPipelineClient(address, policies=made(), transport=transport)
        return cast("_RawClient", self._clients[key])

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

    def _data_policies(self, *, for_models: bool) -> list[Any]:
        return policies(
            self._credential,
            self._profile.synapse_scope,
            data_plane_of(self._profile),
            for_models=for_models,
            jitter=self._jitter,
            read_only=self._read_only,
        )


async def _document(client: _RawClient, request: HttpRequest, expected: Collection[int] = (200,)) -> dict[str, Any]:
    """The JSON of the answer to a raw request, unchanged; `expected` are the statuses of a success.

    Raises:
        AzureError: If it cannot be fetched or read.
    """
    response = await client.send_request(request)
    if response.status_code not in expected:
        raise HttpResponseError(response=response)
    try:
        document = response.json()
    except (ValueError, LookupError, RecursionError) as error:
        raise DecodeError(f"The body is not JSON: {error}", response=response, error=error) from error
    if not isinstance(document, dict):
        raise DecodeError("The body is not a JSON object.", response=response)
    return document
