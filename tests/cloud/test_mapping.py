"""Azure's JSON as domain objects: recorded shapes are parsed, and no shape raises an exception."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tui.cloud import mapping
from tui.domain.identity import IdentityKind
from tui.domain.resource_id import ResourceId
from tui.domain.spark import AutoPause, Autoscale, DynamicExecutors, SparkPool, SparkSettings
from tui.domain.states import ProvisioningState

GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"
POOL = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/etlpool"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-etl".replace(
    "resourceGroups", "resourcegroups"
)

SPARK: dict[str, Any] = {
    "id": f"{WORKSPACE}/computes/etl-prod",
    "name": "etl-prod",
    "type": "Microsoft.MachineLearningServices/workspaces/computes",
    "location": "eastus2",
    "tags": {"team": "data"},
    "identity": {
        "type": "UserAssigned",
        "tenantId": "22222222-2222-4333-8444-555555555555",
        "userAssignedIdentities": {IDENTITY: {"principalId": "p-1", "clientId": "c-1"}},
    },
    "properties": {
        "createdOn": "2022-12-01T17:39:41.8474963+00:00",
        "modifiedOn": "2022-12-01T19:39:41.8474963+02:00",
        "description": "Nightly ETL",
        "resourceId": POOL,
        "computeType": "SynapseSpark",
        "computeLocation": "eastus2",
        "provisioningState": "Failed",
        "provisioningErrors": [
            {"error": {"code": "Outer", "message": "It failed.", "details": [{"code": "Inner", "message": "Because."}]}}
        ],
        "isAttachedCompute": True,
        "properties": {
            "autoScaleProperties": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10},
            "autoPauseProperties": {"enabled": True, "delayInMinutes": 15},
            "sparkVersion": "3.5",
            "nodeCount": 3,
            "nodeSize": "Medium",
            "nodeSizeFamily": "MemoryOptimized",
        },
    },
}
SPARK_POOL: dict[str, Any] = {
    "id": POOL,
    "name": "etlpool",
    "location": "eastus2",
    "properties": {
        "provisioningState": "Succeeded",
        "sparkVersion": "3.5",
        "nodeCount": 3,
        "nodeSize": "Medium",
        "nodeSizeFamily": "MemoryOptimized",
        "autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPause": {"enabled": False, "delayInMinutes": 0},
    },
}
SYNAPSE: dict[str, Any] = {
    "id": f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn-prod",
    "location": "eastus2",
    "properties": {"connectivityEndpoints": {"dev": "https://syn-prod.dev.azuresynapse.net"}},
}
ML_WORKSPACE: dict[str, Any] = {
    "id": WORKSPACE,
    "location": "eastus2",
    "kind": "Default",
    "properties": {"friendlyName": "Production"},
}
USER_ASSIGNED: dict[str, Any] = {
    "id": IDENTITY,
    "location": "eastus2",
    "properties": {"tenantId": "t-1", "principalId": "p-1", "clientId": "c-1"},
}
SUBSCRIPTION: dict[str, Any] = {
    "subscriptionId": "11111111-2222-4333-8444-555555555555",
    "displayName": "Contoso Prod",
    "state": "Enabled",
    "tenantId": "t-1",
}
ODD_VALUES: tuple[Any, ...] = (None, True, 7, 1.5, "", "odd", "/subscriptions/x", [], [None, 3, []], {}, {"a": None})


def test_an_attached_spark_pool_is_parsed_completely() -> None:
    compute = mapping.compute_from(SPARK)

    assert (compute.name, compute.type, str(compute.state)) == ("etl-prod", "SynapseSpark", "Failed")
    assert (compute.nodes, compute.size) == ("3–10", "Medium Memory")
    assert compute.settings is not None
    assert compute.settings.pause == "after 15 min"
    assert str(compute.attached_to) == POOL
    assert compute.is_attached
    assert compute.tags == {"team": "data"}
    assert compute.unreadable == ""
    assert compute.raw == SPARK
    assert list(compute.raw) == list(SPARK)


def test_times_with_seven_decimals_and_different_offsets_are_the_same_moment() -> None:
    compute = mapping.compute_from(SPARK)

    assert compute.created == compute.modified == datetime(2022, 12, 1, 17, 39, 41, 847496, UTC)


def test_provisioning_errors_keep_their_messages_and_nested_details() -> None:
    (error,) = mapping.compute_from(SPARK).errors

    assert (error.code, error.message) == ("Outer", "It failed.")
    assert [(detail.code, detail.message) for detail in error.details] == [("Inner", "Because.")]


def test_an_identity_is_parsed_in_any_letter_case() -> None:
    raw = copy.deepcopy(SPARK)
    raw["identity"]["type"] = "Systemassigned,Userassigned"
    raw["identity"]["principalId"] = "p-0"

    identity = mapping.compute_from(raw).identity

    assert identity.kind is IdentityKind.SYSTEM_AND_USER
    assert identity.principal_id == "p-0"
    assert [(assigned.name, assigned.principal_id) for assigned in identity.user_assigned] == [("id-etl", "p-1")]


def test_a_compute_with_a_partly_unreadable_identity_cannot_be_detached() -> None:
    raw = copy.deepcopy(SPARK)
    raw["identity"]["userAssignedIdentities"]["not-an-id"] = {}

    compute = mapping.compute_from(raw)

    assert '"not-an-id"' in compute.unreadable
    assert compute.why_not_detachable
    assert [assigned.name for assigned in compute.identity.user_assigned] == ["id-etl"]


def test_a_compute_without_inner_properties_is_still_a_spark_pool() -> None:
    raw = copy.deepcopy(SPARK)
    raw["properties"]["properties"] = None

    compute = mapping.compute_from(raw)

    assert compute.is_spark_pool
    assert compute.settings is None
    assert compute.unreadable == ""


@pytest.mark.parametrize(
    ("inner", "nodes", "size"),
    [
        ({"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 8}}, "0–8", "DS3_V2"),
        ({"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 2, "maxNodeCount": 2}}, "2", "DS3_v2"),
        ({"vmSize": "STANDARD_DS3_V2"}, "", "DS3_V2"),
        ({"virtualMachineSize": "STANDARD_D4S_V3"}, "", "D4S_V3"),
        ({"agentCount": 3, "agentVmSize": "Standard_D3_v2"}, "3", "D3_v2"),
        ({"qubits": 5000}, "", ""),
        (None, "", ""),
    ],
)
def test_computes_of_other_types_show_their_nodes_and_size_if_they_have_them(inner: Any, nodes: str, size: str) -> None:
    compute = mapping.compute_from({"name": "c", "properties": {"computeType": "Other", "properties": inner}})

    assert (compute.nodes, compute.size, compute.unreadable) == (nodes, size, "")


@pytest.mark.parametrize(
    ("raw", "name", "why"),
    [
        (None, "(no name)", "not a JSON object"),
        ("compute", "(no name)", "not a JSON object"),
        ({}, "(no name)", "has no name"),
        ({"name": "c"}, "c", "has no properties"),
        ({"name": "c", "properties": []}, "c", "has no properties"),
        ({"id": f"{WORKSPACE}/computes/from-id", "properties": None}, "from-id", "has no properties"),
    ],
)
def test_an_item_that_is_not_a_compute_becomes_a_row_with_the_reason(raw: Any, name: str, why: str) -> None:
    compute = mapping.compute_from(raw)

    assert compute.name == name
    assert why in compute.unreadable


def test_the_other_resources_are_parsed() -> None:
    pool, synapse = mapping.spark_pool_from(SPARK_POOL), mapping.synapse_workspace_from(SYNAPSE)
    workspace, identity = mapping.workspace_from(ML_WORKSPACE), mapping.user_assigned_identity_from(USER_ASSIGNED)
    subscription = mapping.subscription_from(SUBSCRIPTION)

    assert pool is not None
    assert (pool.name, pool.settings.nodes, pool.settings.pause) == ("etlpool", "3", "off")
    assert synapse is not None
    assert synapse.dev_endpoint == "https://syn-prod.dev.azuresynapse.net"
    assert workspace is not None
    assert (workspace.name, workspace.kind, workspace.friendly_name) == ("aml-prod", "Default", "Production")
    assert identity is not None
    assert (identity.name, identity.principal_id, identity.client_id) == ("id-etl", "p-1", "c-1")
    assert subscription is not None
    assert (subscription.name, subscription.usable) == ("Contoso Prod", True)


def test_a_spark_pool_from_2020_without_autoscale_and_auto_pause_leaves_both_unset() -> None:
    raw = copy.deepcopy(SPARK_POOL)
    del raw["properties"]["autoScale"], raw["properties"]["autoPause"]

    pool = mapping.spark_pool_from(raw)

    assert pool is not None
    assert (pool.settings.autoscale, pool.settings.auto_pause, pool.settings.nodes) == (None, None, "3")


def test_a_spark_pool_is_parsed_completely() -> None:
    raw = copy.deepcopy(SPARK_POOL)
    raw["tags"] = {"team": "data", "odd": None}
    raw["properties"] |= {
        "creationDate": "2022-12-01T17:39:41.8474963Z",
        "lastSucceededTimestamp": "2022-12-02T17:39:41.84Z",
        "autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10},
        "autoPause": {"enabled": True, "delayInMinutes": 15},
        "dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 4},
        "isComputeIsolationEnabled": False,
        "sessionLevelPackagesEnabled": True,
        "cacheSize": 50,
        "libraryRequirements": {"filename": "requirements.txt", "content": "numpy"},
        "customLibraries": [{"name": "own.jar"}, {"path": "nameless"}, None, {"name": "other.whl"}],
        "sparkConfigProperties": {"filename": "spark.conf", "content": "a b"},
    }

    assert mapping.spark_pool_from(raw) == SparkPool(
        ResourceId.parse(POOL),
        "eastus2",
        ProvisioningState("Succeeded"),
        SparkSettings("3.5", 3, "Medium", "MemoryOptimized", Autoscale(True, 3, 10), AutoPause(True, 15)),
        {"team": "data"},
        created=datetime(2022, 12, 1, 17, 39, 41, 847496, UTC),
        changed=datetime(2022, 12, 2, 17, 39, 41, 840000, UTC),
        executors=DynamicExecutors(True, 1, 4),
        is_isolated=False,
        has_session_packages=True,
        cache=50,
        requirements="requirements.txt",
        libraries=("own.jar", "other.whl"),
        configuration="spark.conf",
        raw=raw,
    )


@pytest.mark.parametrize(
    ("convert", "document"),
    [
        (mapping.compute_from, SPARK),
        (mapping.spark_pool_from, SPARK_POOL),
        (mapping.synapse_workspace_from, SYNAPSE),
        (mapping.workspace_from, ML_WORKSPACE),
        (mapping.user_assigned_identity_from, USER_ASSIGNED),
        (mapping.subscription_from, SUBSCRIPTION),
    ],
)
def test_a_member_of_any_shape_never_raises_an_exception(
    convert: Callable[[Any], Any], document: dict[str, Any]
) -> None:
    for odd in ODD_VALUES:
        convert(odd)
        for path in paths(document):
            convert(replaced(document, path, odd))


def paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in members:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed
