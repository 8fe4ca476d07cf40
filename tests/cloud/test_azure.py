"""The cloud layer against the sandbox: what it reports about Azure, and which requests it sends."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any, NoReturn

import pytest
from azure.identity import CredentialUnavailableError

from tests.support.jitter import even
from tests.support.reported import detaching, putting
from tui.cloud.azure import AzureCloud
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Accepted, Finished, Listing, Page, Polled, RequestWait
from tui.domain.request_waits import report_waits_to
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.synapse_network import NetworkSettings
from tui.domain.workspaces import SynapseWorkspace
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import (
    Answer,
    Fault,
    Forbidden,
    NotJson,
    Outcome,
    Overruled,
    RequestLost,
    ResponseLost,
    Rule,
    Throttled,
    Truncated,
)
from tui.sandbox.transport import SandboxCredential, SandboxTransport

COMPUTES = r"/computes$"
POLL = r"/computeOperationsStatus/"


class Scene:
    """A sandbox and the cloud layer connected to it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock, page_size=4)
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)
        self.workspace = ml_workspace_id(*self.box.world.default)
        self.subscription = self.workspace.subscription
        self.compute = self.workspace.child("computes", "new-spark")
        pool = next(iter(self.box.world.spark_pools))
        self.pool = ResourceId.parse(pool["id"])
        self.properties: dict[str, Any] = {"computeType": "SynapseSpark", "resourceId": pool["id"]}
        self.document = {"location": "eastus2", "properties": self.properties}

    def fault(self, fault: Fault, method: str = "*", path: str = "", *, times: int | None = 1, after: int = 0) -> None:
        self.box.faults.add(Rule(fault, method, path, after, times))

    def sent(self, method: str) -> list[str]:
        return [request.url for request in self.box.log if request.method == method]

    def put(self) -> AsyncIterator[Any]:
        return putting(self.cloud, self.compute, self.document, f"attach {self.compute.name}")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    await scene.cloud.close()


async def collect(stream: AsyncIterator[Any], seen: list[Any]) -> None:
    """Read a stream to its end, and collect its items and the reported waits."""
    report_waits_to(seen.append)
    async for item in stream:
        seen.append(item)  # noqa: PERF401 - waits are added in between, and a failure may follow some items


async def everything(stream: AsyncIterator[Any]) -> list[Any]:
    seen: list[Any] = []
    await collect(stream, seen)
    return seen


async def failure(stream: AsyncIterator[Any]) -> tuple[list[Any], Problem]:
    seen: list[Any] = []

    with pytest.raises(Problem) as caught:
        await collect(stream, seen)
    return seen, caught.value


def names(pages: list[Any]) -> list[str]:
    return [item.name for page in pages if isinstance(page, Page) for item in page.items]


# Lists


async def test_the_first_page_of_computes_arrives_before_the_last_is_fetched(scene: Scene) -> None:
    scene.fault(RequestLost(), "GET", COMPUTES, after=1, times=None)
    listing = scene.cloud.computes(scene.workspace)

    first = await anext(listing)

    assert isinstance(first, Page)
    assert [compute.name for compute in first.items] == ["churn", "etl-prod", "churn-old", "scoring"]
    assert not first.last


async def test_pages_of_computes_arrive_in_order_and_the_last_is_marked(scene: Scene) -> None:
    pages = await everything(scene.cloud.computes(scene.workspace))

    assert [page.last for page in pages] == [False, False, False, True]
    assert len(names(pages)) == len(scene.box.world.computes.under(str(scene.workspace)))


async def test_an_unreadable_compute_is_listed_among_the_others(scene: Scene) -> None:
    pages = await everything(scene.cloud.computes(scene.workspace))

    rows = {compute.name: compute for page in pages for compute in page.items}
    assert rows["half-written"].unreadable == "Azure's description of it has no properties."
    assert rows["etl-prod"].unreadable == ""
    assert rows["etl-prod"].nodes == "3–10"


async def test_a_compute_keeps_every_member_that_azure_sent(scene: Scene) -> None:
    stored = scene.box.world.computes.get(f"{scene.workspace}/computes/mystery")

    compute = await scene.cloud.compute(scene.workspace.child("computes", "mystery"))

    assert compute.raw == stored


async def test_a_closed_listing_requests_no_further_pages(scene: Scene) -> None:
    listing = scene.cloud.computes(scene.workspace)
    await anext(listing)

    await listing.aclose()

    assert len(scene.sent("GET")) == 1


async def test_a_listing_cancelled_while_waiting_sends_no_more_requests(scene: Scene) -> None:
    scene.fault(Throttled(20), "GET", COMPUTES, after=1, times=None)
    scene.clock.hold()
    is_held = asyncio.Event()

    async def read() -> None:
        report_waits_to(lambda _: is_held.set())
        [page async for page in scene.cloud.computes(scene.workspace)]

    reading = asyncio.create_task(read())
    await is_held.wait()
    reading.cancel()
    await asyncio.wait({reading})

    scene.clock.release()
    assert reading.cancelled()
    assert len(scene.sent("GET")) == 2


async def test_the_pickers_list_the_resources_the_caller_can_see(scene: Scene) -> None:
    cloud = scene.cloud
    synapse = scene.pool.parent

    assert "Contoso Prod" in names(await everything(cloud.subscriptions()))
    assert "aml-prod" in names(await everything(cloud.workspaces(scene.subscription)))
    assert "syn-prod" in names(await everything(cloud.synapse_workspaces(scene.subscription)))
    assert "etlpool" in names(await everything(cloud.spark_pools(synapse)))
    assert "id-etl-prod" in names(await everything(cloud.identities(scene.subscription)))


async def test_workspaces_spark_pools_and_computes_can_be_read_by_id(scene: Scene) -> None:
    workspace = await scene.cloud.workspace(scene.workspace)
    pool = await scene.cloud.spark_pool(scene.pool)
    compute = await scene.cloud.compute(scene.workspace.child("computes", "etl-prod"))

    assert (workspace.name, workspace.location) == ("aml-prod", "eastus2")
    assert (pool.name, pool.settings.nodes) == ("etlpool", "3–10")
    assert compute.attached_to == scene.pool


@pytest.mark.unspecified("a Spark pool that is broken on purpose")
async def test_a_malformed_spark_pool_does_not_break_the_list(scene: Scene) -> None:
    broken = dict(scene.box.world.spark_pools.get(str(scene.pool)) or {})
    broken["properties"] = {**broken["properties"], "nodeCount": "many", "creationDate": 7, "autoScale": []}
    scene.box.world.spark_pools.put(broken)

    pages = await everything(scene.cloud.spark_pools(scene.pool.parent))

    assert len(names(pages)) == 5
    assert pages[0].items[0].settings.nodes == ""


# Failed reads


@pytest.mark.parametrize(
    ("listing", "role"),
    [
        ("workspaces", "Reader"),
        ("synapse_workspaces", "Reader"),
        ("identities", "Reader"),
    ],
)
async def test_a_forbidden_list_names_the_role_to_ask_for(scene: Scene, listing: str, role: str) -> None:
    scene.fault(Forbidden(), "GET")

    _, problem = await failure(getattr(scene.cloud, listing)(scene.subscription))

    assert problem.kind is ProblemKind.FORBIDDEN
    assert problem.status == 403
    assert f"the role {role} on subscription {scene.subscription}" in problem.advice
    assert "does not have authorization to perform action" in problem.cause


async def test_a_forbidden_listing_of_computes_or_spark_pools_names_the_workspace(scene: Scene) -> None:
    scene.fault(Forbidden(), "GET", times=None)

    _, computes = await failure(scene.cloud.computes(scene.workspace))
    _, pools = await failure(scene.cloud.spark_pools(scene.pool.parent))

    assert computes.title == "Could not list the computes of aml-prod: you are not allowed to."
    assert "Reader on workspace aml-prod" in computes.advice
    assert "Reader on workspace syn-prod" in pools.advice
    assert computes.ids.client
    assert computes.ids.request


async def test_a_missing_workspace_is_distinguished_from_a_missing_compute(scene: Scene) -> None:
    with pytest.raises(Problem) as no_workspace:
        await scene.cloud.workspace(ml_workspace_id(scene.subscription, "rg-ml", "nowhere"))
    with pytest.raises(Problem) as no_compute:
        await scene.cloud.compute(scene.workspace.child("computes", "nothing"))

    assert (no_workspace.value.kind, no_workspace.value.code) == (ProblemKind.NOT_FOUND, "ResourceNotFound")
    assert (no_compute.value.kind, no_compute.value.code) == (ProblemKind.NOT_FOUND, "")
    assert no_compute.value.cause == "Azure says that it does not exist."


async def test_a_throttled_read_reports_its_wait_and_waits_as_long_as_azure_asks(scene: Scene) -> None:
    scene.fault(Throttled(retry_after=7), "GET", COMPUTES)
    before = scene.box.clock.now()

    seen = await everything(scene.cloud.computes(scene.workspace))

    assert seen[0] == RequestWait("throttled", 7.0)
    assert (scene.box.clock.now() - before).total_seconds() == 7


async def test_throttling_without_retry_after_waits_as_long_as_azures_message_says(scene: Scene) -> None:
    scene.fault(Throttled(), "GET", COMPUTES)

    seen = await everything(scene.cloud.computes(scene.workspace))

    assert seen[0] == RequestWait("throttled", 20.0)


@pytest.mark.parametrize("odd", ["soon", "-5", "nan", "0", "Tue, 99 Nov 2026 10:00:00 GMT"])
async def test_an_unusable_retry_after_is_ignored(scene: Scene, odd: str) -> None:
    scene.fault(Answer(503, "ServerBusy", "busy", {"Retry-After": odd}), "GET", COMPUTES)

    seen = await everything(scene.cloud.computes(scene.workspace))

    assert seen[0] == RequestWait("service unavailable", 1.0)


async def test_throttling_beyond_the_longest_wait_is_a_problem_that_shows_the_wait(scene: Scene) -> None:
    scene.fault(Throttled(retry_after=600), "GET", COMPUTES)

    seen, problem = await failure(scene.cloud.computes(scene.workspace))

    assert seen == []
    assert problem.kind is ProblemKind.THROTTLED
    assert "600 seconds" in problem.advice


async def test_throttling_in_a_generated_client_is_also_reported(scene: Scene) -> None:
    scene.fault(Throttled(retry_after=3), "GET", "bigDataPools")

    seen = await everything(scene.cloud.spark_pools(scene.pool.parent))

    assert seen[0] == RequestWait("throttled", 3.0)
    assert "etlpool" in names(seen)


async def test_a_read_is_sent_at_most_five_times_when_the_connection_is_lost(scene: Scene) -> None:
    scene.fault(RequestLost(), "GET", COMPUTES, times=None)

    seen, problem = await failure(scene.cloud.computes(scene.workspace))

    assert seen == [RequestWait("connection lost", seconds) for seconds in (1.0, 2.0, 4.0, 8.0)]
    assert problem.kind is ProblemKind.CONNECTION
    assert not problem.outcome_unknown


async def test_a_read_is_retried_after_a_service_error(scene: Scene) -> None:
    scene.fault(Answer(500, "ServiceError", "InternalServerError"), "GET", COMPUTES)

    seen = await everything(scene.cloud.computes(scene.workspace))

    assert seen[0] == RequestWait("service unavailable", 1.0)


@pytest.mark.parametrize("fault", [NotJson(), Truncated(keep=30)])
async def test_a_response_that_is_not_json_is_reported_as_unreadable(scene: Scene, fault: Fault) -> None:
    scene.fault(fault, "GET", times=None)

    _, computes = await failure(scene.cloud.computes(scene.workspace))
    _, pools = await failure(scene.cloud.spark_pools(scene.pool.parent))
    with pytest.raises(Problem) as pool:
        await scene.cloud.spark_pool(scene.pool)

    for problem in (computes, pools, pool.value):
        assert problem.kind is ProblemKind.UNREADABLE
        assert problem.title.endswith("the answer cannot be read.")
        assert ("proxy" in problem.advice) == isinstance(fault, NotJson)


async def test_a_web_page_instead_of_an_error_points_to_the_proxy(scene: Scene) -> None:
    page = b"<!DOCTYPE html><html><head><title>Access\n denied</title></head></html>"
    scene.fault(NotJson(403, page), "GET", COMPUTES)

    _, problem = await failure(scene.cloud.computes(scene.workspace))

    assert problem.kind is ProblemKind.UNREADABLE
    assert 'A web page titled "Access denied" was received' in problem.cause
    assert "HTTPS_PROXY" in problem.advice


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b'"x"',
        b"[]",
        b"{",
        b"\xff\xfe{",
        b"{}",
        b'{"value": null}',
        b'{"value": 7}',
        b'{"value": [null, 3, "x", {"id": 7}, {"properties": {"nodeCount": "x", "provisioningErrors": 7}}]}',
        b'{"status": 7, "properties": null}',
    ],
)
async def test_a_response_of_any_shape_raises_nothing_but_a_problem(body: bytes) -> None:
    for ask in (
        lambda scene: everything(scene.cloud.subscriptions()),
        lambda scene: everything(scene.cloud.workspaces(scene.subscription)),
        lambda scene: everything(scene.cloud.computes(scene.workspace)),
        lambda scene: everything(scene.cloud.synapse_workspaces(scene.subscription)),
        lambda scene: everything(scene.cloud.spark_pools(scene.pool.parent)),
        lambda scene: everything(scene.cloud.identities(scene.subscription)),
        lambda scene: scene.cloud.network_settings(scene.pool.parent),
        lambda scene: everything(scene.cloud.firewall_rules(scene.pool.parent)),
        lambda scene: everything(
            scene.cloud.private_endpoints(NetworkSettings(SynapseWorkspace(scene.pool.parent), "default"))
        ),
        lambda scene: scene.cloud.workspace(scene.workspace),
        lambda scene: scene.cloud.compute(scene.compute),
        lambda scene: scene.cloud.spark_pool(scene.pool),
        lambda scene: everything(scene.put()),
        lambda scene: everything(detaching(scene.cloud, scene.compute)),
    ):
        scene = Scene()
        scene.fault(NotJson(200, body, "application/json"), times=None)
        with suppress(Problem):
            await ask(scene)


async def test_a_circular_list_ends_with_a_problem(scene: Scene) -> None:
    link = f"https://management.azure.com{scene.workspace}/computes?api-version=2023-04-01&$skip=4"
    page = json.dumps({"value": [], "nextLink": link}).encode()
    scene.fault(NotJson(200, page, "application/json"), "GET", COMPUTES, times=None)

    seen, problem = await failure(scene.cloud.computes(scene.workspace))

    assert len(seen) == 1
    assert "list is circular" in problem.cause


@pytest.mark.parametrize("kind", ["bigDataPools", "firewallRules", "Synapse/workspaces", "userAssignedIdentities"])
@pytest.mark.parametrize(
    ("link", "cause"),
    [
        ("https://management.azure.com{path}?api-version={version}&$skip=4", "list is circular"),
        ("https://management.azure.com.example/next", "is not a host of this cloud"),
        ("/subscriptions", "next page of the list is not an address"),
    ],
)
async def test_a_generated_client_refuses_circular_foreign_and_invalid_next_links(
    scene: Scene, kind: str, link: str, cause: str
) -> None:
    listings: dict[str, Callable[[], Listing[Any]]] = {
        "bigDataPools": lambda: scene.cloud.spark_pools(scene.pool.parent),
        "firewallRules": lambda: scene.cloud.firewall_rules(scene.pool.parent),
        "Synapse/workspaces": lambda: scene.cloud.synapse_workspaces(scene.subscription),
        "userAssignedIdentities": lambda: scene.cloud.identities(scene.subscription),
    }
    listing = listings[kind]
    version = "2024-11-30" if kind == "userAssignedIdentities" else "2021-06-01"
    await everything(listing())
    own = scene.box.log[-1].url.split("?")[0].removeprefix("https://management.azure.com")
    page = json.dumps({"value": [], "nextLink": link.format(path=own, version=version)}).encode()
    scene.fault(NotJson(200, page, "application/json"), "GET", f"{kind}$", times=None)
    before = len(scene.box.log)

    seen, problem = await failure(listing())

    assert cause in problem.cause
    assert [one.items for one in seen] == [()] * len(seen)
    assert len(scene.box.log) - before <= 2


async def test_a_missing_sign_in_is_reported_as_such_and_nothing_is_sent() -> None:
    class SignedOut(SandboxCredential):
        async def get_token_info(self, *scopes: str, options: Any = None) -> NoReturn:
            raise CredentialUnavailableError("Please run 'az login' to set up an account")

    box = Sandbox()
    cloud = AzureCloud(SignedOut(), transport=SandboxTransport(box), jitter=even)

    seen, problem = await failure(cloud.computes(ml_workspace_id(*box.world.default)))

    assert (seen, problem.kind) == ([], ProblemKind.NOT_SIGNED_IN)
    assert problem.command == "az login"
    assert not box.log


# Writes


async def test_an_attach_is_followed_from_acceptance_to_the_finished_compute(scene: Scene) -> None:
    seen = await everything(scene.put())

    accepted, *polls, finished = seen
    assert isinstance(accepted, Accepted)
    assert accepted.status == "Creating"
    assert accepted.document is not None
    assert accepted.token
    assert accepted.ids.client
    assert all(isinstance(poll, Polled) for poll in polls)
    assert [poll.status for poll in polls] == ["InProgress"] * (len(polls) - 1) + ["Succeeded"]
    assert (polls[-1].percent, polls[-1].next_poll) == (100.0, None)
    assert isinstance(finished, Finished)
    assert finished.resource is not None
    assert (finished.resource.name, str(finished.resource.state)) == ("new-spark", "Succeeded")
    assert len(scene.sent("PUT")) == 1


async def test_polls_back_off_from_three_to_fifteen_seconds(scene: Scene) -> None:
    scene.fault(Outcome("Succeeded", seconds=200.0), "PUT")

    polls = [event for event in await everything(scene.put()) if isinstance(event, Polled)]
    waits = [poll.next_poll for poll in polls if poll.next_poll is not None]

    assert waits[:3] == [3.0, 4.5, 6.75]
    assert max(waits) == 15.0
    assert all(earlier <= later for earlier, later in pairwise(waits))


async def test_a_put_sends_the_document_unchanged_including_unknown_members(scene: Scene) -> None:
    scene.properties["notInAnyModel"] = {"kept": [1, None]}

    await everything(scene.put())

    assert next(request.body for request in scene.box.log if request.method == "PUT") == scene.document


async def test_a_detach_requests_detach_and_not_delete_and_finishes_without_a_compute(scene: Scene) -> None:
    etl = scene.workspace.child("computes", "etl-prod")

    seen = await everything(detaching(scene.cloud, etl))

    assert isinstance(seen[0], Accepted)
    assert seen[-1] == Finished(None)
    (url,) = scene.sent("DELETE")
    assert "underlyingResourceAction=Detach" in url
    assert scene.box.world.computes.get(str(etl)) is None


async def test_a_poll_url_that_is_gone_after_a_detach_means_the_compute_is_gone(scene: Scene) -> None:
    scene.fault(Answer(404, "NotFound", "gone"), "GET", POLL, times=None)

    seen = await everything(detaching(scene.cloud, scene.workspace.child("computes", "etl-prod")))

    assert seen[-1] == Finished(None)


async def test_an_attach_with_forbidden_polls_is_followed_by_reading_the_compute(scene: Scene) -> None:
    scene.fault(Forbidden(), "GET", POLL, times=None)

    seen = await everything(scene.put())

    assert [poll.status for poll in seen if isinstance(poll, Polled)][-1] == "Succeeded"
    assert isinstance(seen[-1], Finished)


async def test_polls_wait_as_long_as_azure_asks() -> None:
    class Asking(SandboxTransport):
        async def send(self, request: Any, **kwargs: Any) -> Any:
            response = await super().send(request, **kwargs)
            if "computeOperationsStatus" in request.url:
                response.headers["Retry-After"] = "30"
            return response

    scene = Scene()
    scene.fault(Outcome("Succeeded", seconds=60.0), "PUT")
    scene.cloud = AzureCloud(SandboxCredential(), transport=Asking(scene.box), jitter=even)

    polls = [event for event in await everything(scene.put()) if isinstance(event, Polled)]

    assert [poll.next_poll for poll in polls] == [30.0, 30.0, None]


@pytest.mark.parametrize("absurd", ["1000000000", "9" * 400, "Fri, 31 Dec 2099 23:59:59 GMT"])
async def test_polls_wait_at_most_five_minutes_and_report_the_wait_azure_asks_for(absurd: str) -> None:
    class Asking(SandboxTransport):
        async def send(self, request: Any, **kwargs: Any) -> Any:
            response = await super().send(request, **kwargs)
            if request.method == "PUT" or "computeOperationsStatus" in request.url:
                response.headers["Retry-After"] = absurd
            return response

    scene = Scene()
    scene.cloud = AzureCloud(SandboxCredential(), transport=Asking(scene.box), jitter=even)

    seen = await everything(scene.put())

    waits = [event for event in seen if isinstance(event, Accepted | Polled) and event.next_poll is not None]
    assert isinstance(waits[0], Accepted)
    assert all(wait.next_poll == 300.0 and (wait.asked or 0) > 2_000_000_00 for wait in waits)
    assert isinstance(seen[-1], Finished)


async def test_the_wait_before_a_throttled_poll_is_reported(scene: Scene) -> None:
    scene.fault(Throttled(retry_after=9), "GET", POLL)

    seen = await everything(scene.put())

    assert RequestWait("throttled", 9.0) in seen
    assert isinstance(seen[-1], Finished)


@pytest.mark.parametrize(("end", "kind"), [("Failed", ProblemKind.FAILED), ("Canceled", ProblemKind.CANCELED)])
async def test_a_failed_or_canceled_attach_becomes_a_problem_with_azures_reason(
    scene: Scene, end: Any, kind: ProblemKind
) -> None:
    scene.fault(Outcome(end, "AttachFailed", "The pool said no."), "PUT")

    seen, problem = await failure(scene.put())

    assert isinstance(seen[-1], Polled)
    assert seen[-1].status == end
    assert problem.kind is kind
    assert not problem.outcome_unknown
    if kind is ProblemKind.FAILED:
        assert (problem.code, problem.cause) == ("AttachFailed", "The pool said no.")


