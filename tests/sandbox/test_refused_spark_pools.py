"""Spark pools that the simulated Azure refuses: names, settings, bodies and permissions."""

import json

import pytest

from tests.support.sandbox_box import PROD, Document, ask
from tests.support.spark_pools import IN, content, pool_url, put, reason, shown
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Faults, Forbidden, Rule
from tui.sandbox.names import spark_pool_id


@pytest.mark.parametrize("name", ["1pool", "new-pool", "new_pool", "a" * 16, "póol", "new pool"])
async def test_a_bad_name_is_refused(name: str) -> None:
    assert reason(await put(Sandbox(), name))[:2] == (400, "SparkPoolNameNotValid")


@pytest.mark.parametrize("name", ["p", "Pool2", "a" * 15])
async def test_every_other_name_is_accepted(name: str) -> None:
    assert (await put(Sandbox(), name)).status == 202


SCALED = {"enabled": True, "minNodeCount": 3, "maxNodeCount": 6}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"nodeCount": 2}, "NodeCountNotValid"),
        ({"nodeCount": 201}, "NodeCountNotValid"),
        ({"nodeCount": 0}, "NodeCountNotValid"),
        ({"nodeCount": None}, "NodeCountNotValid"),
        ({"autoScale": SCALED, "nodeCount": 2}, "NodeCountNotValid"),
        ({"autoScale": {**SCALED, "minNodeCount": 2}}, "NodeCountNotValid"),
        ({"autoScale": {**SCALED, "maxNodeCount": 201}}, "NodeCountNotValid"),
        ({"autoScale": {"enabled": True}}, "NodeCountNotValid"),
        ({"autoScale": {**SCALED, "minNodeCount": 7}}, "AutoScaleNotValid"),
        ({"autoPause": {"enabled": True, "delayInMinutes": 4}}, "AutoPauseNotValid"),
        ({"autoPause": {"enabled": True, "delayInMinutes": 10_081}}, "AutoPauseNotValid"),
        ({"autoPause": {"enabled": True}}, "AutoPauseNotValid"),
        ({"autoPause": {"enabled": False, "delayInMinutes": 4}}, "AutoPauseNotValid"),
        ({"dynamicExecutorAllocation": {"enabled": True}}, "DynamicExecutorAllocationNotValid"),
        (
            {"dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 3}},
            "DynamicExecutorAllocationNotValid",
        ),
        (
            {"dynamicExecutorAllocation": {"enabled": True, "minExecutors": 3, "maxExecutors": 2}},
            "DynamicExecutorAllocationNotValid",
        ),
        ({"nodeSize": "Huge"}, "PropertyNotValid"),
        ({"nodeSizeFamily": "Cheap"}, "PropertyNotValid"),
        ({"nodeSize": None}, "PropertyRequired"),
        ({"sparkVersion": ""}, "PropertyRequired"),
        ({"customLibraries": ["a.whl"]}, "CustomLibrariesNotValid"),
        (
            {"libraryRequirements": {"filename": "requirements.txt", "content": "numpy"}},
            "SparkComputePropertiesNotAllowed",
        ),
        ({"customLibraries": [{"name": "a.whl"}]}, "SparkComputePropertiesNotAllowed"),
        ({"nodeCount": "3"}, "InvalidRequestContent"),
        ({"nodeCount": True}, "InvalidRequestContent"),
        ({"autoScale": []}, "InvalidRequestContent"),
        ({"autoPause": {"enabled": "yes"}}, "InvalidRequestContent"),
        ({"sparkConfigProperties": {"filename": 7}}, "InvalidRequestContent"),
    ],
)
async def test_a_pool_that_cannot_be_as_requested_is_refused_and_not_created(sent: Document, code: str) -> None:
    sandbox = Sandbox()
    assert reason(await put(sandbox, **sent))[:2] == (400, code)
    assert (await ask(sandbox, pool_url())).status == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"nodeCount": 200},
        {"autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 200}, "nodeCount": 0},
        {"autoPause": {"enabled": True, "delayInMinutes": 5}},
        {"autoPause": {"enabled": True, "delayInMinutes": 10_080}},
        {"dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 2}},
        {
            "autoScale": SCALED,
            "dynamicExecutorAllocation": {"enabled": True, "minExecutors": 5, "maxExecutors": 5},
        },
    ],
)
async def test_the_limits_themselves_are_accepted(sent: Document) -> None:
    assert (await put(Sandbox(), **sent)).status == 202


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"not JSON", "InvalidRequestContent"),
        (b"", "InvalidRequestContent"),
        (b"[]", "InvalidRequestContent"),
        (b'{"properties": {}}', "LocationRequired"),
        (content().replace(b'{"location"', b'{"tags": [], "location"'), "InvalidRequestContent"),
        (b'{"location": "eastus2", "properties": 7}', "InvalidRequestContent"),
    ],
)
async def test_a_body_that_is_not_a_pool_is_refused(sent: bytes, code: str) -> None:
    assert reason(await ask(Sandbox(), pool_url(), "PUT", content=sent))[:2] == (400, code)


