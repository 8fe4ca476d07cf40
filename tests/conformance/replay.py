"""Recorded responses as an azure-core transport, so that the real cloud layer runs on them as on a network."""

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest

from tests.conformance.recordings import Exchange
from tests.conformance.rules import Role, is_error_of_another, rule_of
from tui.sandbox.http import Response
from tui.sandbox.transport import AnyRequest, AnyResponse, LegacySandboxResponse, SandboxResponse

_NOT_KEPT = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Headers about bytes on the wire; the recordings contain parsed bodies."""

_PASSING = (408, 429, 500, 502, 503, 504)


class Case(NamedTuple):
    """An operation of the product and the recorded responses that it gets, in order.

    Attributes:
        operation: The product's operation, named as in the rules.
        exchanges: The interactions; the first one starts the operation.
    """

    operation: str
    exchanges: tuple[Exchange, ...]

    def __str__(self) -> str:
        return str(self.exchanges[0])


class ReplayTransport(AsyncHttpTransport[AnyRequest, AnyResponse]):
    """Returns the recorded responses in order, and breaks the connection where the recording ends.

    A transient error is returned again as long as the same request is retried.

    Attributes:
        asked: The method, URL and body of each request.
        client_ids: The client request id of each request.
        slept: Each wait, in seconds.

    Args:
        exchanges: The recorded interactions.
    """

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = list(exchanges)
        self.asked: list[tuple[str, str, bytes]] = []
        self.client_ids: list[str] = []
        self.slept: list[float] = []

    async def send(self, request: AnyRequest, **kwargs: Any) -> AnyResponse:
        """Return the next recorded response.

        Raises:
            ServiceRequestError: The recording has ended.
        """
        del kwargs
        self.asked.append((request.method, request.url, body_sent(request)))
        self.client_ids.append(request.headers["x-ms-client-request-id"])
        if not self._exchanges:
            raise ServiceRequestError("the recording ends here")
        exchange = self._exchanges[0] if is_passing(self._exchanges[0]) else self._exchanges.pop(0)
        response = Response(exchange.status, headers_of(exchange), body_of(exchange))
        return (
            SandboxResponse(request, response)
            if isinstance(request, HttpRequest)
            else LegacySandboxResponse(request, response)
        )

    async def sleep(self, duration: float) -> None:
        """Record the wait without waiting."""
        self.slept.append(duration)

    async def open(self) -> None:
        """Do nothing: there is no connection."""

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Do nothing: there is no connection."""


def body_sent(request: AnyRequest) -> bytes:
    """Return the body of either of azure-core's two kinds of request."""
    content: object = request.content if isinstance(request, HttpRequest) else request.data
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else b""


def is_passing(exchange: Exchange) -> bool:
    """Return whether a read may be retried after this error."""
    return exchange.status in _PASSING


def headers_of(exchange: Exchange) -> dict[str, str]:
    """Return the recorded headers that still apply to the parsed body."""
    return {name: value for name, value in exchange.headers.items() if name not in _NOT_KEPT}


def body_of(exchange: Exchange) -> bytes:
    """Return the recorded body as bytes."""
    return b"" if exchange.body is None else json.dumps(exchange.body).encode()


def cases(exchanges: Sequence[Exchange]) -> list[Case]:
    """Return the product's operations in a recording, each with all its exchanges."""
    found: list[Case] = []
    pages: set[int] = set()
    for exchange in exchanges:
        rule = rule_of(exchange)
        if is_error_of_another(exchange) or (rule.role is Role.ASKED and exchange.index not in pages):
            rest = _rest(rule.operation, exchange, exchanges)
            pages |= {page.index for page in rest if page.method == exchange.method == "GET"}
            found.append(Case(rule.operation, (exchange, *rest)))
    return found


def goes_on(exchange: Exchange) -> bool:
    """Return whether the response is a page with a next page."""
    return bool(_next_link(exchange) or exchange.headers.get("x-ms-continuation"))


def _rest(operation: str, first: Exchange, exchanges: Sequence[Exchange]) -> list[Exchange]:
    if operation in ("put compute", "detach"):
        return _followed(first, exchanges[first.index + 1 :])
    pages = [first]
    while goes_on(pages[-1]):
        # A page that is requested by token has the same URL as the page before it.
        url = _next_link(pages[-1]) or first.url
        later = exchanges[pages[-1].index + 1 :]
        following = next((page for page in later if page.url == url), None)
        if following is None:
            break
        pages.append(following)
    return pages[1:]


def _followed(write: Exchange, later: Sequence[Exchange]) -> list[Exchange]:
    """Return the polls of a write and the next read of its resource."""
    operation = operation_id(write.headers.get("azure-asyncoperation", ""))
    polls = [exchange for exchange in later if operation and operation_id(exchange.url) == operation]
    if not polls:
        return polls
    reads = (
        exchange
        for exchange in later
        if exchange.index > polls[-1].index and exchange.method == "GET" and exchange.path == write.path
    )
    return [*polls, *(read for read in [next(reads, None)] if read is not None)]


def operation_id(url: str) -> str:
    """Return the last part of a poll URL's path; the subscription is masked in some headers but not in the polls."""
    return urlsplit(url).path.rpartition("/")[2]


def _next_link(exchange: Exchange) -> str:
    link = exchange.body.get("nextLink") if isinstance(exchange.body, dict) else None
    return link if isinstance(link, str) else ""
