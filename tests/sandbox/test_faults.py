"""Scripted faults, seen through the SDK clients that the product uses."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from tests.support.sandbox_box import GROUP, SYSTEM, WORKSPACE, Box, ask, body, computes_url, headers_of, writes
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.faults import (
    Answer,
    ClaimsChallenge,
    ClockJump,
    Faults,
    Forbidden,
    Garbled,
    NotJson,
    Outcome,
    RequestLost,
    ResponseLost,
    Rule,
    Slow,
    Stuck,
    Throttled,
    Truncated,
)
from tui.sandbox.names import http_date
from tui.sandbox.transport import SandboxCredential


async def test_a_forbidden_write_changes_nothing_and_its_error_names_the_action(box: Box) -> None:
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


async def test_the_sdk_honors_retry_after_on_the_sandboxes_clock(box: Box) -> None:
    azure = box(faults=Faults([Rule(Throttled(retry_after=37), "GET", "/computes$", times=2)]))
    ml = await azure.ml()
    before = azure.sandbox.clock.monotonic()
    assert len([compute async for compute in ml.compute.list(GROUP, WORKSPACE)]) == 15
    assert azure.sandbox.clock.monotonic() - before == 74


async def test_throttling_by_resource_manager_has_its_own_code_and_retry_after(box: Box) -> None:
    response = await ask(
        Sandbox(faults=Faults([Rule(Throttled(retry_after=6), path="^/subscriptions$")])),
        "/subscriptions?api-version=2022-12-01",
    )
    assert (response.status, response.headers["Retry-After"]) == (429, "6")
    assert json.loads(response.body)["error"]["code"] == "ResourceRequestsThrottled"


async def test_a_request_lost_on_the_way_to_azure_changes_nothing(box: Box) -> None:
    azure = box(faults=Faults([Rule(RequestLost(), "PUT")]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(ServiceRequestError):
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body())
    assert writes(azure.sandbox) == []
    with pytest.raises(ResourceNotFoundError):
        await azure.get("adhoc")


async def test_a_lost_response_does_not_undo_the_write(box: Box) -> None:
    azure = box(faults=Faults([Rule(ResponseLost(), "PUT")]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(ServiceResponseError):
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body())
    assert writes(azure.sandbox) == ["PUT"]
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Creating"


@pytest.mark.parametrize("fault", [Truncated(), NotJson()])
async def test_the_sdk_cannot_read_a_body_that_is_not_json(box: Box, fault: Any) -> None:
    azure = box(faults=Faults([Rule(fault, "GET", times=None)]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises((DecodeError, DeserializationError)):
        [compute async for compute in ml.compute.list(GROUP, WORKSPACE)]


async def test_a_write_with_a_truncated_response_still_takes_effect(box: Box) -> None:
    sandbox = Sandbox(faults=Faults([Rule(Truncated(keep=12), "PUT")]))
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert (response.status, len(response.body)) == (201, 12)
    assert (await ask(sandbox, computes_url(compute="adhoc"))).status == 200


async def test_a_scripted_error_has_the_envelope_of_the_requested_service(box: Box) -> None:
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


async def test_rules_count_only_matching_requests_and_can_be_added_and_cleared() -> None:
    sandbox = Sandbox()
    sandbox.faults.add(Rule(Answer(500, "InternalError", "Sorry."), "GET", "/COMPUTES/CHURN$", after=1, times=2))
    churn, etl = computes_url(compute="churn"), computes_url(compute="etl-prod")
    statuses = [(await ask(sandbox, url)).status for url in (churn, etl, churn, etl, churn, churn)]
    assert statuses == [200, 200, 500, 200, 500, 200]
    sandbox.faults.add(Rule(Answer(500, "InternalError", "Sorry."), times=None))
    sandbox.faults.clear()
    assert (await ask(sandbox, churn)).status == 200


async def test_a_slow_response_takes_virtual_time_and_combines_with_other_faults() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Slow(8)), Rule(Slow(2)), Rule(Forbidden())]))
    response = await ask(sandbox, computes_url())
    assert response.status == 403
    assert sandbox.clock.monotonic() == 10


async def test_a_refused_token_raises_an_authentication_error(box: Box) -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    azure = box(faults=Faults([Rule(Answer(401, "InvalidAuthenticationToken", "Expired.", challenge), times=None)]))
    with pytest.raises(ClientAuthenticationError):
        await azure.get("churn")


async def test_a_claims_challenge_is_answered_with_a_token_for_those_claims(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    get_token_info = SandboxCredential.get_token_info

    async def remember(self: SandboxCredential, *scopes: str, options: Any = None) -> Any:
        asked.append((options or {}).get("claims"))
        return await get_token_info(self, *scopes, options=options)

    monkeypatch.setattr(SandboxCredential, "get_token_info", remember)
    challenge = ClaimsChallenge()
    azure = box(faults=Faults([Rule(challenge, "GET", "/computes/churn$")]))
    assert (await azure.get("churn"))["name"] == "churn"
    assert asked == [None, challenge.claims]


async def test_a_write_with_a_garbled_response_still_takes_effect() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Garbled(b"oops"), "PUT")]))
    response = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    assert (response.status, response.body) == (201, b"oops")
    assert [entry.method for entry in sandbox.accepted] == ["PUT"]


async def test_a_client_timeout_loses_the_response_but_not_the_write(box: Box) -> None:
    azure = box(faults=Faults([Rule(Slow(90), "PUT")]))
    ml = await azure.ml(retry_total=0)
    with pytest.raises(ServiceResponseTimeoutError, match="within 60 seconds"):
        await ml.compute.begin_create_or_update(GROUP, WORKSPACE, "adhoc", body())
    assert azure.sandbox.clock.monotonic() == 60
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Creating"


async def test_accepted_writes_are_distinguished_from_received_ones() -> None:
    refused = Rule(Answer(429, "Busy", "Later."), "PUT")
    sandbox = Sandbox(faults=Faults([refused]))
    for _ in range(2):
        await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    await ask(sandbox, computes_url(compute="Not A Name"), "PUT", content=body())
    await ask(sandbox, computes_url(compute="churn"))
    assert writes(sandbox) == ["PUT"] * 3
    assert [entry.method for entry in sandbox.accepted] == ["PUT"]


async def test_a_stuck_operation_never_ends(box: Box) -> None:
    azure = box(faults=Faults([Rule(Stuck(), "PUT")]))
    await ask(azure.sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    await azure.sandbox.clock.sleep(86_400)
    assert (await azure.get("adhoc"))["properties"]["provisioningState"] == "Creating"


async def test_a_forgotten_operation_has_still_succeeded() -> None:
    sandbox = Sandbox(faults=Faults([Rule(Outcome("Succeeded", forgotten=True), "PUT")]))
    accepted = await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=body())
    address = accepted.headers["Azure-AsyncOperation"].removeprefix("https://management.azure.com")
    assert (await ask(sandbox, address)).status == 200
    await sandbox.clock.sleep(20)
    assert (await ask(sandbox, address)).status == 404
    compute = json.loads((await ask(sandbox, computes_url(compute="adhoc"))).body)
    assert compute["properties"]["provisioningState"] == "Succeeded"


async def test_a_clock_jump_changes_the_date_but_not_elapsed_time() -> None:
    sandbox = Sandbox(faults=Faults([Rule(ClockJump(-7200))]))
    before = sandbox.clock.now()
    response = await ask(sandbox, computes_url())
    assert response.headers["Date"] == http_date(before - timedelta(hours=2))
    assert sandbox.clock.monotonic() == 0


async def test_the_principal_of_a_new_identity_can_appear_late() -> None:
    sandbox = Sandbox(choices=Choices(identity_shown_after=30))
    content = body(identity=SYSTEM)
    created = json.loads((await ask(sandbox, computes_url(compute="adhoc"), "PUT", content=content)).body)
    assert "principalId" not in created["identity"]
    await sandbox.clock.sleep(30)
    shown = json.loads((await ask(sandbox, computes_url(compute="adhoc"))).body)
    assert shown["identity"]["principalId"]