async def test_a_refusal_has_azures_envelope_with_the_reason_in_its_details() -> None:
    error = json.loads((await put(Sandbox(), nodeCount=1)).body)["error"]
    assert (error["code"], error["message"]) == ("ValidationFailed", "Spark pool request validation failed.")
    (detail,) = error["details"]
    assert detail["message"] == "A Spark pool cannot have 1 nodes; it must have between 3 and 200 nodes."


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
async def test_a_missing_workspace_is_not_found(method: str) -> None:
    response = await ask(Sandbox(), pool_url(workspace="nowhere"), method, content=content())
    assert reason(response)[:2] == (404, "ResourceNotFound")


async def test_a_missing_pool_has_no_tags_to_change() -> None:
    response = await ask(Sandbox(), pool_url("nopool"), "PATCH", content=b'{"tags": {}}')
    assert reason(response)[:2] == (404, "ResourceNotFound")


async def test_a_write_without_permission_is_refused_with_its_action_and_scope() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Forbidden(), "PUT"), Rule(Forbidden(), "DELETE")]))
    status, code, message = reason(await put(sandbox))
    assert (status, code) == (403, "AuthorizationFailed")
    assert "'Microsoft.Synapse/workspaces/bigDataPools/write'" in message
    assert f"over scope '{spark_pool_id(PROD, *IN, 'newpool')}'" in message
    _, _, message = reason(await ask(sandbox, pool_url("adhocpool"), "DELETE"))
    assert "'Microsoft.Synapse/workspaces/bigDataPools/delete'" in message
    assert (await shown(sandbox, "adhocpool"))["properties"]["provisioningState"] == "Succeeded"


async def test_a_disabled_or_unreadable_subscription_refuses_writes() -> None:
    sandbox = Sandbox()
    retired = next(found for found in sandbox.world.subscriptions if found["state"] == "Disabled")
    for subscription, status in ((retired["subscriptionId"], 409), (next(iter(sandbox.world.forbidden)), 403)):
        url = pool_url().replace(PROD, subscription)
        assert (await ask(sandbox, url, "PUT", content=content())).status == status


async def test_the_permissions_on_a_synapse_workspace_are_reported_without_what_is_denied() -> None:
    sandbox = Sandbox()
    sandbox.world.denied = {"Microsoft.Synapse/workspaces/bigDataPools/write"}
    workspace = spark_pool_id(PROD, *IN, "").removesuffix("/bigDataPools/")
    url = f"{workspace}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
    (permission,) = json.loads((await ask(sandbox, url)).body)["value"]
    assert permission["actions"] == ["*"]
    assert permission["notActions"] == ["Microsoft.Synapse/workspaces/bigDataPools/write"]
