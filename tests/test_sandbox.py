"""The simulated Azure, driven by the SDK clients that the product uses, on virtual time."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncRetryPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.core import AsyncARMPipelineClient
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
from azure.mgmt.msi.aio import ManagedServiceIdentityClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient
from azure.mgmt.synapse.aio import SynapseManagementClient

from tui.sandbox import (
    Answer,
    Choices,
    Faults,
    Forbidden,
    NotJson,
    Outcome,
    RequestLost,
    ResponseLost,
    Rule,
    Sandbox,
    Slow,
    Throttled,
    Truncated,
    VirtualClock,
    make_world,
)
from tui.sandbox import http as sandbox_http
from tui.sandbox.names import guid, identity_id, spark_pool_id
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
        """Attach a Spark pool through the SDK, wait for the end, and return the raw JSON of the compute."""
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
    """Keep the JSON as Azure sent it, as a ``cls`` callback of the SDK."""
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
    """Send one request below any SDK."""
    headers = {"Authorization": "Bearer x"} if headers is None else headers
    return await sandbox.handle(sandbox_http.Request(method, f"https://management.azure.com{url}", headers, content))


def computes_url(query: str = "api-version=2023-04-01", compute: str = "", workspace: str = WORKSPACE) -> str:
    scope = f"/subscriptions/{PROD}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    return f"{scope}/workspaces/{workspace}/computes{compute and '/' + compute}?{query}"


Box = Callable[..., Clients]


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    """Make clients on a sandbox that the test describes."""
    async with AsyncExitStack() as stack:
        yield lambda *args, **options: Clients(Sandbox(*args, **options), stack)


async def test_an_attach_without_identity_is_polled_to_its_end_and_shows_the_pool(box: Box) -> None:
    azure = box(operation_seconds=20)
    before = azure.sandbox.clock.now()
    compute = await azure.attach("adhoc")
    assert compute["properties"]["provisioningState"] == "Succeeded"
    assert compute["properties"]["isAttachedCompute"] is True
    assert compute["properties"]["properties"] == {
        "autoScaleProperties": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPauseProperties": {"enabled": True, "delayInMinutes": 15},
        "sparkVersion": "3.5",
        "nodeCount": 3,
        "nodeSize": "Small",
        "nodeSizeFamily": "MemoryOptimized",
        "subscriptionId": PROD,
        "resourceGroup": "rg-data",
        "workspaceName": "syn-prod",
        "poolName": "adhocpool",
    }
    assert "identity" not in compute
    assert compute["tags"] == {}
    assert writes(azure.sandbox) == ["PUT"]
    assert polls(azure.sandbox) == 5
    assert (azure.sandbox.clock.now() - before).total_seconds() == 20


async def test_the_answer_to_an_attach_is_201_with_azure_asyncoperation_alone() -> None:
    sandbox = Sandbox()
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    compute = json.loads(response.body)
    assert response.status == 201
    assert not {"location", "retry-after"} & {name.lower() for name in response.headers}
    assert compute["tags"] is None
    assert compute["properties"]["provisioningState"] == "Creating"
    assert compute["properties"]["createdOn"] == compute["properties"]["modifiedOn"]
    assert compute["properties"]["properties"] is None
    assert "computeLocation" not in compute["properties"]
    poll = response.headers["Azure-AsyncOperation"]
    assert poll.startswith(f"https://management.azure.com/subscriptions/{PROD}/providers/")
    assert "/locations/eastus2/computeOperationsStatus/" in poll
    query = sandbox_http.Request("GET", poll).query
    assert query["api-version"] == "2023-04-01"
    assert query["service"] == "new"
    assert len(query["c"]) == 2600
    assert {"t", "s", "h"} <= query.keys()


async def test_poll_links_point_to_the_host_and_port_that_were_asked() -> None:
    sandbox = Sandbox()
    url = "https://localhost:8443" + computes_url(compute="adhoc")
    response = await sandbox.handle(sandbox_http.Request("PUT", url, {"authorization": "Bearer x"}, body()))
    assert response.headers["Azure-AsyncOperation"].startswith("https://localhost:8443/subscriptions/")


async def test_a_poll_says_in_progress_and_then_succeeded_with_all_percent() -> None:
    sandbox = Sandbox(operation_seconds=20)
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    poll = sandbox_http.Request("GET", response.headers["Azure-AsyncOperation"], {"Authorization": "Bearer x"})
    await sandbox.clock.sleep(19.9)
    assert json.loads((await sandbox.handle(poll)).body) == {"status": "InProgress"}
    await sandbox.clock.sleep(0.1)
    assert json.loads((await sandbox.handle(poll)).body) == {"status": "Succeeded", "percentComplete": 100.0}


async def test_a_system_assigned_identity_has_its_principal_from_the_first_answer(box: Box) -> None:
    azure = box()
    response = await ask(azure.sandbox, computes_url(compute="adhoc"), "PUT", content=body(identity=SYSTEM))
    first = json.loads(response.body)["identity"]
    assert first.keys() == {"type", "principalId", "tenantId"}
    assert (await azure.get("adhoc"))["identity"] == first


async def test_user_assigned_identities_come_back_in_order_with_small_resourcegroups(box: Box) -> None:
    compute = await box().attach("adhoc", identity=user("id-etl-read", "id-etl-prod"))
    identity = compute["identity"]
    assert identity.keys() == {"type", "tenantId", "userAssignedIdentities"}
    assert [arm_id.rsplit("/")[-1] for arm_id in identity["userAssignedIdentities"]] == ["id-etl-read", "id-etl-prod"]
    for arm_id, shown in identity["userAssignedIdentities"].items():
        assert "/resourcegroups/" in arm_id
        assert shown.keys() == {"principalId", "clientId"}


async def test_the_identity_type_is_read_in_any_letter_case(box: Box) -> None:
    compute = await box().attach("adhoc", identity=user("id-adhoc", kind="systemassigned, Userassigned"))
    assert compute["identity"]["type"] == "SystemAssigned,UserAssigned"
    assert compute["identity"]["principalId"]


async def test_an_update_is_201_too_keeps_the_creation_time_and_the_principal(box: Box) -> None:
    azure = box()
    before = await azure.get("etl-prod")
    after = await azure.attach("etl-prod", pool="etlpool", identity=SYSTEM, tags={"team": "ml"})
    assert after["properties"]["createdOn"] == before["properties"]["createdOn"]
    assert after["properties"]["modifiedOn"] > before["properties"]["modifiedOn"]
    assert after["identity"] == before["identity"]
    assert after["tags"] == {"team": "ml"}
    assert after["properties"]["description"] is None


async def test_leaving_the_system_identity_and_coming_back_mints_another_principal(box: Box) -> None:
    azure = box()
    first = (await azure.get("etl-prod"))["identity"]["principalId"]
    await azure.attach("etl-prod", pool="etlpool", identity=user("id-etl-prod"))
    again = (await azure.attach("etl-prod", pool="etlpool", identity=SYSTEM))["identity"]["principalId"]
    assert again != first


@pytest.mark.parametrize(("choice", "kept"), [("dropped", False), ("kept", True)])
async def test_a_put_without_identity_does_what_was_chosen(box: Box, choice: Any, kept: bool) -> None:
    compute = await box(choices=Choices(identity_left_out=choice)).attach("etl-prod", pool="etlpool")
    assert ("identity" in compute) is kept


async def test_a_second_write_while_an_operation_runs_is_a_conflict(box: Box) -> None:
    azure = box()
    ml = await azure.ml()
    await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body(), polling=False)
    with pytest.raises(ResourceExistsError) as refused:
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "ADHOC", body(), polling=False)
    assert refused.value.status_code == 409
    with pytest.raises(ResourceExistsError):
        await azure.detach("adhoc", polling=False)


@pytest.mark.parametrize("name", ["etl_prod", "1st", "ends-", "a", "a234567890123456z"])
async def test_a_bad_compute_name_is_refused_in_azures_words(box: Box, name: str) -> None:
    with pytest.raises(HttpResponseError, match=r"Compute name is invalid\. It can include letters") as refused:
        await box().attach(name)
    assert refused.value.status_code == 400


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"pool": "nopool"}, "was not found"),
        ({"identity": user("id-nobody")}, "id-nobody' was not found"),
        ({"identity": {"type": "UserAssigned", "userAssignedIdentities": {}}}, "names no identity"),
        ({"identity": {"type": "Managed"}}, "identity type 'Managed' is invalid"),
        ({"tags": "team=data"}, "'tags' must be an object"),
        ({"location": ""}, "'location' is required"),
        ({"properties": {"computeType": "SynapseSpark", "resourceId": "etlpool"}}, "is not that of a Synapse"),
    ],
)
async def test_a_body_that_azure_cannot_use_is_refused_and_changes_nothing(
    box: Box, more: Document, sentence: str
) -> None:
    azure = box()
    with pytest.raises(HttpResponseError, match=sentence) as refused:
        await azure.attach("adhoc", **more)
    assert refused.value.status_code == 400
    with pytest.raises(ResourceNotFoundError):
        await azure.get("adhoc")


async def test_another_pool_for_an_attached_compute_is_refused_unless_chosen(box: Box) -> None:
    with pytest.raises(HttpResponseError, match="cannot be changed"):
        await box().attach("etl-prod", pool="adhocpool")
    moved = await box(choices=Choices(other_pool="accepted")).attach("etl-prod", pool="adhocpool")
    assert moved["properties"]["properties"]["poolName"] == "adhocpool"


async def test_a_missing_pool_can_be_found_out_by_the_operation(box: Box) -> None:
    azure = box(choices=Choices(missing_pool="operation fails"))
    with pytest.raises(HttpResponseError, match="was not found"):
        await azure.attach("adhoc", pool="nopool")
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Failed"


async def test_an_identity_change_on_a_compute_whose_pool_is_gone_is_refused_like_an_attach(box: Box) -> None:
    with pytest.raises(HttpResponseError, match="orphanpool' was not found"):
        await box().attach("orphan-1", pool="orphanpool", identity=SYSTEM)


@pytest.mark.parametrize("early", [False, True])
async def test_a_compute_shows_its_pool_before_it_is_provisioned_only_if_chosen(early: bool) -> None:
    sandbox = Sandbox(choices=Choices(echo_while_creating=early))
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert (json.loads(response.body)["properties"]["properties"] is not None) is early


async def test_a_compute_was_modified_when_its_operation_ended_however_late_one_looks(box: Box) -> None:
    azure = box(operation_seconds=20)
    await ask(azure.sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    await azure.sandbox.clock.sleep(3600)
    assert (await azure.get("adhoc"))["properties"]["modifiedOn"] == "2026-11-23T09:12:20.0000000+00:00"


async def test_an_attach_that_fails_leaves_a_failed_compute_with_the_reason(box: Box) -> None:
    faults = Faults([Rule(Outcome("Failed", "SparkJobError", "No capacity."), "PUT", "/computes/adhoc$")])
    azure = box(faults=faults)
    with pytest.raises(HttpResponseError, match=r"No capacity\."):
        await azure.attach("adhoc")
    properties = (await azure.get("adhoc"))["properties"]
    assert properties["provisioningState"] == "Failed"
    assert properties["provisioningErrors"] == [{"error": {"code": "SparkJobError", "message": "No capacity."}}]
    assert properties["properties"] is None


async def test_an_attach_can_end_canceled(box: Box) -> None:
    azure = box(faults=Faults([Rule(Outcome("Canceled"), "PUT")]))
    with pytest.raises(HttpResponseError, match="canceled"):
        await azure.attach("adhoc")
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Canceled"


async def test_an_operation_can_be_told_how_long_to_take(box: Box) -> None:
    azure = box(faults=Faults([Rule(Outcome("Succeeded", seconds=300), "PUT")]))
    before = azure.sandbox.clock.now()
    await azure.attach("adhoc")
    assert (azure.sandbox.clock.now() - before).total_seconds() == 300


async def test_a_detached_compute_is_deleting_and_then_gone_while_its_pool_stays(box: Box) -> None:
    azure = box()
    poller = await azure.detach("etl-prod")
    assert (await azure.get("etl-prod"))["properties"]["provisioningState"] == "Deleting"
    await poller.result()
    with pytest.raises(ResourceNotFoundError):
        await azure.get("etl-prod")
    assert azure.sandbox.world.spark_pools.get(spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool"))


async def test_a_detach_is_202_without_body_and_needs_the_underlying_resource_action() -> None:
    sandbox = Sandbox()
    assert (await ask(sandbox, computes_url(compute="churn"), "DELETE")).status == 400
    query = "api-version=2023-04-01&underlyingResourceAction=Detach"
    response = await ask(sandbox, computes_url(query, "churn"), "DELETE")
    assert (response.status, response.body) == (202, b"")
    assert "Azure-AsyncOperation" in response.headers
    assert "Location" not in response.headers
    assert (await ask(sandbox, computes_url(query, "never-was"), "DELETE")).status == 204
    chosen = Sandbox(choices=Choices(detach_missing=200))
    assert (await ask(chosen, computes_url(query, "never-was"), "DELETE")).status == 200


async def test_a_patch_is_202_which_the_sdk_does_not_understand(box: Box) -> None:
    azure = box()
    ml = await azure.ml()
    patch = json.dumps({"properties": {"properties": {"scaleSettings": {"maxNodeCount": 4}}}}).encode()
    with pytest.raises(HttpResponseError, match="Accepted"):
        await ml.compute.begin_update(GROUP, WORKSPACE, "cpu-cluster", patch)
    await azure.sandbox.clock.sleep(60)
    properties = (await azure.get("cpu-cluster"))["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["properties"]["scaleSettings"]["maxNodeCount"] == 4
    assert properties["properties"]["scaleSettings"]["minNodeCount"] == 0


async def test_a_cluster_is_created_where_its_workspace_is(box: Box) -> None:
    properties = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2"}}
    created = await box().attach("new-cluster", properties=properties)
    assert created["properties"]["computeLocation"] == "eastus2"
    assert created["properties"]["isAttachedCompute"] is False
    assert created["properties"]["properties"] == {"vmSize": "STANDARD_DS3_V2"}


async def test_a_missing_compute_is_404_without_a_body(box: Box) -> None:
    with pytest.raises(ResourceNotFoundError) as missing:
        await box().get("never-was")
    assert missing.value.error is None
    assert headers_of(missing.value)["content-length"] == "0"


async def test_a_missing_workspace_pool_group_or_subscription_is_resource_managers_404() -> None:
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


async def test_resource_manager_refuses_what_it_cannot_route() -> None:
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


async def test_a_list_follows_its_pages_to_the_last_compute(box: Box) -> None:
    azure = box(make_world(25), page_size=10)
    ml = await azure.ml()
    names = [compute.name async for compute in ml.compute.list(GROUP, WORKSPACE)]
    assert len(names) == len(set(names)) == 25
    asked = [entry.url for entry in azure.sandbox.log]
    assert len(asked) == 3
    assert "skip=20" in asked[-1]


async def test_every_list_has_pages_and_its_last_page_no_next_link(box: Box) -> None:
    azure = box(page_size=2)
    synapse, msi, subscriptions = await azure.synapse(), await azure.identities(), await azure.subscriptions()
    ml = await azure.ml()
    workspaces = [workspace.name async for workspace in synapse.workspaces.list()]
    assert workspaces == ["syn-prod", "syn-lab", "syn-empty"]
    pools = [pool.name async for pool in synapse.big_data_pools.list_by_workspace("rg-data", "syn-prod")]
    assert pools == ["etlpool", "churnpool", "adhocpool", "gpupool", "etlold"]
    assert [pool async for pool in synapse.big_data_pools.list_by_workspace("rg-lab", "syn-empty")] == []
    identities = [found.name async for found in msi.user_assigned_identities.list_by_subscription()]
    assert len(identities) == 12
    assert sum(name.startswith("id-e") for name in identities) == 4
    in_group = [found.name async for found in msi.user_assigned_identities.list_by_resource_group("RG-DATA")]
    assert in_group == ["id-lake-read", "id-lake-write"]
    assert len([found async for found in subscriptions.subscriptions.list()]) == 5
    aml = [found.name async for found in ml.workspaces.list_by_subscription()]
    assert aml == ["aml-prod", "aml-features", "aml-eu"]
    last = await ask(Sandbox(), computes_url())
    assert "nextLink" not in json.loads(last.body)


async def test_names_and_paths_are_matched_in_any_letter_case() -> None:
    response = await ask(Sandbox(), computes_url(compute="churn").upper().replace("API-VERSION", "api-version"))
    assert json.loads(response.body)["name"] == "churn"


async def test_the_default_world_is_the_same_every_time_and_another_seed_is_another_world() -> None:
    bodies = [(await ask(Sandbox(make_world()), computes_url())).body for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert make_world(seed=1).default.subscription_id != PROD


def test_a_change_in_one_world_does_not_reach_another() -> None:
    pool_id = spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool")
    one, other = make_world().spark_pools.get(pool_id), make_world().spark_pools.get(pool_id)
    assert one is not None
    assert other is not None
    one["properties"]["autoPause"]["enabled"] = False
    assert other["properties"]["autoPause"]["enabled"] is True


def test_a_large_world_has_that_many_computes_with_valid_distinct_names() -> None:
    world = make_world(5000)
    scope = (
        f"/subscriptions/{PROD}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"
    )
    names = [compute["name"] for compute in world.computes.under(scope)]
    assert len(names) == len(set(names)) == 5000
    assert max(map(len, names)) <= 16
    assert len(world.identities) > 200
    assert len(make_world(3).computes.under(scope)) == 3


@pytest.mark.parametrize(("choice", "shown"), [("echo", True), ("null", False)])
async def test_a_compute_whose_pool_is_gone_shows_what_was_chosen(box: Box, choice: Any, shown: bool) -> None:
    compute = await box(choices=Choices(gone_pool=choice)).get("orphan-1")
    assert (compute["properties"]["properties"] is not None) is shown


@pytest.mark.parametrize(("choice", "version"), [("frozen", "3.5"), ("followed", "4.0")])
async def test_a_pool_that_changes_after_the_attach_shows_as_chosen(box: Box, choice: Any, version: str) -> None:
    azure = box(choices=Choices(pool_change=choice))
    pool = azure.sandbox.world.spark_pools.get(spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool"))
    assert pool is not None
    pool["properties"]["sparkVersion"] = "4.0"
    assert (await azure.get("etl-prod"))["properties"]["properties"]["sparkVersion"] == version


async def test_a_subscription_that_may_not_be_read_says_which_action_over_which_scope(box: Box) -> None:
    azure = box()
    subscriptions = await azure.subscriptions()
    shared = [found async for found in subscriptions.subscriptions.list() if found.display_name == "Fabrikam Shared"]
    url = f"{shared[0].id}/providers/Microsoft.Synapse/workspaces?api-version=2021-06-01"
    response = await ask(azure.sandbox, url)
    error = json.loads(response.body)["error"]
    assert (response.status, error["code"]) == (403, "AuthorizationFailed")
    assert "to perform action 'Microsoft.Synapse/workspaces/read'" in error["message"]
    assert f"over scope '{shared[0].id}' or the scope is invalid" in error["message"]


async def test_a_disabled_subscription_takes_no_writes() -> None:
    sandbox = Sandbox()
    retired = next(found for found in sandbox.world.subscriptions if found["state"] == "Disabled")
    url = computes_url(compute="adhoc").replace(PROD, retired["subscriptionId"])
    response = await ask(sandbox, url, "PUT", content=body())
    assert (response.status, json.loads(response.body)["error"]["code"]) == (409, "ReadOnlyDisabledSubscription")


async def test_a_forbidden_write_changes_nothing_and_names_its_action(box: Box) -> None:
    azure = box(faults=Faults([Rule(Forbidden(), "PUT", "/computes/")]))
    action = "Microsoft.MachineLearningServices/workspaces/computes/write"
    with pytest.raises(HttpResponseError, match=action) as refused:
        await azure.attach("adhoc")
    assert refused.value.status_code == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "AuthorizationFailed"
    assert (await azure.attach("adhoc"))["name"] == "adhoc"


async def test_throttling_by_the_ml_service_is_a_user_error_without_retry_after(box: Box) -> None:
    azure = box(faults=Faults([Rule(Throttled(), "GET", "/computes$", times=None)]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(HttpResponseError, match="Retry again after 20 seconds") as refused:
        [compute async for compute in ml.compute.list(GROUP, WORKSPACE)]
    assert "Retry-After" not in headers_of(refused.value)
    assert refused.value.error is not None
    assert refused.value.error.code == "UserError"


async def test_the_sdk_obeys_retry_after_on_the_sandboxes_clock(box: Box) -> None:
    azure = box(faults=Faults([Rule(Throttled(retry_after=37), "GET", "/computes$", times=2)]))
    ml = await azure.ml()
    before = azure.sandbox.clock.monotonic()
    assert len([compute async for compute in ml.compute.list(GROUP, WORKSPACE)]) == 15
    assert azure.sandbox.clock.monotonic() - before == 74


async def test_throttling_by_resource_manager_names_the_action(box: Box) -> None:
    response = await ask(
        Sandbox(faults=Faults([Rule(Throttled(retry_after=6), path="^/subscriptions$")])),
        "/subscriptions?api-version=2022-12-01",
    )
    assert (response.status, response.headers["Retry-After"]) == (429, "6")
    assert json.loads(response.body)["error"]["code"] == "ResourceRequestsThrottled"


async def test_a_request_that_is_lost_before_azure_saw_it_changes_nothing(box: Box) -> None:
    azure = box(faults=Faults([Rule(RequestLost(), "PUT")]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(ServiceRequestError):
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body())
    assert writes(azure.sandbox) == []
    with pytest.raises(ResourceNotFoundError):
        await azure.get("adhoc")


async def test_a_response_that_is_lost_leaves_what_azure_has_done(box: Box) -> None:
    azure = box(faults=Faults([Rule(ResponseLost(), "PUT")]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(ServiceResponseError):
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body())
    assert writes(azure.sandbox) == ["PUT"]
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Creating"


async def test_a_host_that_azure_does_not_have_cannot_be_reached(box: Box) -> None:
    ml = await box().ml(base_url="https://example.com", retry_total=0)
    with pytest.raises(ServiceRequestError, match="Name or service not known"):
        await ml.compute.get(GROUP, WORKSPACE, "churn")


@pytest.mark.parametrize("fault", [Truncated(), NotJson()])
async def test_a_body_that_is_no_json_cannot_be_read(box: Box, fault: Any) -> None:
    azure = box(faults=Faults([Rule(fault, "GET", times=None)]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises((DecodeError, DeserializationError)):
        [compute async for compute in ml.compute.list(GROUP, WORKSPACE)]


async def test_a_truncated_answer_to_a_write_has_still_been_acted_on(box: Box) -> None:
    sandbox = Sandbox(faults=Faults([Rule(Truncated(keep=12), "PUT")]))
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert (response.status, len(response.body)) == (201, 12)
    assert (await ask(sandbox, computes_url(compute="adhoc"))).status == 200


async def test_a_scripted_answer_wears_the_envelope_of_the_service_that_was_asked(box: Box) -> None:
    fault = Answer(409, "MissingSubscriptionRegistration", "Not registered.", {"X-Why": "test"})
    sandbox = Sandbox(faults=Faults([Rule(fault, times=None)]))
    from_aml = await ask(sandbox, computes_url())
    from_arm = await ask(sandbox, "/subscriptions?api-version=2022-12-01")
    assert from_aml.headers["X-Why"] == from_arm.headers["X-Why"] == "test"
    assert "additionalInfo" in json.loads(from_aml.body)["error"]
    assert json.loads(from_arm.body) == {"error": {"code": fault.code, "message": fault.message}}
    sandbox.faults.clear()
    sandbox.faults.add(Rule(fault._replace(gateway=True)))
    from_gateway = await ask(sandbox, computes_url())
    assert from_gateway.body == from_arm.body
    assert from_gateway.headers["x-ms-failure-cause"] == "gateway"


async def test_rules_count_only_their_own_requests_and_can_be_added_and_cleared() -> None:
    sandbox = Sandbox()
    sandbox.faults.add(Rule(Answer(500, "InternalError", "Sorry."), "GET", "/COMPUTES/CHURN$", after=1, times=2))
    churn, etl = computes_url(compute="churn"), computes_url(compute="etl-prod")
    statuses = [(await ask(sandbox, url)).status for url in (churn, etl, churn, etl, churn, churn)]
    assert statuses == [200, 200, 500, 200, 500, 200]
    sandbox.faults.add(Rule(Answer(500, "InternalError", "Sorry."), times=None))
    sandbox.faults.clear()
    assert (await ask(sandbox, churn)).status == 200


async def test_a_slow_answer_takes_world_time_and_adds_to_other_faults() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Slow(8)), Rule(Slow(2)), Rule(Forbidden())]))
    response = await ask(sandbox, computes_url())
    assert response.status == 403
    assert sandbox.clock.monotonic() == 10


async def test_every_answer_carries_azures_ids_and_the_clients_own_when_asked() -> None:
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


async def test_the_log_holds_bodies_and_no_token(box: Box) -> None:
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


async def test_a_client_whose_token_is_refused_sees_an_authentication_error(box: Box) -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    azure = box(faults=Faults([Rule(Answer(401, "InvalidAuthenticationToken", "Expired.", challenge), times=None)]))
    with pytest.raises(ClientAuthenticationError):
        await azure.get("churn")


async def test_a_held_clock_keeps_an_attach_between_two_polls() -> None:
    clock = VirtualClock()
    sandbox = Sandbox(clock=clock)
    clock.hold()
    clock.step()
    await clock.sleep(5)
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert json.loads(response.body)["properties"]["createdOn"] == "2026-11-23T09:12:05.0000000+00:00"
