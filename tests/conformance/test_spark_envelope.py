"""An attached Spark pool, which was never recorded, has the envelope of Azure's other computes."""

import json

import pytest

from tests.conformance.matching import sent
from tests.conformance.recordings import NO_RECORDINGS, Exchange, every_exchange, recordings
from tests.conformance.rules import known_rule
from tests.conformance.shapes import differences, header_differences
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Document

pytestmark = pytest.mark.skipif(not recordings(), reason=NO_RECORDINGS)


def recorded(operation: str, status: int) -> list[Exchange]:
    """Return the recorded exchanges with new or unchanged computes with a system-assigned identity and no tags."""
    return [
        exchange
        for exchange in every_exchange()
        if (rule := known_rule(exchange))
        and rule.operation == operation
        and exchange.status == status
        and exchange.body["properties"]["computeType"] == "ComputeInstance"
        and exchange.body.get("identity", {}).get("type") == "SystemAssigned"
        and exchange.body["properties"]["provisioningState"] in ("Creating", "Succeeded")
        and not exchange.body["tags"]
    ]


def bodies(exchanges: list[Exchange]) -> list[Document]:
    return [outer(exchange.body) for exchange in exchanges]


def outer(document: Document) -> Document:
    """Return a compute without the members that depend on its type."""
    own = ("properties", "computeType", "isAttachedCompute", "resourceId")
    return document | {"properties": {key: value for key, value in document["properties"].items() if key not in own}}


async def test_an_attached_pool_has_the_recorded_envelope_in_its_put_and_its_last_read() -> None:
    sandbox = Sandbox()
    default = sandbox.world.default
    base = f"https://management.azure.com/subscriptions/{default.subscription_id}/resourceGroups"
    url = f"{base}/rg-ml/providers/{names.AML}/workspaces/aml-prod/computes/adhoc?api-version=2024-04-01"
    pool = names.spark_pool_id(default.subscription_id, "rg-data", "syn-prod", "adhocpool")
    properties = {"computeType": "SynapseSpark", "resourceId": pool, "description": "text"}
    body = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": properties}

    accepted = await sent(sandbox, "PUT", url, json.dumps(body).encode())
    await sandbox.clock.sleep(60)
    read = await sent(sandbox, "GET", url, b"")

    assert accepted is not None
    assert read is not None
    puts, reads = recorded("put compute", 201), recorded("compute", 200)
    put = puts[0]
    assert accepted.status == put.status
    assert header_differences(accepted.headers, put.headers, put.source) == []
    assert differences(outer(json.loads(accepted.body)), outer(put.body), bodies(puts)) == []
    assert differences(outer(json.loads(read.body)), bodies(reads)[0], bodies(reads)) == []
    assert json.loads(accepted.body)["properties"]["isAttachedCompute"] is True
