"""The check against the specification in every test: the validator finds errors, and its table is correct."""

import json
from typing import Any

import pytest

from tests.conformance.deviations import TABLE, Known
from tests.conformance.recordings import Exchange, recordings
from tests.conformance.replay import body_of
from tests.conformance.specification import (
    FOLDER,
    NO_SPECIFICATIONS,
    operation_of,
    request_deviations,
    response_deviations,
)
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Request

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_SPECIFICATIONS)

ARM = "https://management.azure.com"
GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg"
COMPUTE = f"{GROUP}/providers/{names.AML}/workspaces/aml-prod/computes/spark"
POOL = f"{GROUP}/providers/{names.SYNAPSE}/workspaces/syn/bigDataPools/pool"
VERSION = "?api-version=2023-04-01"
ATTACHED: dict[str, Any] = {
    "location": "eastus2",
    "properties": {"computeType": "SynapseSpark", "resourceId": POOL, "properties": {"nodeCount": 3}},
}
PROVEN = [entry for entry in TABLE if entry.recording]


def evidence(entry: Known) -> Exchange:
    file, _, index = entry.recording.partition("#")
    return recordings()[file][int(index)]


@pytest.mark.skipif(not recordings(), reason="no recordings to prove them by")
@pytest.mark.parametrize("entry", PROVEN, ids=lambda entry: f"{entry.part} {entry.place}")
def test_a_listed_deviation_occurs_in_its_recording(entry: Known) -> None:
    exchange = evidence(entry)
    if entry.part.startswith("request"):
        found = list(request_deviations(exchange.method, exchange.url, b""))
    else:
        found = list(
            response_deviations(exchange.method, exchange.url, exchange.status, exchange.headers, body_of(exchange))
        )

    assert any(entry.matches(deviation) for deviation in found), found


def test_every_listed_deviation_has_a_recording_or_a_reason() -> None:
    assert [entry for entry in TABLE if not entry.recording and not entry.because] == []


def changed(path: str, value: object) -> bytes:
    document = json.loads(json.dumps(ATTACHED))
    *way, last = path.split(".")
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        ("location", 7, "location", "type"),
        ("properties", {"resourceId": POOL}, "properties.computeType", "required"),
        ("properties.createdOn", "yesterday", "properties.createdOn", "format"),
        ("properties.properties.nodeCount", "many", "properties.properties.nodeCount", "type"),
        ("identity", {"type": "SystemAssigned", "principalId": "nobody"}, "identity.principalId", "format"),
        ("tags", {"team": 7}, "tags.*", "type"),
    ],
)
def test_errors_in_a_body_are_found_including_members_of_its_subtype(
    path: str, value: object, place: str, reason: str
) -> None:
    found = list(response_deviations("GET", ARM + COMPUTE + VERSION, 200, {}, changed(path, value)))

    assert [(one.operation, one.place, one.reason) for one in found] == [("Compute_Get", place, reason)]


def test_a_body_that_follows_the_specification_has_no_deviations() -> None:
    body = json.dumps(ATTACHED).encode()

    assert list(response_deviations("GET", ARM + COMPUTE + VERSION, 200, {}, body)) == []
    assert list(request_deviations("PUT", ARM + COMPUTE + VERSION, body)) == []


@pytest.mark.parametrize(
    ("method", "query", "body", "part", "place"),
    [
        ("DELETE", VERSION, b"", "request query", "underlyingResourceAction"),
        ("DELETE", f"{VERSION}&underlyingResourceAction=Burn", b"", "request query", "underlyingResourceAction"),
        ("GET", f"{VERSION}&$filter=x", b"", "request query", "$filter"),
        ("GET", "", b"", "request query", "api-version"),
        ("PUT", VERSION, b"", "request body", ""),
        ("PUT", VERSION, changed("properties.provisioningState", "Succeeded"), "request body", "properties"),
    ],
)
def test_an_error_in_a_request_is_found(method: str, query: str, body: bytes, part: str, place: str) -> None:
    (found,) = request_deviations(method, ARM + COMPUTE + query, body)

    assert (found.part, found.place.rpartition(".")[0] or found.place) == (part, place)


PUT_POOL: dict[str, Any] = {
    "location": "eastus2",
    "properties": {"nodeCount": 3, "nodeSize": "Small", "autoPause": {"enabled": True, "delayInMinutes": 15}},
}


def pool_with(**properties: object) -> bytes:
    return json.dumps({**PUT_POOL, "properties": {**PUT_POOL["properties"], **properties}}).encode()


@pytest.mark.parametrize("version", ["2021-06-01", "2021-06-01-preview"])
def test_a_spark_pool_is_validated_in_requests_and_responses(version: str) -> None:
    url = f"{ARM}{POOL}?api-version={version}&force=true"
    wrong = {
        "nodeSize": ("Huge", "properties.nodeSize"),
        "nodeCount": ("3", "properties.nodeCount"),
        "creationDate": ("2026-01-01T00:00:00Z", "properties"),
        "autoPause": ({"enabled": "yes"}, "properties.autoPause.enabled"),
    }
    assert list(request_deviations("PUT", url, pool_with())) == []
    for name, (value, place) in wrong.items():
        (found,) = request_deviations("PUT", url, pool_with(**{name: value}))
        assert (found.operation, found.place) == ("BigDataPools_CreateOrUpdate", place)
    (found,) = response_deviations("PUT", url, 202, {}, pool_with(nodeCount="3"))
    assert (found.operation, found.place) == ("BigDataPools_CreateOrUpdate", "properties.nodeCount")
    (found,) = response_deviations("PUT", url, 201, {}, pool_with())
    assert (found.part, found.place) == ("response status", "201")


def test_an_undocumented_status_and_a_missing_header_are_found() -> None:
    (status,) = response_deviations("GET", ARM + COMPUTE + VERSION, 203, {}, b"{}")
    header, *_ = response_deviations("PUT", ARM + COMPUTE + VERSION, 201, {}, json.dumps(ATTACHED).encode())

    assert (status.part, status.place) == ("response status", "203")
    assert (header.part, header.place) == ("response header", "201 azure-asyncoperation")


def test_the_nearest_stored_version_replaces_a_missing_one() -> None:
    found = {asked: operation_of("GET", COMPUTE, asked) for asked in ("2023-04-01", "2022-10-01-preview", "2025-12-01")}

    assert {asked: operation and operation.version for asked, operation in found.items()} == {
        "2023-04-01": "2023-04-01",
        "2022-10-01-preview": "2023-04-01",
        "2025-12-01": "2024-04-01",
    }


@pytest.mark.unspecified("it is broken on purpose, to see that this is found")
async def test_a_wrong_sandbox_response_is_noted_in_the_test_that_causes_it(
    request: pytest.FixtureRequest,
) -> None:
    from tests.conformance.plugin import WATCH

    sandbox = Sandbox()
    compute = next(one for one in sandbox.world.computes if one["name"] == "etl-prod")
    compute["location"] = 7

    await sandbox.handle(Request("GET", f"{ARM}{compute['id']}{VERSION}", {"Authorization": "Bearer x"}))

    (noted,) = request.config.stash[WATCH].new
    assert noted.startswith("Compute_Get, response body location: type: 7 is not of type 'string'")
