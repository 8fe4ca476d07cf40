"""Finds the function that answers a request: path templates, matched in any letter case."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, Protocol

from tui.sandbox.faults import Outcome
from tui.sandbox.http import Document, Request, Response, json_response
from tui.sandbox.sign_in import USER, Caller


class Call(NamedTuple):
    """A request that matched a route.

    Attributes:
        names: The values of the path's placeholders, as the client wrote them.
        outcome: How a long-running operation that this call starts has to end, or None.
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

SCOPE = r"(?:/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?(?:/providers/[^/]+(?:/[^/]+/[^/]+)+)?)?"
"""A subscription, a resource group, a resource, or nothing: the root above all subscriptions."""


class Route:
    """A path template such as `/subscriptions/{subscription}`, and its function for each HTTP method.

    A placeholder such as `{scope*}` stands for a whole scope.
    """

    def __init__(self, template: str, handlers: Mapping[str, Handler]) -> None:
        pattern = "".join(_as_pattern(part) for part in re.split(r"(\{\w+\*?\})", template))
        self._pattern = re.compile(pattern, re.IGNORECASE)
        self.handlers = handlers

    def match(self, path: str) -> Mapping[str, str] | None:
        """The values of the placeholders in the path, or None if it does not match."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


def _as_pattern(part: str) -> str:
    """The regular expression for a placeholder, or for the text between two."""
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    return f"(?P<{name[:-1]}>{SCOPE})" if name.endswith("*") else f"(?P<{name}>[^/]+)"


class Service(Protocol):
    """One of the services behind Resource Manager."""

    @property
    def api_versions(self) -> frozenset[str]:
        """The accepted versions."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that it adds to each response."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """The paths that it answers."""


def without_empty_segments(request: Request) -> Request:
    """A request whose path has no empty segment, such as JavaScript and Python clients add after the host."""
    origin = request.origin
    rest = request.url.removeprefix(origin)
    path, mark, query = rest.partition("?")
    if "//" not in path or not request.url.startswith(origin):
        return request
    return replace(request, url=f"{origin}{re.sub('/{2,}', '/', path)}{mark}{query}")


def page(call: Call, items: list[Document], size: int, more: Document | None = None) -> Response:
    """One page of a list, with a link to the next one if there is one.

    The last page has no `nextLink` member (recorded); the link is absolute and counts in `$skip` (specification).
    `more` are members beside `value`.
    """
    skipped = call.request.query.get("$skip", "0")
    start = int(skipped) if skipped.isdecimal() and len(skipped) < 10 else 0
    end = start + size
    document: Document = {"value": items[start:end], **(more or {})}
    if end < len(items):
        request = call.request
        document["nextLink"] = f"{request.origin}{request.path}?api-version={call.api_version}&$skip={end}"
    return json_response(200, document)
