"""Reads through the generated clients that return Azure's JSON unchanged, without building models.

Models lose unknown members, fail on a whole page for one malformed item, and take longer than the request itself. The
clients still build the requests and follow the pages.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from azure.core.exceptions import DecodeError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import ContentDecodePolicy, SansIOHTTPPolicy

from tui.cloud import reading
from tui.cloud.bounds import ListLimit
from tui.cloud.described import check, one
from tui.cloud.home import is_address
from tui.domain.resource_id import ResourceId

_SINK = "sink"


class RawAnswer(NamedTuple):
    """Azure's answer: the JSON of the body, and the headers in any letter case."""

    document: Any
    headers: Mapping[str, str]


Sink = list[RawAnswer]
"""Receives the answers of a generated client, which gets it as the keyword `sink`."""

RawPage = tuple[list[Any], bool]
"""The items of a page as JSON, and whether it is the last."""


class RawAnswerPolicy(SansIOHTTPPolicy[Any, Any]):
    """Passes the JSON of a successful answer to the caller's sink, and leaves nothing for models.

    It comes before the policy that parses bodies, so it sees an answer after it. The link to the next page is kept, so
    that the client follows it.
    """

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Remove the sink from the options, which would otherwise reach the transport."""
        request.context[_SINK] = request.context.options.pop(_SINK, None)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Fill the sink."""
        sink, answer = request.context[_SINK], response.http_response
        if sink is None or answer.status_code >= 400:
            return
        document = response.context.get(ContentDecodePolicy.CONTEXT_NAME)
        sink.append(RawAnswer(document, answer.headers))
        link = reading.text(document, "nextLink") or None
        is_list = isinstance(document, list)
        response.context[ContentDecodePolicy.CONTEXT_NAME] = [] if is_list else {"value": [], "nextLink": link}
        # The client for identities parses the answer itself if it finds no context in it.
        answer.context = response.context


class PageLinks:
    """The links from page to page of one list."""

    def __init__(self) -> None:
        self._followed: set[str] = set()
        self._limit = ListLimit()

    def page(self, document: Any) -> tuple[list[Any], str]:
        """The items of a page and the link to the next one, which is empty on the last page.

        Raises:
            DecodeError: If it is not a page, or the list does not end.
        """
        values = reading.at(document, "value")
        if not isinstance(values, list):
            raise DecodeError("The page has no list of values.")
        link = reading.text(document, "nextLink")
        if link and not is_address(link):
            raise DecodeError("Azure's link to the next page of the list is not an address.")
        if link in self._followed:
            raise DecodeError("The list is circular: Azure's next page has already been read.")
        self._followed.add(link)
        self._limit.count(values)
        return values, link


async def raw_answer(call: Callable[..., Awaitable[Any]]) -> RawAnswer:
    """Call a method of a generated client once.

    Raises:
        AzureError: If no answer can be fetched or read.
    """
    sink: Sink = []
    await call(sink=sink)
    if not sink:
        raise DecodeError("The request ended without an answer.")
    return sink[-1]


async def raw_resource(resource: ResourceId, call: Callable[..., Awaitable[Any]]) -> dict[str, Any]:
    """Read one resource through a generated client.

    Raises:
        AzureError: If it cannot be fetched or read, or is another resource.
    """
    document = (await raw_answer(call)).document
    check(document, one(resource))
    members: dict[str, Any] = document
    return members


async def raw_pages(begin: Callable[[], Awaitable[Callable[..., Any]]]) -> AsyncGenerator[RawPage, None]:
    """Read a list through a generated client, page by page.

    `begin` returns the client's method, with all arguments but the sink.

    Raises:
        AzureError: If a page cannot be fetched or read, or the list does not end.
    """
    sink: Sink = []
    links = PageLinks()
    call = await begin()
    async for _ in call(sink=sink).by_page():
        values, link = links.page(sink.pop().document)
        yield values, not link