async def test_a_failure_without_a_reason_takes_the_reason_from_the_compute(scene: Scene) -> None:
    scene.fault(NotJson(200, b'{"status": "Failed"}', "application/json"), "GET", POLL)
    error = {"error": {"code": "AttachFailed", "message": "It said no.", "details": [{"message": "Really."}]}}
    compute = json.dumps({"name": "new-spark", "properties": {"provisioningErrors": [error]}}).encode()
    scene.fault(NotJson(200, compute, "application/json"), "GET", "/computes/new-spark$")

    _, problem = await failure(scene.put())

    assert (problem.kind, problem.code) == (ProblemKind.FAILED, "AttachFailed")
    assert problem.cause == "AttachFailed: It said no.\nReally."


async def test_an_unknown_status_counts_as_still_running(scene: Scene) -> None:
    scene.fault(NotJson(200, b'{"status": "Pondering", "percentComplete": 12}', "application/json"), "GET", POLL)

    seen = await everything(scene.put())

    first = seen[1]
    assert isinstance(first, Polled)
    assert (first.status, first.percent, first.next_poll) == ("Pondering", 12.0, 3.0)
    assert isinstance(seen[-1], Finished)


@pytest.mark.parametrize(
    "percent", [b"1" + b"0" * 400, b"1e400", b"-1e400", b"NaN", b"-1", b"101", b"true", b'"12"', b"[]"]
)
async def test_a_progress_that_is_not_a_percentage_is_not_shown(scene: Scene, percent: bytes) -> None:
    body = b'{"status": "InProgress", "percentComplete": ' + percent + b"}"
    scene.fault(NotJson(200, body, "application/json"), "GET", POLL)

    seen = await everything(scene.put())

    first = seen[1]
    assert isinstance(first, Polled)
    assert (first.status, first.percent) == ("InProgress", None)
    assert isinstance(seen[-1], Finished)


async def test_a_write_that_was_never_sent_is_retried_and_arrives_once(scene: Scene) -> None:
    scene.fault(RequestLost(), "PUT")

    seen = await everything(scene.put())

    assert seen[0] == RequestWait("connection lost", 1.0)
    assert isinstance(seen[-1], Finished)
    assert len(scene.sent("PUT")) == 1


@pytest.mark.parametrize(
    "fault", [ResponseLost(), Truncated(), Answer(500, "ServiceError", "InternalServerError"), Overruled()]
)
async def test_a_write_that_azure_may_have_accepted_is_never_sent_twice(scene: Scene, fault: Fault) -> None:
    scene.fault(fault, times=None)

    seen, problem = await failure(scene.put())
    _, detached = await failure(detaching(scene.cloud, scene.workspace.child("computes", "etl-prod")))

    assert seen == []
    assert problem.outcome_unknown
    assert problem.advice.startswith("Azure may have accepted it")
    assert len(scene.sent("PUT")) == 1
    assert len(scene.sent("DELETE")) == 1
    assert isinstance(detached, Problem)


@pytest.mark.parametrize(
    "fault", [Throttled(retry_after=2), Answer(503, "ServerBusy", "busy", {"Retry-After": "2"})], ids=["429", "503"]
)
async def test_a_write_rejected_with_429_or_503_and_retry_after_is_sent_again(scene: Scene, fault: Fault) -> None:
    scene.fault(fault, "PUT")

    seen = await everything(scene.put())

    assert isinstance(seen[0], RequestWait)
    assert isinstance(seen[-1], Finished)
    assert len(scene.sent("PUT")) == 2


async def test_a_connection_lost_while_following_an_attach_leaves_the_outcome_unknown(scene: Scene) -> None:
    scene.fault(RequestLost(), "GET", POLL, times=None)

    seen, problem = await failure(scene.put())

    assert isinstance(seen[0], Accepted)
    assert problem.kind is ProblemKind.CONNECTION
    assert problem.outcome_unknown
    assert len(scene.sent("PUT")) == 1


async def test_a_forbidden_write_names_the_role_and_has_a_known_outcome(scene: Scene) -> None:
    scene.fault(Forbidden(), "PUT")

    _, problem = await failure(scene.put())

    assert problem.kind is ProblemKind.FORBIDDEN
    assert "AzureML Compute Operator or Contributor on workspace aml-prod" in problem.advice
    assert not problem.outcome_unknown


