"""The sandbox as an azure-core transport: real SDK clients run on it unchanged."""

import json
import time
from collections.abc import AsyncIterator, MutableMapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAsyncHttpResponse
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.utils import case_insensitive_dict

from tui.sandbox.box import Sandbox
from tui.sandbox.faults import NoResponseError, RequestLostError, ResponseLostError
from tui.sandbox.http import Request, Response
from tui.sandbox.sign_in import USER, in_process, placeholder

AnyRequest = HttpRequest | LegacyHttpRequest
AnyResponse = AsyncHttpResponse | LegacyAsyncHttpResponse

TOKEN_SECONDS = 3600
READ_SECONDS = 60.0
"""How long a caller waits for the first byte, as with the transport over the network."""


class SandboxTransport(AsyncHttpTransport[AnyRequest, AnyResponse]):
    """Sends requests to a sandbox instead of a socket, and makes azure-core sleep on the sandbox's clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def send(self, request: AnyRequest, **kwargs: Any) -> AnyResponse:
        """Return the sandbox's response, of the type that matches the request's.

        Raises:
            ServiceRequestError: If the connection broke before Azure saw the request.
            ServiceResponseError: If the connection broke, or the caller stopped waiting, after Azure had acted.
        """
        del kwargs
        asked = Request(request.method, request.url, dict(request.headers), _body(request))
        try:
            response = await self._sandbox.handle(asked, in_process, READ_SECONDS)
        except RequestLostError as error:
            raise ServiceRequestError(str(error), error=error) from error
        except NoResponseError as error:
            raise ServiceResponseTimeoutError(str(error), error=error) from error
        except ResponseLostError as error:
            raise ServiceResponseError(str(error), error=error) from error
        if isinstance(request, HttpRequest):
            return SandboxResponse(request, response)
        return LegacySandboxResponse(request, response)

    async def sleep(self, duration: float) -> None:
        """Wait on the sandbox's clock: azure-core's retries and polling both come here."""
        await self._sandbox.clock.sleep(duration)

    def monotonic(self) -> float:
        """The seconds on the sandbox's clock, by which its callers measure."""
        return self._sandbox.clock.monotonic()

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


class SandboxResponse(AsyncHttpResponse):
    """A response to an `azure.core.rest` request; its body is available from the start."""

    def __init__(self, request: HttpRequest, response: Response) -> None:
        self._request = request
        self._response = response
        self._headers = case_insensitive_dict(response.headers)
        self._encoding: str | None = None
        self._closed = False

    @property
    def request(self) -> HttpRequest:
        """The request that this answers."""
        return self._request

    @property
    def status_code(self) -> int:
        """The HTTP status code."""
        return self._response.status

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers, in any letter case."""
        return self._headers

    @property
    def reason(self) -> str:
        """The words that go with the status code."""
        return HTTPStatus(self._response.status).phrase

    @property
    def content_type(self) -> str | None:
        """The content type, or None."""
        return self._headers.get("Content-Type")

    @property
    def is_closed(self) -> bool:
        """Whether the response was closed."""
        return self._closed

    @property
    def is_stream_consumed(self) -> bool:
        """Whether the body was read: always, because it is in memory."""
        return True

    @property
    def encoding(self) -> str | None:
        """The encoding that was set, or UTF-8."""
        return self._encoding or "utf-8"

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def url(self) -> str:
        """The requested URL."""
        return self._request.url

    @property
    def content(self) -> bytes:
        """The body."""
        return self._response.body

    def text(self, encoding: str | None = None) -> str:
        """Return the body as text."""
        return self.content.decode(encoding or self.encoding or "utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            json.JSONDecodeError: If it is not JSON.
        """
        return json.loads(self.text())

    def body(self) -> bytes:
        """Return the body, under the name that generated clients still use."""
        return self.content

    def raise_for_status(self) -> None:
        """Raise HttpResponseError for an error status."""
        if self.status_code >= 400:
            raise HttpResponseError(response=self)

    async def read(self) -> bytes:
        """Return the body."""
        return self.content

    async def iter_raw(self, **kwargs: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        del kwargs
        yield self.content

    async def iter_bytes(self, **kwargs: Any) -> AsyncIterator[bytes]:
        """Yield the body in one piece."""
        del kwargs
        yield self.content

    async def close(self) -> None:
        """Mark the response as closed."""
        self._closed = True

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close the response."""
        await self.close()


class LegacySandboxResponse(LegacyAsyncHttpResponse):
    """A response to an `azure.core.pipeline.transport` request, as the older generated clients send."""

    def __init__(self, request: LegacyHttpRequest, response: Response) -> None:
        super().__init__(request, response)
        self.status_code = response.status
        self.headers = case_insensitive_dict(response.headers)
        self.reason = HTTPStatus(response.status).phrase
        self.content_type = self.headers.get("Content-Type")
        self._content = response.body

    def body(self) -> bytes:
        """Return the body."""
        return self._content


class SandboxCredential:
    """An async credential whose tokens say that they are not tokens, and their audience; it never asks the user.

    Attributes:
        user_name: Who is signed in.
        requested: The scopes of each requested token, so that tests can count them.
    """

    user_name = USER.name

    def __init__(self) -> None:
        self.requested: list[tuple[str, ...]] = []

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **kwargs: Any,
    ) -> AccessToken:
        """Return a token that no Azure would accept, valid for an hour."""
        del claims, tenant_id, enable_cae, kwargs
        info = await self.get_token_info(*scopes)
        return AccessToken(info.token, info.expires_on)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return a token that no Azure would accept, valid for an hour."""
        del options
        self.requested.append(scopes)
        # Token lifetimes are checked against real time, not against the sandbox's clock.
        expires_on = int(time.time()) + TOKEN_SECONDS
        return AccessTokenInfo(placeholder(scopes[0].removesuffix("/.default"), expires_on), expires_on)

    async def close(self) -> None:
        """Do nothing: the credential holds nothing."""

    async def __aenter__(self) -> Self:
        """The credential."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Do nothing: the credential holds nothing."""


def _body(request: AnyRequest) -> bytes:
    """The request's body; azure-core keeps it as text, bytes or nothing in either kind of request."""
    content: object = request.content if isinstance(request, HttpRequest) else request.data
    if content is None:
        return b""
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes):
        return content
    if hasattr(content, "read"):
        return bytes(content.read())
    raise TypeError(f"The sandbox cannot send a body of type {type(content).__name__}")
