"""Create, change and delete Spark pools in the simulated Azure, with the SDK client that the product uses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.synapse.aio import SynapseManagementClient

from tests.support.sandbox_box import GROUP, PROD, Box, Document, ask, body, computes_url, raw
from tests.support.served import Served
from tests.support.spark_pools import IN, content, followed, made, pool_url, put, reason, shown
from tui.cloud.connection import network_transport
from tui.cloud.network import network_from
from tui.sandbox import http as sandbox_http
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.faults import Faults, Outcome, Rule
from tui.sandbox.names import spark_pool_id

OFF = {"enabled": False}


async def test_a_pool_is_created_changed_and_deleted_through_the_sdk(box: Box) -> None:
    azure = box(operation_seconds=20)
    pools = (await azure.synapse()).big_data_pools
    before = azure.sandbox.clock.now()

    poller = await pools.begin_create_or_update(*IN, "newpool", json.loads(content()), polling_interval=5)
    created = await poller.result()
    assert (created.provisioning_state, created.node_count, created.auto_scale.enabled) == ("Succeeded", 3, False)
    assert (azure.sandbox.clock.now() - before).total_seconds() == 20

    created.node_count = 5
    poller = await pools.begin_create_or_update(*IN, "newpool", created, force=True, polling_interval=5)
    assert (await poller.result()).node_count == 5
    assert "newpool" in [pool.name async for pool in pools.list_by_workspace(*IN)]

    assert await (await pools.begin_delete(*IN, "newpool", polling_interval=5)).result() is None
    with pytest.raises(ResourceNotFoundError):
        await pools.get(*IN, "newpool")
    assert "newpool" not in [pool.name async for pool in pools.list_by_workspace(*IN)]


async def test_a_put_returns_202_with_the_new_pool_and_both_polling_links() -> None:
    sandbox = Sandbox()

    response = await put(sandbox)

    pool = json.loads(response.body)
    assert response.status == 202
    assert pool["properties"]["provisioningState"] == "Provisioning"
    assert "lastSucceededTimestamp" not in pool["properties"]
    workspace = spark_pool_id(PROD, *IN, "").removesuffix("/bigDataPools/")
    base = f"https://management.azure.com{workspace}"
    assert response.headers["Azure-AsyncOperation"].startswith(f"{base}/operationStatuses/")
    assert response.headers["Location"].startswith(f"{base}/operationResults/")
    for name in ("Azure-AsyncOperation", "Location"):
        assert response.headers[name].endswith("?api-version=2021-06-01")
    assert response.headers["Access-Control-Expose-Headers"] == "Location"
    assert "Retry-After" not in response.headers
    assert await shown(sandbox) == pool


async def test_polling_links_use_the_host_and_port_of_the_request() -> None:
    url = f"https://localhost:8443{pool_url('adhocpool')}"
    for method, sent, links in (("PUT", content(), 2), ("DELETE", b"", 1)):
        response = await Sandbox().handle(sandbox_http.Request(method, url, {"authorization": "Bearer x"}, sent))
        found = [response.headers[name] for name in ("Azure-AsyncOperation", "Location") if name in response.headers]
        assert len(found) == links
        assert all(link.startswith("https://localhost:8443/subscriptions/") for link in found)


async def test_a_write_is_in_progress_until_its_time_is_over_and_then_has_the_moment_of_its_success() -> None:
    sandbox = Sandbox(operation_seconds=20)
    response = await put(sandbox)
    status, result = response.headers["Azure-AsyncOperation"], response.headers["Location"]

    await sandbox.clock.sleep(19.9)
    assert json.loads((await followed(sandbox, status)).body) == {"status": "InProgress"}
    running = await followed(sandbox, result)
    assert (running.status, running.body, running.headers["Location"]) == (202, b"", result)

    await sandbox.clock.sleep(10)
    assert json.loads((await followed(sandbox, status)).body) == {"status": "Succeeded"}
    pool = await shown(sandbox)
    assert pool["properties"]["provisioningState"] == "Succeeded"
    assert pool["properties"]["creationDate"] == "2026-11-23T09:12:00.0000000Z"
    assert pool["properties"]["lastSucceededTimestamp"] == "2026-11-23T09:12:20.0000000Z"
    assert json.loads((await followed(sandbox, result)).body) == pool


async def test_a_change_keeps_the_creation_and_the_last_success_until_it_succeeds() -> None:
    sandbox = Sandbox()
    before = (await made(sandbox))["properties"]

    returned = json.loads((await put(sandbox, nodeCount=7, creationDate="2001-01-01T00:00:00Z")).body)["properties"]

    assert returned == {**before, "nodeCount": 7, "provisioningState": "Provisioning"}
    await sandbox.clock.sleep(60)
    after = (await shown(sandbox))["properties"]
    assert after["creationDate"] == before["creationDate"]
    assert after["lastSucceededTimestamp"] > before["lastSucceededTimestamp"]


@pytest.mark.parametrize(
    ("sent", "normal"),
    [
        ({"autoScale": {}}, {"autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0}}),
        ({"autoScale": None}, {"autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0}}),
        (
            {"autoScale": {"enabled": False, "minNodeCount": 3, "maxNodeCount": 10}},
            {"autoScale": {"enabled": False, "minNodeCount": 3, "maxNodeCount": 10}},
        ),
        ({"autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 6}, "nodeCount": None}, {"nodeCount": 0}),
        ({"autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 6}}, {"nodeCount": 3}),
        ({"autoPause": {}}, {"autoPause": {"enabled": False, "delayInMinutes": 0}}),
        (
            {"autoPause": {"enabled": False, "delayInMinutes": 15}},
            {"autoPause": {"enabled": False, "delayInMinutes": 15}},
        ),
        ({"dynamicExecutorAllocation": {}}, {"dynamicExecutorAllocation": OFF}),
        (
            {"dynamicExecutorAllocation": {"enabled": False, "minExecutors": 1, "maxExecutors": 2}},
            {"dynamicExecutorAllocation": OFF},
        ),
        (
            {"sparkConfigProperties": {"filename": "config.txt", "content": "a b"}},
            {
                "sparkConfigProperties": {
                    "configurationType": "File",
                    "filename": "config.txt",
                    "content": "a b",
                    "time": "2026-11-23T09:12:00.0000000Z",
                }
            },
        ),
        ({"nodeSize": "xlarge", "nodeSizeFamily": "memoryoptimized"}, {"nodeSize": "XLarge"}),
        ({}, {"isComputeIsolationEnabled": False, "sessionLevelPackagesEnabled": False, "isAutotuneEnabled": False}),
        ({"cacheSize": 0}, {"cacheSize": 0}),
        ({"cacheSize": 35}, {"cacheSize": 35}),
        ({}, {"cacheSize": 50}),
    ],
)
async def test_settings_come_back_in_their_normal_form(sent: Document, normal: Document) -> None:
    properties = (await made(Sandbox(), **sent))["properties"]
    assert {name: properties[name] for name in normal} == normal


async def test_the_folders_of_events_and_logs_and_unknown_settings_never_come_back() -> None:
    plain = await made(Sandbox())
    sent = {"sparkEventsFolder": "/events", "defaultSparkLogFolder": "/logs", "sparkEvents": "x"}
    assert await made(Sandbox(), **sent) == plain


async def test_the_time_of_the_configuration_changes_with_every_put() -> None:
    sandbox = Sandbox()
    file = {"filename": "config.txt", "content": "a b"}
    first = (await made(sandbox, sparkConfigProperties=file))["properties"]["sparkConfigProperties"]
    second = (await made(sandbox, sparkConfigProperties=first, tags={"team": "data"}))["properties"]
    assert second["sparkConfigProperties"]["time"] > first["time"]
    assert {**second["sparkConfigProperties"], "time": first["time"]} == first


async def test_a_put_removes_what_it_leaves_out() -> None:
    sandbox = Sandbox()
    libraries: Document = {
        "libraryRequirements": {"filename": "requirements.txt", "content": ""},
        "customLibraries": [{"name": "a.whl", "type": "whl", "provisioningStatus": "Invented"}],
        "sparkConfigProperties": {"filename": "config.txt", "content": "a b"},
    }
    plain = await made(sandbox)
    full = await made(sandbox, tags={"team": "data"}, **libraries)
    assert full["properties"].keys() - plain["properties"].keys() == libraries.keys()
    assert full["properties"]["customLibraries"] == [{"name": "a.whl", "type": "whl"}]
    assert full["tags"] == {"team": "data"}
    assert (await made(sandbox)).keys() == plain.keys()
    assert (await shown(sandbox))["properties"].keys() == plain["properties"].keys()


async def test_autotune_is_decided_at_the_creation() -> None:
    sandbox = Sandbox()
    await made(sandbox, isAutotuneEnabled=True)
    assert (await made(sandbox, isAutotuneEnabled=False))["properties"]["isAutotuneEnabled"] is True


async def test_a_library_of_the_pool_keeps_what_azure_knows_of_it() -> None:
    sandbox = Sandbox()
    pool = await shown(sandbox, "etlpool")
    libraries = pool["properties"]["customLibraries"]
    assert libraries[0]["creatorId"]
    sent = [{"name": libraries[0]["name"], "path": "elsewhere", "creatorId": "me"}, {"name": "new.jar", "type": "jar"}]
    answer = await made(sandbox, "etlpool", **{**pool["properties"], "customLibraries": sent})
    assert answer["properties"]["customLibraries"] == [{**libraries[0], "path": "elsewhere"}, sent[1]]


async def test_tags_are_absent_empty_or_as_sent() -> None:
    sandbox = Sandbox()
    assert "tags" not in await made(sandbox)
    assert (await made(sandbox, tags={}))["tags"] == {}
    assert (await made(sandbox, tags={"team": "data"}))["tags"] == {"team": "data"}


async def test_a_patch_changes_the_tags_at_once_and_nothing_else(box: Box) -> None:
    azure = box()
    before = await shown(azure.sandbox, "adhocpool")
    pools = (await azure.synapse()).big_data_pools
    changed = await pools.update(*IN, "adhocpool", {"tags": {"team": "data"}}, cls=raw)
    assert changed == {**before, "tags": {"team": "data"}} == await shown(azure.sandbox, "adhocpool")
    scaled = {"properties": {"autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 5}}}
    response = await ask(azure.sandbox, pool_url("adhocpool"), "PATCH", content=json.dumps(scaled).encode())
    assert (response.status, json.loads(response.body)) == (200, changed)


async def test_a_deletion_returns_only_a_location_which_is_202_and_then_204() -> None:
    sandbox = Sandbox(operation_seconds=20)
    response = await ask(sandbox, pool_url("adhocpool"), "DELETE")
    assert (response.status, response.body) == (202, b"")
    assert "Azure-AsyncOperation" not in response.headers
    location = response.headers["Location"]
    assert (await shown(sandbox, "adhocpool"))["properties"]["provisioningState"] == "Deleting"
    assert (await followed(sandbox, location)).status == 202
    await sandbox.clock.sleep(20)
    over = await followed(sandbox, location)
    assert (over.status, over.body) == (204, b"")
    assert "Content-Length" not in over.headers
    assert (await ask(sandbox, pool_url("adhocpool"))).status == 404
    assert (await ask(sandbox, pool_url("adhocpool"), "DELETE")).status == 204


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [
        (Outcome("Failed", "NoCapacity", "There is none."), "Failed", "NoCapacity"),
        (Outcome("Canceled"), "Canceled", "OperationCanceled"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_pool_shows_that_its_operation_failed_or_was_canceled(
    outcome: Outcome, state: str, code: str, method: str
) -> None:
    sandbox = Sandbox(faults=Faults([Rule(outcome, method)]))
    before = (await shown(sandbox, "adhocpool"))["properties"]
    response = await ask(sandbox, pool_url("adhocpool"), method, content=content() if method == "PUT" else b"")
    await sandbox.clock.sleep(60)

    after = (await shown(sandbox, "adhocpool"))["properties"]
    assert after["provisioningState"] == state
    assert after["lastSucceededTimestamp"] == before["lastSucceededTimestamp"]
    result = await followed(sandbox, response.headers["Location"])
    assert reason(result)[:2] == (409, code)
    if method == "PUT":
        told = json.loads((await followed(sandbox, response.headers["Azure-AsyncOperation"])).body)
        assert (told["status"], told["error"]["code"]) == (state, code)


@pytest.mark.parametrize("ending", ["begin_create_or_update", "begin_delete"])
async def test_the_sdk_raises_the_failure_of_an_operation(box: Box, ending: str) -> None:
    azure = box(faults=Faults([Rule(Outcome("Failed", "NoCapacity", "There is none."))]))
    pools = (await azure.synapse()).big_data_pools
    sent = () if ending == "begin_delete" else (json.loads(content()),)
    with pytest.raises(HttpResponseError, match="There is none"):
        await (await getattr(pools, ending)(*IN, "adhocpool", *sent, polling_interval=5)).result()
    assert (await shown(azure.sandbox, "adhocpool"))["properties"]["provisioningState"] == "Failed"


def with_id_of(link: str, other: str) -> str:
    """The polling link with the operation of another one."""
    own, wanted = (one.partition("?")[0].rpartition("/")[2] for one in (link, other))
    return link.replace(own, wanted)


async def test_a_forgotten_or_foreign_operation_is_not_found() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Outcome("Succeeded", forgotten=True), "PUT", "newpool")]))
    response = await put(sandbox)
    status, result = response.headers["Azure-AsyncOperation"], response.headers["Location"]
    assert (await followed(sandbox, status)).status == 200
    await sandbox.clock.sleep(60)
    over = await followed(sandbox, status)
    assert (over.status, over.body) == (404, b"")
    assert reason(await followed(sandbox, result))[:2] == (404, "OperationNotFound")

    pools_own = (await put(sandbox, "otherpool")).headers["Azure-AsyncOperation"]
    compute_url = computes_url(compute="adhoc")
    computes_own = (await ask(sandbox, compute_url, "PUT", content=body())).headers["Azure-AsyncOperation"]
    elsewhere = pools_own.replace("syn-prod", "syn-other")
    swapped = [with_id_of(pools_own, computes_own), with_id_of(computes_own, pools_own)]
    assert [(await followed(sandbox, url)).status for url in (pools_own, computes_own)] == [200, 200]
    assert [(await followed(sandbox, url)).status for url in (elsewhere, *swapped)] == [404, 404, 404]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_a_second_write_on_a_busy_pool_is_refused(box: Box, method: str) -> None:
    azure = box()
    pools = (await azure.synapse()).big_data_pools
    await put(azure.sandbox, "adhocpool", nodeCount=4)
    before = await shown(azure.sandbox, "adhocpool")
    write: Any = {
        "PUT": lambda: pools.begin_create_or_update(*IN, "adhocpool", json.loads(content())),
        "PATCH": lambda: pools.update(*IN, "adhocpool", {"tags": {}}),
        "DELETE": lambda: pools.begin_delete(*IN, "adhocpool"),
    }[method]
    with pytest.raises(ResourceExistsError, match="in progress on Spark pool adhocpool"):
        await write()
    assert await shown(azure.sandbox, "adhocpool") == before
    assert (await put(azure.sandbox, "otherpool")).status == 202


async def test_a_busy_pool_accepts_a_second_write_if_chosen_and_ends_with_the_later_values() -> None:
    sandbox = Sandbox(operation_seconds=20, choices=Choices(pool_busy="accepted"))
    first = await put(sandbox, nodeCount=4)
    await sandbox.clock.sleep(15)
    second = await put(sandbox, nodeCount=5)
    await sandbox.clock.sleep(10)
    assert json.loads((await followed(sandbox, first.headers["Azure-AsyncOperation"])).body) == {"status": "Succeeded"}
    properties = (await shown(sandbox))["properties"]
    assert (properties["nodeCount"], properties["provisioningState"]) == (5, "Provisioning")
    await sandbox.clock.sleep(10)
    assert json.loads((await followed(sandbox, second.headers["Azure-AsyncOperation"])).body) == {"status": "Succeeded"}
    assert (await shown(sandbox))["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(("choice", "nodes"), [("frozen", 3), ("followed", 9)])
async def test_an_attached_compute_shows_a_changed_pool_only_as_configured(box: Box, choice: Any, nodes: int) -> None:
    azure = box(choices=Choices(pool_change=choice))
    await azure.attach("adhoc")
    await made(azure.sandbox, "adhocpool", nodeCount=9)
    assert (await azure.get("adhoc"))["properties"]["properties"]["nodeCount"] == nodes


async def test_a_created_pool_can_be_attached_and_a_deleted_one_leaves_its_compute(box: Box) -> None:
    azure = box()
    await made(azure.sandbox, nodeCount=8)
    compute = await azure.attach("adhoc", pool="newpool")
    assert compute["properties"]["properties"]["nodeCount"] == 8
    pools = (await azure.synapse()).big_data_pools
    await (await pools.begin_delete(*IN, "newpool", polling_interval=5)).result()
    assert (await azure.get("adhoc"))["properties"]["properties"]["poolName"] == "newpool"
    computes = await azure.ml()
    assert "adhoc" in [found.name async for found in computes.compute.list(GROUP, "aml-prod")]


@pytest.fixture
async def served_client() -> AsyncIterator[SynapseManagementClient]:
    """The SDK's client of a served sandbox where operations end within their first poll."""
    with Served("--speed", "10000") as served:
        network = network_from(served.ca_file)
        credential = ClientSecretCredential(
            served.tenant,
            served.client_id,
            served.client_secret,
            authority=served.login,
            disable_instance_discovery=True,
            transport=network_transport(network),
        )
        client = SynapseManagementClient(
            credential,
            served.subscription,
            base_url=served.resource_manager,
            credential_scopes=["https://management.azure.com/.default"],
            transport=network_transport(network),
            polling_interval=0,
        )
        async with credential, client:
            yield client
        assert served.stop() == (0, "")


async def test_the_served_sandbox_creates_and_deletes_a_pool(served_client: SynapseManagementClient) -> None:
    pools: Any = served_client.big_data_pools
    created = await (await pools.begin_create_or_update(*IN, "newpool", json.loads(content()))).result()
    assert created.provisioning_state == "Succeeded"
    await (await pools.begin_delete(*IN, "newpool")).result()
    with pytest.raises(ResourceNotFoundError):
        await pools.get(*IN, "newpool")
