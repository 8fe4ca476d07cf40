"""Keeps to Azure Resource Manager's limits before it has to refuse.

Microsoft's figures ("Understand how Azure Resource Manager throttles requests",
learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling): since 2024 each subscription
has, for each principal and region, a bucket of 250 tokens for reads that refills at 25 a second, one of 200 for writes
that refills at 10 a second, and another for deletes; requests outside a subscription count for the tenant, with the
same figures. Every request takes a token. Services behind it have unpublished limits of their own and answer 429.
"""

import re
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from tui.domain.ports import RequestWait
from tui.domain.request_waits import AT_LIMIT, report_wait

LEAST_TOLD = 0.5
"""Waits shorter than this, in seconds, are not shown, because nobody could read them."""

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_KINDS = {"GET": "reads", "HEAD": "reads", "OPTIONS": "reads", "DELETE": "deletes"}


class Limit(NamedTuple):
    """A published limit: how many requests may come at once, and how many more each second."""

    bucket: float
    refill: float


LIMITS = {"reads": Limit(250, 25), "writes": Limit(200, 10), "deletes": Limit(200, 10)}


class Bucket:
    """The remaining requests of one limit; times are in seconds, on a scale that never goes back."""

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._level = limit.bucket
        self._at = now

    def take(self, now: float) -> float:
        """Take a token, in turn; returns the seconds until it is available."""
        self._refill(now)
        self._level -= 1
        return max(0.0, -self._level / self._limit.refill)

    def lower(self, left: float, now: float) -> None:
        """Accept Azure's lower number, because it counts other programs too."""
        self._refill(now)
        self._level = min(self._level, left)

    def _refill(self, now: float) -> None:
        self._level = min(self._limit.bucket, self._level + (now - self._at) * self._limit.refill)
        self._at = now


class Rates:
    """The buckets of one sign-in, shared by all its clients."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def bucket(self, url: str, method: str, now: float) -> tuple[Bucket, str]:
        """The bucket that a request takes from, and Azure's header for what is left in it; `now` is in seconds."""
        match = _SUBSCRIPTION.match(urlsplit(url).path)
        kind = _KINDS.get(method.upper(), "writes")
        key = (match[1].lower() if match else "", kind)
        if key not in self._buckets:
            self._buckets[key] = Bucket(LIMITS[kind], now)
        return self._buckets[key], f"x-ms-ratelimit-remaining-{'subscription' if match else 'tenant'}-{kind}"


class RatePolicy(AsyncHTTPPolicy[Any, Any]):
    """Visibly delays requests that Azure Resource Manager would refuse, and learns from its answers."""

    def __init__(self, rates: Rates) -> None:
        super().__init__()
        self._rates = rates

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request as soon as there is a token for it."""
        transport: Any = request.context.transport
        # A transport with its own clock provides it.
        monotonic = getattr(transport, "monotonic", time.monotonic)
        http_request = request.http_request
        bucket, remaining = self._rates.bucket(http_request.url, http_request.method, monotonic())
        seconds = bucket.take(monotonic())
        if seconds > 0:
            if seconds >= LEAST_TOLD:
                report_wait(RequestWait(AT_LIMIT, seconds))
            await transport.sleep(seconds)
        response: PipelineResponse[Any, Any] = await self.next.send(request)
        answer = response.http_response
        left = 0.0 if answer.status_code == 429 else _number(answer.headers.get(remaining))
        if left is not None:
            bucket.lower(left, monotonic())
        return response


def _number(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
