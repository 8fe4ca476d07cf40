"""The simulated Azure's documents have the members, nulls and kinds of value that Azure was recorded with."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tui.sandbox import Faults, Rule, Sandbox, Throttled, make_world
from tui.sandbox.http import Request

Document = dict[str, Any]

DATA = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[2] / "shared" / "azure")) / "recordings"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no recordings of Azure in {DATA}; SPARKPOOL_AZURE_DATA names the folder above them"
)

ARM = "https://management.azure.com"
PROD = make_world().default.subscription_id
AML = f"/subscriptions/{PROD}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces"
SYNAPSE = f"/subscriptions/{PROD}/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces"


def recorded(file: str, method: str, status: int, path_end: str = "") -> list[Document]:
    """Return the recorded responses to a method, with a status, whose path ends in that way."""
    exchanges = json.loads((DATA / file).read_text(encoding="utf-8"))
    return [
        exchange["response"]
        for exchange in exchanges
        if exchange["request"]["method"] == method
        and exchange["response"]["status"] == status
        and exchange["request"]["uri"].split("?")[0].endswith(path_end)
    ]


async def simulated(url: str, method: str = "GET", body: Document | None = None, sandbox: Sandbox | None = None) -> Any:
    content = json.dumps(body).encode() if body else b""
    request = Request(method, ARM + url, {"Authorization": "Bearer x"}, content)
    return await (sandbox or Sandbox()).handle(request)


async def document(url: str) -> Document:
    found: Document = json.loads((await simulated(url)).body)
    return found


def shape(value: Any, path: str = "", free: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield each member's path and the kind of its value; below a free member anything may stand."""
    if isinstance(value, dict):
        yield path, "object"
        if not path.endswith(free or ("\0",)):
            for key, inner in value.items():
                yield from shape(inner, f"{path}.{key}", free)
    else:
        yield (
            path,
            {type(None): "null", bool: "flag", int: "number", float: "number", str: "text"}.get(type(value), "list"),
        )


def same_shape(ours: Any, azures: Any, *free: str) -> None:
    assert dict(shape(ours, free=free)) == dict(shape(azures, free=free))


def item(documents: list[Document], compute_type: str) -> Document:
    return next(found for found in documents if (found["properties"] or {}).get("computeType") == compute_type)


@pytest.mark.parametrize("compute_type", ["AmlCompute", "ComputeInstance"])
async def test_listed_computes_have_the_recorded_shape(compute_type: str) -> None:
    ours = await document(f"{AML}/aml-prod/computes?api-version=2024-04-01")
    azures = recorded("aml_compute_list_and_get_powershell.json", "GET", 200, "/computes")[0]["body"]
    assert ours.keys() == azures.keys()
    same_shape(item(ours["value"], compute_type), item(azures["value"], compute_type))


async def test_a_compute_has_the_recorded_shape() -> None:
    ours = await document(f"{AML}/aml-prod/computes/ci-ana?api-version=2024-04-01")
    same_shape(ours, recorded("aml_compute_list_and_get_powershell.json", "GET", 200, "/jiajicompute1")[0]["body"])


async def test_an_attached_spark_pool_has_the_recorded_envelope_of_a_compute_around_its_own_properties() -> None:
    sandbox = Sandbox()
    url = f"{AML}/aml-prod/computes/adhoc?api-version=2024-04-01"
    properties = {"computeType": "SynapseSpark", "resourceId": f"{SYNAPSE}/syn-prod/bigDataPools/etlpool"}
    properties["description"] = "text"
    body = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": properties}
    await simulated(url, "PUT", body, sandbox)
    await sandbox.clock.sleep(60)
    ours = json.loads((await simulated(url, sandbox=sandbox)).body)
    azures = recorded("aml_compute_list_and_get_powershell.json", "GET", 200, "/jiajicompute1")[0]["body"]
    azures["properties"].update(description="text", resourceId="text")
    same_shape(ours, azures, ".properties.properties")


async def test_the_answer_to_a_put_has_the_recorded_status_headers_and_shape() -> None:
    azures = recorded("aml_compute_instance_identity_start_stop_delete.json", "PUT", 201)[0]
    pool = f"{SYNAPSE}/syn-prod/bigDataPools/adhocpool"
    properties = {"computeType": "SynapseSpark", "resourceId": pool, "description": "text"}
    body = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": properties}
    ours = await simulated(f"{AML}/aml-prod/computes/adhoc?api-version=2023-04-01", "PUT", body)
    azures["body"]["properties"].update(resourceId="text", properties=None)
    same_shape(json.loads(ours.body), azures["body"])
    sent = {name.lower() for name in ours.headers}
    assert {name.lower() for name in azures["headers"]} <= sent
    assert not {"location", "retry-after"} & sent


async def test_a_put_on_an_existing_compute_has_the_recorded_shape() -> None:
    azures = recorded("aml_compute_create_get_update_delete.json", "PUT", 201)[1]["body"]
    inner = azures["properties"]["properties"]
    body = {"location": "eastus2", "properties": {"computeType": "AmlCompute", "properties": inner, "description": "d"}}
    ours = json.loads(
        (await simulated(f"{AML}/aml-prod/computes/cpu-cluster?api-version=2023-04-01", "PUT", body)).body
    )
    # Between the two recordings, 2022 and 2024, the service began to send provisioningWarnings.
    del ours["properties"]["provisioningWarnings"]
    azures["properties"]["resourceId"] = None
    same_shape(ours, azures)


async def test_a_delete_has_the_recorded_status_and_headers() -> None:
    azures = recorded("aml_compute_create_get_update_delete.json", "DELETE", 202)[0]
    url = f"{AML}/aml-prod/computes/churn?api-version=2023-04-01&underlyingResourceAction=Detach"
    ours = await simulated(url, "DELETE")
    assert ours.status == 202
    assert {name.lower() for name in azures["headers"]} <= {name.lower() for name in ours.headers}
    assert ours.headers["Content-Length"] == azures["headers"]["Content-Length"] == "0"


