"""The sandbox over TLS on a socket: converts HTTP to the sandbox's own requests and responses."""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import trustme
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from tui.sandbox import errors
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import RequestLostError, ResponseLostError
from tui.sandbox.http import Request, Response
from tui.sandbox.sign_in import SignIn

MOST_BYTES = 4 * 1024 * 1024
"""The largest request body; Resource Manager accepts 4 MB (documentation)."""

LONGEST_LINE = 32_768
"""The longest request line or header: poll URLs have 3 kB, and clients put tokens into headers."""

BODY_SECONDS = 30.0
STOP_SECONDS = 1.0

HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

NAMES = (
    "localhost",
    "*.synapse.localhost",
    "127.0.0.1",
    "::1",
    "management.azure.com",
    "login.microsoftonline.com",
    "*.dev.azuresynapse.net",
)
"""The hosts of the certificate: loopback, and Azure's own for clients whose name resolution is redirected here."""

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """A service beside the sandbox that recognizes its own requests."""

    def answer(self, request: Request) -> Response | None:
        """The response, or None for a request to another service."""


class Server:
    """Answers HTTPS requests from a sandbox and the services beside it.

    Args:
        sandbox: The simulated Azure.
        sign_in: Identifies the caller.
        desks: The services beside it, tried first.
        told: Called with every request of a service, and the status of its answer: 0 if the connection broke.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        sign_in: SignIn,
        desks: Sequence[Desk],
        told: Callable[[Request, int], None] | None = None,
    ) -> None:
        self._told = told
        self._sandbox = sandbox
        self._sign_in = sign_in
        self._desks = desks
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int, ca_file: Path) -> int:
        """Start to listen, and return the port, which may be given as 0 for any free one.

        `host` is a loopback address. The certificate of the authority that clients must trust is written to `ca_file`.

        Raises:
            OSError: If the port is not available.
        """
        authority = trustme.CA(organization_name="sparkpool sandbox")
        authority.cert_pem.write_to_path(str(ca_file))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*NAMES).configure_cert(context)
        self._runner = web.ServerRunner(_HttpServer(self._handle), handle_signals=False, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=context)
        await site.start()
        address: tuple[Any, ...] = self._runner.addresses[0]
        bound: int = address[1]
        return bound

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, asked: web.BaseRequest) -> web.StreamResponse:
        request = await _request(asked)
        if isinstance(request, Response):
            return _response(request, close=True)
        try:
            return _response(await self._answer(request))
        except (RequestLostError, ResponseLostError):
            if asked.transport is not None:
                asked.transport.abort()
            return web.Response()
        except Exception:  # noqa: BLE001 - the boundary of this layer: every request has an answer
            _log.exception("The sandbox failed to answer %s %s", request.method, request.path)
            message = "The server encountered an internal error. Please retry the request."
            return _response(errors.arm_error(500, "InternalServerError", message))

    async def _answer(self, request: Request) -> Response:
        for desk in self._desks:
            response = desk.answer(request)
            if response is not None:
                return response
        if not self._sandbox.serves(request):
            message = f"Nothing is simulated here at the host '{request.host}' and the path '{request.path}'."
            return errors.arm_error(404, "NotFound", message)
        status = 0
        try:
            response = await self._sandbox.handle(request, self._sign_in)
            status = response.status
            return response
        finally:
            if self._told is not None:
                self._told(request, status)


class _HttpServer(web.Server):
    """Makes a protocol for each connection."""

    def __call__(self) -> RequestHandler:
        """The protocol of a new connection."""
        return _HttpProtocol(
            self,
            loop=asyncio.get_running_loop(),
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            lingering_time=STOP_SECONDS,
        )

    def _make_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MOST_BYTES)


class _HttpProtocol(RequestHandler):
    """Reports in Azure's envelope what is wrong with a request that is not HTTP."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The refusal, in our own words."""
        if request.writer.output_size > 0:
            raise ConnectionError("A response was begun already.")
        if status >= 500:
            _log.error("The server failed to answer a request", exc_info=exc)
            return _response(errors.arm_error(status, "InternalServerError", "An internal error occurred."), close=True)
        return _response(errors.arm_error(status, "BadRequest", "The request is not valid HTTP."), close=True)


async def _request(asked: web.BaseRequest) -> Request | Response:
    """The request as the sandbox sees it, or why it cannot be read (texts chosen)."""
    host = asked.headers.get("Host", "")
    if not HOST.fullmatch(host):
        return errors.arm_error(400, "InvalidHostHeader", "The 'Host' header is missing or invalid.")
    if not asked.raw_path.startswith("/"):
        return errors.arm_error(400, "InvalidRequestUri", "The request target must be a path.")
    body = await _body(asked)
    if isinstance(body, Response):
        return body
    # Bytes that are not UTF-8 come as lone surrogates, which nothing can send on.
    url = f"https://{host}{asked.raw_path}".encode(errors="replace").decode()
    return Request(asked.method.upper(), url, dict(asked.headers), body)


async def _body(asked: web.BaseRequest) -> bytes | Response:
    """The request's body, or why it cannot be read."""
    too_large = errors.arm_error(
        413, "RequestEntityTooLarge", f"The request body is larger than the limit of {MOST_BYTES} bytes."
    )
    if (asked.content_length or 0) > MOST_BYTES:
        return too_large
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await asked.read()
    except web.HTTPRequestEntityTooLarge:
        return too_large
    except TimeoutError:
        return errors.arm_error(408, "RequestTimeout", "The request body did not arrive in time.")
    except (web.RequestPayloadError, ConnectionError):
        # If the client has gone, nobody reads this.
        return errors.arm_error(400, "InvalidRequestContent", "The request body ended early or is badly encoded.")


def _response(response: Response, *, close: bool = False) -> web.StreamResponse:
    """The response for aiohttp, which sets the length and the date by itself."""
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    if response.status == HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = "0"
    found = web.Response(status=response.status, body=response.body, headers=headers)
    if close or headers.get("Connection") == "close":
        found.force_close()
    return found
