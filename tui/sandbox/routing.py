"""From a request to the function that answers it: path templates, matched without regard to letter case."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, Protocol

from tui.sandbox.faults import Outcome
from tui.sandbox.http import Document, Request, Response, json_response
from tui.sandbox.sign_in import USER, Caller


class Call(NamedTuple):
    """A request that found its route.

    Attributes:
        request: The request.
        names: What the path's placeholders stand for, as the client wrote it.
        outcome: How the long-running operation that this call may start has been told to end, or None.
        caller: Who calls.
    """

    request: Request
    names: Mapping[str, str]
    outcome: Outcome | None = None
    caller: Caller = USER

    @property
    def api_version(self) -> str:
        """The api-version that the client asked for."""
        return self.request.query.get("api-version", "")


Handler = Callable[[Call], Response]


class Route:
    """A path template and the functions that answer it, by HTTP method.

    Args:
        template: A path with placeholders, such as ``/subscriptions/{subscription}``.
        handlers: The function for each HTTP method.
    """

    def __init__(self, template: str, handlers: Mapping[str, Handler]) -> None:
        pattern = "".join(
            f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{\w+\})", template)
        )
        self._pattern = re.compile(pattern, re.IGNORECASE)
        self.handlers = handlers

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return what the placeholders stand for in the path, or None when it is another route's."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


class Service(Protocol):
    """One of the services behind Resource Manager."""

    @property
    def api_versions(self) -> frozenset[str]:
        """The versions it accepts."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What it adds to each of its responses."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """The paths that it answers."""


def without_empty_segments(request: Request) -> Request:
    """Return a request whose path has no empty segment, as JavaScript and Python clients put one behind the host."""
    origin = request.origin
    rest = request.url.removeprefix(origin)
    path, mark, query = rest.partition("?")
    if "//" not in path or not request.url.startswith(origin):
        return request
    return replace(request, url=f"{origin}{re.sub('/{2,}', '/', path)}{mark}{query}")


def page(call: Call, items: list[Document], size: int, more: Document | None = None) -> Response:
    """Return one page of a list, with a link to the next one while there is one.

    The last page has no ``nextLink`` member (recorded); the link is absolute and counts in ``$skip`` (specification).

    Args:
        call: The request for the page.
        items: The whole list.
        size: How many items a page holds at most.
        more: Members that go beside ``value``.
    """
    skipped = call.request.query.get("$skip", "0")
    start = int(skipped) if skipped.isdecimal() and len(skipped) < 10 else 0
    end = start + size
    document: Document = {"value": items[start:end], **(more or {})}
    if end < len(items):
        request = call.request
        document["nextLink"] = f"{request.origin}{request.path}?api-version={call.api_version}&$skip={end}"
    return json_response(200, document)
