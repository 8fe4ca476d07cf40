"""The transports over the network; imports aiohttp, so this module is only imported when it is needed.

aiohttp sends a PUT or DELETE a second time by itself when an open connection breaks, and azure-core then calls such a
break `ServiceRequestError`, "no request was sent". Both are wrong for a program that must not write twice; a middleware
corrects them. A proxy that refuses is the opposite: azure-core takes it for a lost answer, although nothing was sent.

Their time limits apply to one part each: an answer that arrives in drops never ends. One limit covers all of it.
Neither limits the size of a body, which is read into memory completely, compressed or not.
"""

import asyncio
import zlib
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from aiohttp import (
    ClientConnectorError,
    ClientHandlerType,
    ClientHttpProxyError,
    ClientOSError,
    ClientProxyConnectionError,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
)
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport

from tui.cloud import bounds
from tui.cloud.failures import (
    ProxyRefused,
    ProxyUnreachable,
    UnreadableAnswer,
    UntrustedCertificate,
    causes_of,
    is_untrusted,
    with_route,
)
from tui.cloud.network import Network, without_password
from tui.cloud.proxy_use import check_proxy, has_user, page_of

_NOT_CONNECTED = (ClientConnectorError, ConnectionTimeoutError, InvalidURL)
"""What aiohttp raises before anything is sent; azure-core also calls its other errors unsent."""

_MOST_PACKING = 1032
"""The highest compression ratio of a zlib stream (zlib's documentation)."""

_OPTIONS = ("stream", "connection_timeout", "read_timeout")


def network_transport(network: Network | None = None) -> AsyncHttpTransport[Any, Any]:
    """Create azure-core's aiohttp transport, for the running event loop; None uses the system's certificates.

    Raises:
        BadNetwork: If the certificates cannot be read.
    """
    transport: AsyncHttpTransport[Any, Any] = _NetworkTransport(network or Network())
    return transport


class _NetworkTransport(AsyncHttpTransport[Any, Any]):
    """azure-core's aiohttp transport, with the settings of one network and distinct failures.

    The certificates are read once, into the connector: azure-core's `connection_verify` reads them again for every
    request, and with each new context aiohttp opens a new connection.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        session = ClientSession(
            connector=TCPConnector(ssl=network.tls()),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,  # azure-core decompresses by itself
            middlewares=(_no_second_sending,),
            response_class=_BoundedResponse,
        )
        self._inner: AsyncHttpTransport[Any, Any] = AioHttpTransport(
            session=session, connection_timeout=network.connect_seconds, read_timeout=network.read_seconds
        )

    async def send(self, request: Any, **config: Any) -> Any:
        """Send a request, through the proxy for it, and read the whole answer.

        Raises:
            UntrustedCertificate: If the server's certificate is not trusted.
            ProxyRefused: If the proxy refuses it.
            ProxyUnusable: If the proxy's address cannot be used.
            ServiceRequestError: If no connection was made, so that nothing was sent.
            UnreadableAnswer: If the answer cannot be read.
            AzureError: As azure-core's own transport.
        """
        proxy = self._network.proxy_for(request.url)
        check_proxy(proxy)
        try:
            async with asyncio.timeout(self._network.answer_seconds):
                response = await self._inner.send(request, proxy=proxy, **_known(config))
            if not config.get("stream"):
                response.body()  # azure-core decompresses it on first access
        except AzureError as error:
            failure = _told_apart(error, request.url, proxy, self._network)
            if isinstance(failure, ProxyRefused) and proxy is not None:
                failure.page = await page_of(proxy, _host_and_port(request.url))
            raise failure from error
        except TimeoutError as error:
            limit = f"The answer was not complete after {self._network.answer_seconds:g} seconds."
            late = ServiceResponseTimeoutError(limit, error=error)
            raise _told_apart(late, request.url, proxy, self._network) from error
        except Exception as error:  # the boundary of the libraries below: each raises what it happens to
            raise UnreadableAnswer("The body is not in the form that its headers name.", error=error) from error
        return response

    async def open(self) -> None:
        """Open the connections."""
        await self._inner.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._inner.close()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(exc_type, exc_value, traceback)


def _known(config: dict[str, Any]) -> dict[str, Any]:
    """The options that aiohttp knows: the list of subscriptions leaves its `api_version` among them."""
    return {name: value for name, value in config.items() if name in _OPTIONS}


def _told_apart(error: AzureError, url: str, proxy: str | None, network: Network) -> AzureError:
    """The specific failure behind a transport's: an untrusted certificate, a proxy, or itself."""
    causes = tuple(causes_of(error))
    if is_untrusted(causes):
        return UntrustedCertificate(_host(url), network.trusted, error)
    for cause in causes if proxy is not None else ():
        if isinstance(cause, ClientHttpProxyError):
            refusal = f"{cause.status} {cause.message}".strip()
            return ProxyRefused(without_password(proxy or ""), refusal, cause, has_user=has_user(proxy or ""))
        if isinstance(cause, ClientProxyConnectionError):
            return ProxyUnreachable(without_password(proxy or ""), cause)
    if isinstance(error, ServiceRequestError) and not any(isinstance(cause, _NOT_CONNECTED) for cause in causes):
        error = ServiceResponseError(error.message, error=error)
    broken = [one for one in causes if isinstance(one, ClientResponseError)]
    is_not_http = any(not isinstance(one, _BrokenConnection) for one in broken)
    return with_route(error, _host(url), without_password(proxy) if proxy is not None else "", is_not_http=is_not_http)


def _host(url: str) -> str:
    """The host and port of an address, without a user."""
    return url.partition("//")[2].partition("/")[0].rpartition("@")[2]


def _host_and_port(url: str) -> str:
    host = _host(url).partition("?")[0]
    has_port = host.rpartition(":")[2].isdigit() and not host.endswith("]")
    return host if has_port else f"{host}:{443 if url.lower().startswith('https:') else 80}"


class _BoundedResponse(ClientResponse):
    """A response whose body is read only up to the limit of any of Azure's."""

    async def read(self) -> bytes:
        """Read the body.

        Raises:
            DecodeError: If it is too large, as received or decompressed.
        """
        if self._body is None:
            # As in aiohttp: a connection with the rest of a body on it cannot serve another request.
            with ExitStack() as unless_read:
                unless_read.callback(self.close)
                parts, size = [], 0
                async for part in self.content.iter_any():
                    parts.append(part)
                    size += len(part)
                    bounds.check_size(size)
                self._body = b"".join(parts)
                _check_unpacked(self._body, self.headers.get("Content-Encoding", ""))
                unless_read.pop_all()
        return await super().read()


def _check_unpacked(body: bytes, encoding: str) -> None:
    """Refuse a compressed body that is too large when decompressed, which azure-core does at once and completely."""
    if not encoding or len(body) * _MOST_PACKING <= bounds.MOST_BYTES:
        return
    # As in azure-core, where "deflate" is a stream without zlib's header.
    wbits = -zlib.MAX_WBITS if encoding.lower() == "deflate" else zlib.MAX_WBITS | 16
    try:
        unpacked = zlib.decompressobj(wbits=wbits).decompress(body, bounds.MOST_BYTES + 1)
    except zlib.error:
        return
    bounds.check_size(len(unpacked))


class _BrokenConnection(ClientResponseError):
    """A break of an open connection, in the user's words."""

    def __str__(self) -> str:
        """What broke, without a status, because there is none."""
        return self.message


async def _no_second_sending(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Turn a break of an open connection into an error that neither library retries."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise  # never connected, so nothing was sent
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _BrokenConnection(request.request_info, (), message=f"The connection broke: {error}") from error
