"""HTTP in the sandbox: a request, a response, and functions to make them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

JSON_TYPE = "application/json; charset=utf-8"

Document = dict[str, Any]
"""A JSON object as Azure sends it, and as the sandbox stores it."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, as received; `url` is absolute, and `headers` are in the client's letter case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port of the request: Azure's poll and page links point back to it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def host(self) -> str:
        """The host name without the port, in lower case."""
        return urlsplit(self.url).hostname or ""

    @cached_property
    def path(self) -> str:
        """The path, percent-decoded, without a trailing slash."""
        return unquote(urlsplit(self.url).path).rstrip("/")

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query parameters, names in lower case."""
        return {name.lower(): value for name, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True)}

    def header(self, name: str) -> str | None:
        """The header of that name in any letter case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    def json(self) -> object:
        """The parsed body, or None when it is empty.

        Raises:
            ValueError: If the body is not JSON in UTF-8.
        """
        if not self.body:
            return None
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except RecursionError as error:
            raise ValueError("The body is nested too deeply.") from error


class Response(NamedTuple):
    """One HTTP response, as sent."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""

    def plus(self, headers: Mapping[str, str]) -> "Response":
        """The same response with more headers, which take precedence."""
        return Response(self.status, {**self.headers, **headers}, self.body)


def json_response(status: int, document: Document | list[Any], headers: Mapping[str, str] | None = None) -> Response:
    """A response with JSON: an object, except for the few lists that Azure sends without one."""
    # A lone surrogate is legal in JSON but not in UTF-8.
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Response(status, {"Content-Type": JSON_TYPE, "Content-Length": str(len(body)), **(headers or {})}, body)


def empty_response(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A response without a body; Azure sends `Content-Length: 0` with it (recorded)."""
    return Response(status, {"Content-Length": "0", **(headers or {})})


def _refuse_constant(name: str) -> float:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON.")
