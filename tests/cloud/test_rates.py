"""Azure's rate limits are respected before it refuses, retries are spread, and every wait is reported."""

import asyncio
from typing import Any

import pytest

from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.cloud.rates import LIMITS, Rates
from tui.domain.ports import RequestWait
from tui.domain.request_waits import AT_LIMIT, report_waits_to
from tui.domain.resource_id import ml_workspace_id
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, RequestLost, Rule, Throttled
from tui.sandbox.names import http_date
from tui.sandbox.transport import SandboxCredential, SandboxTransport

READS, WRITES = LIMITS["reads"], LIMITS["writes"]
ARM = "https://management.azure.com"
ONE = f"{ARM}/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups"
OTHER = f"{ARM}/subscriptions/66666666-2222-4333-8444-555555555555/resourceGroups"


class Counting(SandboxTransport):
    """Adds the number of remaining reads to each response."""

    def __init__(self, sandbox: Sandbox, left: int) -> None:
        super().__init__(sandbox)
        self.left = left

    async def send(self, request: Any, **kwargs: Any) -> Any:
        response = await super().send(request, **kwargs)
        response.headers["x-ms-ratelimit-remaining-subscription-reads"] = str(self.left)
        return response


class Scene:
    """A sandbox, the cloud layer connected to it, and the waits it reports."""

    def __init__(self, *, left: int = 1000, jitter: Any = even) -> None:
        self.clock = VirtualClock()
        self.box = Sandbox(clock=self.clock)
        self.cloud = AzureCloud(SandboxCredential(), transport=Counting(self.box, left), jitter=jitter)
        workspace = ml_workspace_id(*self.box.world.default)
        self.compute = workspace.child("computes", "etl-prod")
        self.held: list[RequestWait] = []

    async def read(self, times: int = 1) -> None:
        report_waits_to(self.held.append)
        await asyncio.gather(*(self.cloud.compute(self.compute) for _ in range(times)))


async def test_reads_within_azures_burst_limit_do_not_wait_and_further_reads_report_their_wait() -> None:
    scene = Scene()
    await scene.read(int(READS.bucket))
    assert scene.clock.monotonic() == 0
    assert scene.held == []
    await scene.read(int(READS.refill))
    assert {one.reason for one in scene.held} == {AT_LIMIT}
    assert max(one.seconds for one in scene.held) == pytest.approx(1.0)
    assert len(scene.box.log) == READS.bucket + READS.refill


async def test_azures_remaining_count_is_used_because_other_programs_share_the_limit() -> None:
    scene = Scene(left=0)
    await scene.read()
    assert scene.held == []
    await scene.read(50)
    assert max(one.seconds for one in scene.held) == pytest.approx(50 / READS.refill)


async def test_a_throttled_request_slows_down_later_requests() -> None:
    scene = Scene()
    scene.box.faults.add(Rule(Throttled(600)))
    with pytest.raises(Exception, match="too many requests"):
        await scene.read()
    before = scene.clock.monotonic()
    await scene.read(50)
    assert scene.clock.monotonic() > before
    assert max(one.seconds for one in scene.held) == pytest.approx(50 / READS.refill)


def test_each_subscription_and_each_kind_of_request_has_its_own_bucket() -> None:
    rates = Rates()

    def take(url: str, method: str) -> float:
        return rates.bucket(url, method, 0.0)[0].take(0.0)

    for _ in range(int(READS.bucket)):
        assert take(ONE, "GET") == 0
    assert take(ONE.upper().replace("HTTPS", "https"), "get") == pytest.approx(1 / READS.refill)
    assert take(OTHER, "GET") == take(ONE, "PUT") == take(ONE, "DELETE") == take(f"{ARM}/subscriptions", "GET") == 0
    for _ in range(int(WRITES.bucket) - 1):
        assert take(ONE, "PUT") == 0
    assert take(ONE, "POST") == pytest.approx(1 / WRITES.refill)


def test_a_bucket_refills_but_never_beyond_its_size() -> None:
    bucket, remaining = Rates().bucket(ONE, "GET", 0.0)
    assert remaining == "x-ms-ratelimit-remaining-subscription-reads"
    bucket.lower(0, 0.0)
    assert bucket.take(0.0) == pytest.approx(1 / READS.refill)
    for _ in range(int(READS.bucket)):
        assert bucket.take(10_000.0) == 0
    assert bucket.take(10_000.0) > 0


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (RequestLost(), 1.0, 1.25),
        (Answer(503, "ServerBusy", "Busy."), 1.0, 1.25),
        (Throttled(20), 20.0, 22.0),
    ],
    ids=["connection-lost", "busy", "retry-after"],
)
async def test_retry_waits_are_spread_and_never_shorter_than_azure_asks(fault: Any, least: float, most: float) -> None:
    for jitter, seconds in ((0.0, least), (1.0, most)):
        scene = Scene(jitter=lambda jitter=jitter: jitter)
        scene.box.faults.add(Rule(fault))
        await scene.read()
        assert [one.seconds for one in scene.held] == [pytest.approx(seconds)]


async def test_a_retry_after_date_is_measured_by_azures_clock() -> None:
    scene = Scene()
    scene.clock.jump(-86_400)
    until = http_date(scene.clock.now()).replace("09:12:00", "09:12:40")
    scene.box.faults.add(Rule(Answer(503, "ServerBusy", "Busy.", {"Retry-After": until})))
    await scene.read()
    assert [one.seconds for one in scene.held] == [40.0]