async def test_a_missing_compute_has_the_recorded_empty_404() -> None:
    azures = recorded("aml_compute_404_empty_body.json", "GET", 404)[0]
    ours = await simulated(f"{AML}/aml-prod/computes/never-was?api-version=2023-04-01")
    assert {name.lower() for name in azures["headers"]} <= {name.lower() for name in ours.headers}
    assert ours.headers["Content-Length"] == azures["headers"]["Content-Length"] == "0"
    assert ours.body == b""


@pytest.mark.parametrize("kind", ["Default", "FeatureStore"])
async def test_aml_workspaces_have_the_recorded_shape(kind: str) -> None:
    ours = await document(f"{AML}?api-version=2023-04-01")
    azures = recorded("aml_workspaces_list_by_resource_group.json", "GET", 200)[0]["body"]
    assert ours.keys() == azures.keys()
    pick = [next(found for found in listed["value"] if found["kind"] == kind) for listed in (ours, azures)]
    same_shape(*pick)


async def test_synapse_workspaces_have_the_recorded_shape() -> None:
    ours = await document(f"{SYNAPSE}?api-version=2021-06-01")
    file = "synapse_workspace_create_get_list_patch_delete.json"
    azures = recorded(file, "GET", 200, "/workspaces")[0]["body"]
    assert ours.keys() == azures.keys()
    same_shape(ours["value"][0], azures["value"][0])


async def test_spark_pools_have_the_recorded_shape() -> None:
    ours = await document(f"{SYNAPSE}/syn-prod/bigDataPools?api-version=2021-06-01")
    file = "synapse_spark_pool_create_get_list_update_delete.json"
    azures = recorded(file, "GET", 200, "/bigDataPools")[0]["body"]
    # The recorded pool was made with a Spark configuration file, which is optional.
    del azures["value"][0]["properties"]["sparkConfigProperties"]
    assert ours.keys() == azures.keys()
    same_shape(ours["value"][0], azures["value"][0])


async def test_a_missing_spark_pool_has_the_recorded_404() -> None:
    azures = recorded("synapse_spark_pool_create_get_list_update_delete.json", "GET", 404)[0]
    ours = await simulated(f"{SYNAPSE}/syn-prod/bigDataPools/nopool?api-version=2021-06-01")
    told = azures["body"]["error"]["message"].split("'")
    said = json.loads(ours.body)["error"]["message"].split("'")
    assert (told[0], told[2], told[4]) == (said[0], said[2], said[4])
    assert ours.headers["x-ms-failure-cause"] == azures["headers"]["x-ms-failure-cause"]


async def test_user_assigned_identities_have_the_recorded_shape_and_letter_case() -> None:
    url = f"/subscriptions/{PROD}/resourceGroups/rg-ml/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    ours = await document(f"{url}?api-version=2023-01-31")
    azures = recorded("managed_identity_create_list_delete.json", "GET", 200, "/userAssignedIdentities")[0]["body"]
    assert ours.keys() == azures.keys()
    same_shape(ours["value"][0], azures["value"][0])
    assert ours["value"][0]["id"].split("/")[3] == azures["value"][0]["id"].split("/")[3] == "resourcegroups"


async def test_subscriptions_have_the_recorded_shape() -> None:
    listed = recorded("subscriptions_list_get_and_tenants.json", "GET", 200, "/subscriptions")[0]["body"]
    ours = await document("/subscriptions?api-version=2022-12-01")
    assert ours.keys() == listed.keys()
    same_shape(ours["value"][0], listed["value"][0])
    same_shape(ours["count"], listed["count"])
    same_shape(await document(f"/subscriptions/{PROD}?api-version=2022-12-01"), ours["value"][0])


async def test_errors_of_the_ml_service_have_the_recorded_envelope() -> None:
    azures = recorded("aml_service_errors_4xx_5xx.json", "PUT", 400)[0]
    ours = await simulated(f"{AML}/aml-prod/computes/bad_name?api-version=2023-04-01", "PUT", {"location": "x"})
    error, told = json.loads(ours.body)["error"], azures["body"]["error"]
    assert error.keys() == told.keys()
    assert [info["type"] for info in error["additionalInfo"]] == [info["type"] for info in told["additionalInfo"]]
    for mine, theirs in zip(error["additionalInfo"][:5], told["additionalInfo"][:5], strict=True):
        same_shape(mine, theirs)
    assert ours.headers["x-ms-response-type"] == azures["headers"]["x-ms-response-type"] == "error"


async def test_a_refused_action_and_throttling_speak_the_recorded_sentences() -> None:
    file = "arm_errors_403_409_429.json"
    shared = next(found for found in make_world().subscriptions if found["displayName"] == "Fabrikam Shared")
    url = f"{shared['id']}/providers/Microsoft.Synapse/workspaces?api-version=2021-06-01"
    refused = json.loads((await simulated(url)).body)["error"]
    sandbox = Sandbox(faults=Faults([Rule(Throttled())]))
    throttled = json.loads((await simulated("/subscriptions?api-version=2022-12-01", sandbox=sandbox)).body)["error"]
    for ours, status, code in ((refused, 403, "AuthorizationFailed"), (throttled, 429, "ResourceRequestsThrottled")):
        azures = next(
            answer["body"]["error"]
            for answer in recorded(file, "GET", status)
            if answer["body"]["error"]["code"] == code
        )
        assert ours.keys() == azures.keys()
        # What stands outside the quotation marks is Azure's own text.
        assert ours["message"].split("'")[0::2] == azures["message"].split("'")[0::2]