async def test_a_busy_compute_is_reported_as_a_conflict_to_wait_for(scene: Scene) -> None:
    scene.fault(Answer(409, "Conflict", "Another operation is in progress."), "PUT")

    _, problem = await failure(scene.put())

    assert problem.kind is ProblemKind.CONFLICT
    assert "wait until that has finished" in problem.advice
    assert problem.cause == "Another operation is in progress."
    assert len(scene.sent("PUT")) == 1


async def test_an_unregistered_provider_is_never_registered_automatically(scene: Scene) -> None:
    words = "The subscription is not registered to use namespace 'Microsoft.MachineLearningServices'."
    scene.fault(Answer(409, "MissingSubscriptionRegistration", words), "PUT")

    _, problem = await failure(scene.put())

    assert problem.kind is ProblemKind.REFUSED
    assert "az provider register --namespace Microsoft.MachineLearningServices" in problem.advice
    assert scene.sent("POST") == []


async def test_a_name_refused_by_azure_is_reported_with_azures_message(scene: Scene) -> None:
    words = "Compute name is invalid. It can include letters, digits and dashes."
    scene.fault(Answer(400, "UserError", words), "PUT")

    _, problem = await failure(scene.put())

    assert (problem.kind, problem.cause) == (ProblemKind.REFUSED, words)


# Cost


def test_the_first_screens_read_from_azure_without_importing_a_generated_client() -> None:
    program = """
import asyncio, sys
from tui.cloud.azure import AzureCloud
from tui.domain.azure_scope import AzureScope
from tui.domain.resource_id import ml_workspace_id
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Fault
from tui.sandbox.transport import SandboxCredential, SandboxTransport

async def main():
    box = Sandbox()
    cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(box))
    workspace = ml_workspace_id(*box.world.default)
    pages = [page async for page in cloud.computes(workspace)]
    await cloud.workspace(workspace)
    await cloud.permissions(AzureScope.of(workspace))
    async for _ in cloud.locks(AzureScope.of(workspace)):
        pass
    async for _ in cloud.subscriptions():
        pass
    async for _ in cloud.workspaces(workspace.subscription):
        pass
    print(found())
    synapse = [one async for page in cloud.synapse_workspaces(workspace.subscription) for one in page.items]
    pools = [one async for page in cloud.spark_pools(synapse[0].id) for one in page.items]
    await cloud.spark_pool(pools[0].id)
    print(found())
    async for _ in cloud.identities(workspace.subscription):
        pass
    print(found())
    await cloud.compute(next(one.id for one in pages[0].items if one.id))
    print(found())
    await cloud.close()

def found():
    heavy = ("azure.mgmt.machinelearningservices", "azure.mgmt.synapse", "azure.mgmt.msi", "azure.mgmt.resource",
             "azure.identity", "aiohttp", "requests")
    return [name for name in heavy if name in sys.modules]

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [
        "[]",
        "['azure.mgmt.synapse']",
        "['azure.mgmt.synapse', 'azure.mgmt.msi']",
        "['azure.mgmt.machinelearningservices', 'azure.mgmt.synapse', 'azure.mgmt.msi']",
    ]


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_the_generated_clients_return_exactly_what_azure_sent(size: int) -> None:
    box = Sandbox(clock=VirtualClock(), page_size=size)
    cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(box), jitter=even)
    synapse = ResourceId.parse(next(iter(box.world.spark_pools))["id"]).parent
    pools = box.world.spark_pools.under(str(synapse))

    items = [one async for page in cloud.spark_pools(synapse) for one in page.items]
    compute = await cloud.compute(ml_workspace_id(*box.world.default).child("computes", "mystery"))
    await cloud.close()

    assert [str(one.id) for one in items] == [one["id"] for one in pools]
    assert compute.raw == box.world.computes.get(str(compute.id))
