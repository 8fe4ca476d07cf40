"""The simulated Azure for tests: the SDK clients that the product uses, connected to a sandbox on virtual time."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
)
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
from azure.mgmt.msi.aio import ManagedServiceIdentityClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient
from azure.mgmt.synapse.aio import SynapseManagementClient

from tui.sandbox import http as sandbox_http
from tui.sandbox.box import Sandbox
from tui.sandbox.names import identity_id, spark_pool_id
from tui.sandbox.seed import make_world
from tui.sandbox.transport import SandboxCredential, SandboxTransport

Document = dict[str, Any]

GROUP, WORKSPACE = "rg-ml", "aml-prod"
PROD = make_world().default.subscription_id
SYSTEM = {"type": "SystemAssigned"}


class Clients:
    """Real SDK clients that share one sandbox."""

    def __init__(self, sandbox: Sandbox, stack: AsyncExitStack) -> None:
        self.sandbox = sandbox
        self._stack = stack

    async def _open(self, client: Any) -> Any:
        return await self._stack.enter_async_context(client)

    async def ml(self, **options: Any) -> Any:
        transport = SandboxTransport(self.sandbox)
        return await self._open(
            MachineLearningServicesMgmtClient(SandboxCredential(), PROD, transport=transport, **options)
        )

    async def synapse(self) -> Any:
        return await self._open(
            SynapseManagementClient(SandboxCredential(), PROD, transport=SandboxTransport(self.sandbox))
        )

    async def identities(self) -> Any:
        return await self._open(
            ManagedServiceIdentityClient(SandboxCredential(), PROD, transport=SandboxTransport(self.sandbox))
        )

    async def subscriptions(self) -> Any:
        return await self._open(SubscriptionClient(SandboxCredential(), transport=SandboxTransport(self.sandbox)))

    async def attach(self, name: str, *, pool: str = "adhocpool", **more: Any) -> Document:
        """Attach a Spark pool through the SDK, wait until it ends, and return the raw JSON of the compute."""
        ml = await self.ml()
        poller = await ml.compute.begin_create_or_update(
            GROUP, WORKSPACE, name, body(pool, **more), cls=raw, polling_interval=5
        )
        return as_document(await poller.result())

    async def get(self, name: str) -> Document:
        ml = await self.ml()
        return as_document(await ml.compute.get(GROUP, WORKSPACE, name, cls=raw))

    async def detach(self, name: str, **options: Any) -> Any:
        ml = await self.ml()
        return await ml.compute.begin_delete(GROUP, WORKSPACE, name, "Detach", polling_interval=5, **options)


def raw(pipeline_response: Any, *_: Any) -> Document:
    """Keep the JSON as Azure sent it; a `cls` callback of the SDK."""
    return as_document(json.loads(pipeline_response.http_response.text()))


def as_document(value: Any) -> Document:
    assert isinstance(value, dict)
    return value


def headers_of(error: HttpResponseError) -> Any:
    response: Any = error.response
    return response.headers


def body(pool: str = "adhocpool", **more: Any) -> bytes:
    properties = {"computeType": "SynapseSpark", "resourceId": spark_pool_id(PROD, "rg-data", "syn-prod", pool)}
    return json.dumps({"location": "eastus2", "properties": properties, **more}).encode()


def user(*names: str, kind: str = "UserAssigned") -> Document:
    return {"type": kind, "userAssignedIdentities": {identity_id(PROD, "rg-ml", name): {} for name in names}}


def writes(sandbox: Sandbox) -> list[str]:
    return [entry.method for entry in sandbox.log if entry.method != "GET"]


def polls(sandbox: Sandbox) -> int:
    return sum("computeOperationsStatus" in entry.url for entry in sandbox.log)


async def ask(
    sandbox: Sandbox, url: str, method: str = "GET", headers: Document | None = None, content: bytes = b""
) -> sandbox_http.Response:
    """Send one request without an SDK."""
    headers = {"Authorization": "Bearer x"} if headers is None else headers
    return await sandbox.handle(sandbox_http.Request(method, f"https://management.azure.com{url}", headers, content))


def computes_url(query: str = "api-version=2023-04-01", compute: str = "", workspace: str = WORKSPACE) -> str:
    scope = f"/subscriptions/{PROD}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    return f"{scope}/workspaces/{workspace}/computes{compute and '/' + compute}?{query}"


Box = Callable[..., Clients]


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    """Make clients of a sandbox with the options that a test passes."""
    async with AsyncExitStack() as stack:
        yield lambda *args, **options: Clients(Sandbox(*args, **options), stack)
