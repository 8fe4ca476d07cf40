"""Writes of Spark pools by the cloud layer: what is sent, and how it is followed."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.jitter import even
from tests.support.reported import putting_pool
from tui.cloud.azure import AzureCloud
from tui.domain.constants import SYNAPSE_API_VERSION
from tui.domain.errors import Problem, ProblemKind
from tui.domain.pool_change import pool_body
from tui.domain.ports import Accepted, Finished, Polled
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkPool
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Forbidden, Outcome, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport

POLL = r"/operationStatuses/"


class WithoutAddresses(SandboxTransport):
    """Removes the addresses at which an accepted write is followed."""

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Answer as Azure does, but without these headers."""
        answer: Any = await super().send(request, **kwargs)
        for header in ("Azure-AsyncOperation", "Location"):
            answer.headers.pop(header, None)
        return answer


class Scene:
    """A sandbox, the cloud layer connected to it, and a document for one of its Spark pools."""

    def __init__(self, transport: type[SandboxTransport] = SandboxTransport) -> None:
        self.box = Sandbox(clock=VirtualClock())
        self.cloud = AzureCloud(SandboxCredential(), transport=transport(self.box), jitter=even)
        known = next(one for one in self.box.world.spark_pools if one["name"] == "adhocpool")
        self.pool = ResourceId.parse(known["id"])
        self.document = pool_body(known)
        self.document["properties"] |= {"cacheSize": 60, "memberOfTomorrow": {"kept": [1, None]}}

    def put(self, token: str | None = None) -> AsyncIterator[Any]:
        return putting_pool(self.cloud, self.pool, self.document, "change it", token)

    def queries(self, method: str) -> list[dict[str, str]]:
        """The queries of the requests to the Spark pool itself."""
        path = str(self.pool).lower()
        sent = [urlsplit(one.url) for one in self.box.log if one.method == method]
        return [dict(parse_qsl(one.query)) for one in sent if one.path.lower() == path]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    await scene.cloud.close()


async def failure(stream: AsyncIterator[Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        _ = [one async for one in stream]
    return caught.value


async def test_a_put_sends_the_document_unchanged_with_the_stable_version_and_stops_no_jobs(scene: Scene) -> None:
    accepted, *polls, finished = [one async for one in scene.put()]

    assert isinstance(accepted, Accepted)
    assert isinstance(polls[-1], Polled)
    assert isinstance(finished, Finished)
    assert isinstance(finished.resource, SparkPool)
    assert (finished.resource.cache, finished.is_inferred) == (60, False)
    (sent,) = [one.body for one in scene.box.log if one.method == "PUT"]
    assert sent == scene.document
    assert scene.queries("PUT") == [{"api-version": SYNAPSE_API_VERSION, "force": "false"}]


async def test_an_accepted_put_is_followed_by_its_token_without_another_put_or_acceptance(scene: Scene) -> None:
    (token,) = [one.token async for one in scene.put() if isinstance(one, Accepted)]
    scene.box.log.clear()

    seen = [one async for one in scene.put(token)]

    assert [type(one) for one in seen] == [Polled, Finished]
    assert scene.queries("PUT") == []


async def test_a_put_with_forbidden_polls_is_inferred_from_the_spark_pool_alone(scene: Scene) -> None:
    scene.box.faults.add(Rule(Forbidden(), "GET", POLL, times=None))

    *_, finished = [one async for one in scene.put()]

    assert isinstance(finished, Finished)
    assert finished.is_inferred
    assert all(one == {"api-version": SYNAPSE_API_VERSION} for one in scene.queries("GET"))


async def test_a_put_without_an_address_to_follow_is_inferred_from_the_spark_pool_alone() -> None:
    scene = Scene(WithoutAddresses)

    *_, finished = [one async for one in scene.put()]

    assert isinstance(finished, Finished)
    assert finished.is_inferred
    assert len(scene.queries("GET")) > 1
    assert all(one == {"api-version": SYNAPSE_API_VERSION} for one in scene.queries("GET"))
    await scene.cloud.close()


async def test_a_failure_without_a_reason_is_looked_up_at_the_spark_pools_own_address(scene: Scene) -> None:
    scene.box.faults.add(Rule(Outcome("Failed", "", ""), "PUT", "/bigDataPools/"))

    assert (await failure(scene.put())).kind is ProblemKind.FAILED
    assert scene.queries("GET") == [{"api-version": SYNAPSE_API_VERSION}]


async def test_a_put_is_known_not_to_be_sent_only_if_it_was_not_accepted_before(scene: Scene) -> None:
    (token,) = [one.token async for one in scene.put() if isinstance(one, Accepted)]
    scene.box.faults.add(Rule(Forbidden(), times=None))

    refused, followed, unreadable = [await failure(scene.put(one)) for one in (None, token, "odd")]

    assert (refused.outcome_unknown, refused.had_no_effect) == (False, True)
    for problem in (followed, unreadable):
        assert (problem.outcome_unknown, problem.had_no_effect) == (True, False)
    assert unreadable.kind is ProblemKind.UNREADABLE
    assert "token" in unreadable.title
