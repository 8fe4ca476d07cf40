"""Attach, update and detach in the simulated Azure, with the SDK clients that the product uses."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.support.sandbox_box import (
    GROUP,
    PROD,
    SYSTEM,
    WORKSPACE,
    Box,
    Document,
    ask,
    body,
    computes_url,
    polls,
    user,
    writes,
)
from tui.sandbox import http as sandbox_http
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Faults, Outcome, Rule
from tui.sandbox.names import spark_pool_id


async def test_an_attach_without_identity_is_polled_until_it_succeeds_and_shows_the_pool(box: Box) -> None:
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


async def test_an_attach_returns_201_with_azure_asyncoperation_as_its_only_polling_header() -> None:
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


async def test_poll_links_use_the_host_and_port_of_the_request() -> None:
    sandbox = Sandbox()
    url = "https://localhost:8443" + computes_url(compute="adhoc")
    response = await sandbox.handle(sandbox_http.Request("PUT", url, {"authorization": "Bearer x"}, body()))
    assert response.headers["Azure-AsyncOperation"].startswith("https://localhost:8443/subscriptions/")


async def test_a_poll_returns_in_progress_and_then_succeeded_with_100_percent() -> None:
    sandbox = Sandbox(operation_seconds=20)
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    poll = sandbox_http.Request("GET", response.headers["Azure-AsyncOperation"], {"Authorization": "Bearer x"})
    await sandbox.clock.sleep(19.9)
    assert json.loads((await sandbox.handle(poll)).body) == {"status": "InProgress"}
    await sandbox.clock.sleep(0.1)
    assert json.loads((await sandbox.handle(poll)).body) == {"status": "Succeeded", "percentComplete": 100.0}


async def test_a_system_assigned_identity_has_its_principal_from_the_first_response(box: Box) -> None:
    azure = box()
    response = await ask(azure.sandbox, computes_url(compute="adhoc"), "PUT", content=body(identity=SYSTEM))
    first = json.loads(response.body)["identity"]
    assert first.keys() == {"type", "principalId", "tenantId"}
    assert (await azure.get("adhoc"))["identity"] == first


async def test_user_assigned_identities_are_returned_in_order_with_lowercase_resourcegroups(box: Box) -> None:
    compute = await box().attach("adhoc", identity=user("id-etl-read", "id-etl-prod"))
    identity = compute["identity"]
    assert identity.keys() == {"type", "tenantId", "userAssignedIdentities"}
    assert [arm_id.rsplit("/")[-1] for arm_id in identity["userAssignedIdentities"]] == ["id-etl-read", "id-etl-prod"]
    for arm_id, shown in identity["userAssignedIdentities"].items():
        assert "/resourcegroups/" in arm_id
        assert shown.keys() == {"principalId", "clientId"}


async def test_the_identity_type_is_case_insensitive(box: Box) -> None:
    compute = await box().attach("adhoc", identity=user("id-adhoc", kind="systemassigned, Userassigned"))
    assert compute["identity"]["type"] == "SystemAssigned,UserAssigned"
    assert compute["identity"]["principalId"]


async def test_an_update_keeps_the_creation_time_and_the_principal(box: Box) -> None:
    azure = box()
    before = await azure.get("etl-prod")
    after = await azure.attach("etl-prod", pool="etlpool", identity=SYSTEM, tags={"team": "ml"})
    assert after["properties"]["createdOn"] == before["properties"]["createdOn"]
    assert after["properties"]["modifiedOn"] > before["properties"]["modifiedOn"]
    assert after["identity"] == before["identity"]
    assert after["tags"] == {"team": "ml"}
    assert after["properties"]["description"] is None


async def test_removing_and_restoring_the_system_assigned_identity_creates_a_new_principal(box: Box) -> None:
    azure = box()
    first = (await azure.get("etl-prod"))["identity"]["principalId"]
    await azure.attach("etl-prod", pool="etlpool", identity=user("id-etl-prod"))
    again = (await azure.attach("etl-prod", pool="etlpool", identity=SYSTEM))["identity"]["principalId"]
    assert again != first


@pytest.mark.parametrize(("choice", "kept"), [("dropped", False), ("kept", True)])
async def test_a_put_without_identity_keeps_or_drops_it_as_configured(box: Box, choice: Any, kept: bool) -> None:
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
async def test_an_invalid_compute_name_is_refused_with_azures_message(box: Box, name: str) -> None:
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
async def test_an_invalid_request_body_is_refused_and_changes_nothing(box: Box, more: Document, sentence: str) -> None:
    azure = box()
    with pytest.raises(HttpResponseError, match=sentence) as refused:
        await azure.attach("adhoc", **more)
    assert refused.value.status_code == 400
    with pytest.raises(ResourceNotFoundError):
        await azure.get("adhoc")


async def test_changing_the_pool_of_an_attached_compute_is_refused_unless_configured(box: Box) -> None:
    with pytest.raises(HttpResponseError, match="cannot be changed"):
        await box().attach("etl-prod", pool="adhocpool")
    moved = await box(choices=Choices(other_pool="accepted")).attach("etl-prod", pool="adhocpool")
    assert moved["properties"]["properties"]["poolName"] == "adhocpool"


async def test_a_missing_pool_can_fail_the_operation_instead_of_the_request(box: Box) -> None:
    azure = box(choices=Choices(missing_pool="operation fails"))
    with pytest.raises(HttpResponseError, match="was not found"):
        await azure.attach("adhoc", pool="nopool")
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Failed"


async def test_an_identity_change_is_refused_when_the_spark_pool_is_gone(box: Box) -> None:
    with pytest.raises(HttpResponseError, match="orphanpool' was not found"):
        await box().attach("orphan-1", pool="orphanpool", identity=SYSTEM)


@pytest.mark.parametrize("early", [False, True])
async def test_a_compute_being_created_shows_its_pool_only_if_configured(early: bool) -> None:
    sandbox = Sandbox(choices=Choices(echo_while_creating=early))
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert (json.loads(response.body)["properties"]["properties"] is not None) is early


async def test_the_modification_time_is_when_the_operation_ended_even_if_read_later(box: Box) -> None:
    azure = box(operation_seconds=20)
    await ask(azure.sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    await azure.sandbox.clock.sleep(3600)
    assert (await azure.get("adhoc"))["properties"]["modifiedOn"] == "2026-11-23T09:12:20.0000000+00:00"


async def test_a_failed_attach_leaves_a_failed_compute_with_the_reason(box: Box) -> None:
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


async def test_the_duration_of_an_operation_can_be_set(box: Box) -> None:
    azure = box(faults=Faults([Rule(Outcome("Succeeded", seconds=300), "PUT")]))
    before = azure.sandbox.clock.now()
    await azure.attach("adhoc")
    assert (azure.sandbox.clock.now() - before).total_seconds() == 300


async def test_a_detached_compute_is_deleting_and_then_gone_while_its_pool_remains(box: Box) -> None:
    azure = box()
    poller = await azure.detach("etl-prod")
    assert (await azure.get("etl-prod"))["properties"]["provisioningState"] == "Deleting"
    await poller.result()
    with pytest.raises(ResourceNotFoundError):
        await azure.get("etl-prod")
    assert azure.sandbox.world.spark_pools.get(spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool"))


async def test_a_detach_returns_202_without_a_body_and_requires_the_underlying_resource_action() -> None:
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


async def test_a_patch_returns_202_which_the_sdk_treats_as_an_error(box: Box) -> None:
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


async def test_a_cluster_is_created_in_the_region_of_its_workspace(box: Box) -> None:
    properties = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2"}}
    created = await box().attach("new-cluster", properties=properties)
    assert created["properties"]["computeLocation"] == "eastus2"
    assert created["properties"]["isAttachedCompute"] is False
    assert created["properties"]["properties"]["vmSize"] == "STANDARD_DS3_V2"


async def test_an_attach_takes_its_creation_time_from_a_held_clock() -> None:
    clock = VirtualClock()
    sandbox = Sandbox(clock=clock)
    clock.hold()
    clock.step()
    await clock.sleep(5)
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert json.loads(response.body)["properties"]["createdOn"] == "2026-11-23T09:12:05.0000000+00:00"
