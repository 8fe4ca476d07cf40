"""How the simulated Resource Manager handles every request, and what it refuses."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncRetryPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.core import AsyncARMPipelineClient

from tests.support.sandbox_box import GROUP, PROD, WORKSPACE, Box, as_document, ask, body, computes_url, headers_of
from tui.sandbox.box import Sandbox
from tui.sandbox.names import guid
from tui.sandbox.transport import SandboxCredential, SandboxTransport


async def test_a_missing_compute_returns_404_without_a_body(box: Box) -> None:
    with pytest.raises(ResourceNotFoundError) as missing:
        await box().get("never-was")
    assert missing.value.error is None
    assert headers_of(missing.value)["content-length"] == "0"


async def test_a_missing_workspace_pool_group_or_subscription_returns_404_from_resource_manager() -> None:
    sandbox = Sandbox()
    synapse = f"/subscriptions/{PROD}/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces"
    codes = []
    for url in (
        computes_url(workspace="nowhere"),
        f"{synapse}/syn-prod/bigDataPools/nopool?api-version=2021-06-01",
        f"/subscriptions/{PROD}/resourceGroups/rg-none/providers/Microsoft.Synapse/workspaces?api-version=2021-06-01",
        f"/subscriptions/{guid('nobody')}?api-version=2022-12-01",
    ):
        response = await ask(sandbox, url)
        assert response.status == 404
        assert response.headers["x-ms-failure-cause"] == "gateway"
        codes.append(json.loads(response.body)["error"]["code"])
    assert codes == ["ResourceNotFound", "ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"]


async def test_resource_manager_refuses_requests_that_it_cannot_route() -> None:
    sandbox = Sandbox()
    unsigned = await ask(sandbox, computes_url(), headers={})
    assert unsigned.status == 401
    assert unsigned.headers["WWW-Authenticate"].startswith("Bearer ")
    assert (await ask(sandbox, "/nowhere?api-version=2023-04-01")).status == 404
    assert (await ask(sandbox, computes_url(), "POST")).status == 405
    assert b"MissingApiVersionParameter" in (await ask(sandbox, computes_url(""))).body
    unknown = await ask(sandbox, computes_url("api-version=1999-01-01"))
    assert unknown.status == 400
    assert b"NoRegisteredProviderFound" in unknown.body


async def test_an_unreadable_subscription_is_refused_with_the_missing_action_and_its_scope(box: Box) -> None:
    azure = box()
    subscriptions = await azure.subscriptions()
    shared = [found async for found in subscriptions.subscriptions.list() if found.display_name == "Fabrikam Shared"]
    url = f"{shared[0].id}/providers/Microsoft.Synapse/workspaces?api-version=2021-06-01"
    response = await ask(azure.sandbox, url)
    error = json.loads(response.body)["error"]
    assert (response.status, error["code"]) == (403, "AuthorizationFailed")
    assert "to perform action 'Microsoft.Synapse/workspaces/read'" in error["message"]
    assert f"over scope '{shared[0].id}' or the scope is invalid" in error["message"]


async def test_a_disabled_subscription_refuses_writes() -> None:
    sandbox = Sandbox()
    retired = next(found for found in sandbox.world.subscriptions if found["state"] == "Disabled")
    url = computes_url(compute="adhoc").replace(PROD, retired["subscriptionId"])
    response = await ask(sandbox, url, "PUT", content=body())
    assert (response.status, json.loads(response.body)["error"]["code"]) == (409, "ReadOnlyDisabledSubscription")


async def test_a_host_outside_azure_cannot_be_reached(box: Box) -> None:
    ml = await box().ml(base_url="https://example.com", retry_total=0)
    with pytest.raises(ServiceRequestError, match="Name or service not known"):
        await ml.compute.get(GROUP, WORKSPACE, "churn")


async def test_every_response_has_azures_ids_and_on_request_the_clients_id() -> None:
    headers = {
        "Authorization": "Bearer x",
        "x-ms-client-request-id": "mine",
        "x-ms-return-client-request-id": "true",
        "x-ms-correlation-request-id": "story",
    }
    sandbox = Sandbox()
    response = await ask(sandbox, computes_url(), headers=headers)
    assert response.headers["x-ms-client-request-id"] == "mine"
    assert response.headers["x-ms-correlation-request-id"] == "story"
    assert response.headers["x-ms-request-id"] != (await ask(sandbox, computes_url())).headers["x-ms-request-id"]
    assert response.headers["x-ms-ratelimit-remaining-subscription-reads"] == "11999"
    assert response.headers["Date"] == "Mon, 23 Nov 2026 09:12:00 GMT"
    missing = await ask(sandbox, computes_url(compute="never-was"))
    assert missing.headers["x-ms-request-id"]


async def test_the_remaining_rate_is_counted_per_kind_and_recovers_over_time() -> None:
    sandbox = Sandbox()

    async def left(method: str = "GET", compute: str = "never-was") -> int:
        response = await ask(sandbox, computes_url(compute=compute), method=method)
        kind = {"GET": "reads", "DELETE": "deletes"}[method]
        return int(response.headers[f"x-ms-ratelimit-remaining-subscription-{kind}"])

    assert [await left(), await left(), await left("DELETE"), await left("DELETE")] == [11999, 11998, 14999, 14998]
    for _ in range(100):
        await left()
    sandbox.clock.jump(3600)
    assert await left() == 11897  # setting the clock does not let time pass
    await sandbox.clock.sleep(30)
    assert await left() == 11996
    await sandbox.clock.sleep(3600)
    assert await left() == 11999


async def test_the_log_has_bodies_but_no_tokens(box: Box) -> None:
    azure = box()
    await azure.attach("adhoc", tags={"team": "data"})
    put = next(entry for entry in azure.sandbox.log if entry.method == "PUT")
    assert as_document(put.body)["tags"] == {"team": "data"}
    assert not any(name.lower() == "authorization" for entry in azure.sandbox.log for name in entry.headers)


async def test_an_arm_pipeline_client_reads_the_raw_json(box: Box) -> None:
    credential = SandboxCredential()
    policies = [
        AsyncRetryPolicy(),
        AsyncBearerTokenCredentialPolicy(credential, "https://management.azure.com/.default"),
    ]
    base = "https://management.azure.com"
    client: Any = AsyncARMPipelineClient(base, policies=policies, transport=SandboxTransport(Sandbox()))
    async with client:
        for stream in (False, True):
            response = await client.send_request(
                HttpRequest("GET", base + computes_url(compute="mystery")), stream=stream
            )
            await response.read()
            response.raise_for_status()
            assert response.json()["properties"]["computeType"] == "QuantumAnnealer"
        gone = await client.send_request(HttpRequest("GET", base + computes_url(compute="never-was")))
        with pytest.raises(HttpResponseError):
            gone.raise_for_status()
    assert credential.requested == [("https://management.azure.com/.default",)]
