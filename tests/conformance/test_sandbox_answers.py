"""The sandbox, in the state of a recording, responds like Azure: status, headers, shape of the body."""

import json
from functools import cache
from typing import Any

import pytest

from tests.conformance.matching import Session, kind_of, moment_of, parts, sent
from tests.conformance.recordings import NO_RECORDINGS, Exchange, every_exchange, recordings
from tests.conformance.rules import Role, known_rule, rule_of
from tests.conformance.shapes import differences, header_differences
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Answer, Fault, Faults, Forbidden, Rule, Throttled

pytestmark = pytest.mark.skipif(not recordings(), reason=NO_RECORDINGS)

CONCERNED = (Role.ASKED, Role.FOLLOWED, Role.SHOWN)


def concerned() -> list[Exchange]:
    return [exchange for exchange in every_exchange() if (rule := known_rule(exchange)) and rule.role in CONCERNED]


def alike(key: str) -> list[Any]:
    """Return all recorded documents of resources of this kind in this state."""
    return [document for _, other, document in every_part() if other == key]


def around(exchange: Exchange, kind: str) -> tuple[list[Any], list[Any]]:
    """Return the recorded documents of resources of this kind in any state, until this exchange and after it."""
    same = [(other, document) for other, _, document in every_part() if kind and kind_of(document) == kind]
    moment = moment_of(exchange)
    before = [document for other, document in same if moment_of(other) <= moment]
    return before, [document for other, document in same if moment_of(other) > moment]


@cache
def every_part() -> list[tuple[Exchange, str, Any]]:
    return [
        (exchange, key, document)
        for exchange in concerned()
        for key, document in parts(rule_of(exchange).operation, exchange.body)
    ]


@pytest.mark.parametrize("exchange", concerned(), ids=map(str, concerned()))
async def test_the_sandbox_gives_the_response_that_azure_gave(exchange: Exchange) -> None:
    rule = rule_of(exchange)
    response = await Session(recordings()[exchange.file]).answer(exchange.index)
    if response is None and rule.role is Role.SHOWN:
        pytest.skip(f"the sandbox serves no {rule.operation}, and the product asks for none")
    assert response is not None, f"The sandbox does not serve {exchange.method} {exchange.path}."

    assert response.status == exchange.status, response.body.decode()
    assert header_differences(response.headers, exchange.headers, exchange.source) == []
    ours = json.loads(response.body) if response.body else None
    assert (ours is None) == (exchange.body is None)
    mine, theirs = parts(rule.operation, ours), parts(rule.operation, exchange.body)
    assert len(mine) == len(theirs)
    found = [
        difference
        for (_, own), (key, azures) in zip(mine, theirs, strict=True)
        for difference in differences(own, azures, alike(key), *around(exchange, kind_of(azures)))
    ]
    assert found == []


ERRORS = [
    exchange
    for exchange in every_exchange()
    if (rule := known_rule(exchange)) and rule.role is Role.STANDS_IN and exchange.status >= 400
]


@pytest.mark.parametrize("exchange", ERRORS, ids=map(str, ERRORS))
async def test_the_sandbox_returns_an_error_in_the_recorded_envelope(exchange: Exchange) -> None:
    error = exchange.body["error"]
    sandbox = Sandbox(faults=Faults([Rule(fault(exchange))]))
    workspace = "/".join(("", "subscriptions", sandbox.world.default.subscription_id, "resourceGroups", "rg-ml"))
    kind = AML_COMPUTES if is_of_aml(exchange) else SPARK_POOLS
    response = await sent(sandbox, "GET", f"https://management.azure.com{workspace}{kind}", b"")

    assert response is not None
    assert response.status == exchange.status
    ours = json.loads(response.body)
    same = [other.body for other in ERRORS if is_of_aml(other) == is_of_aml(exchange)]
    assert differences(ours, exchange.body, same) == []
    assert ours["error"]["code"] == error["code"]
    told = {name.lower(): value for name, value in response.headers.items()}
    for name in ("x-ms-response-type", "x-ms-failure-cause"):
        assert told.get(name) == exchange.headers.get(name), name


AML_COMPUTES = f"/providers/{names.AML}/workspaces/aml-prod/computes?api-version=2023-04-01"
SPARK_POOLS = f"/providers/{names.SYNAPSE}/workspaces/syn-prod/bigDataPools?api-version=2021-06-01"


def is_of_aml(exchange: Exchange) -> bool:
    return f"/providers/{names.AML}/".lower() in exchange.path.lower()


def fault(exchange: Exchange) -> Fault:
    """Return the fault that makes the sandbox return this error."""
    error = exchange.body["error"]
    match error["code"]:
        case "AuthorizationFailed":
            return Forbidden()
        case "ResourceRequestsThrottled":
            return Throttled()
    is_gateways = exchange.headers.get("x-ms-failure-cause") == "gateway"
    return Answer(exchange.status, error["code"], error["message"], gateway=is_gateways)
