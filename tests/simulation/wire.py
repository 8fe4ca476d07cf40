"""A server for HTTP over TLS that answers from a sandbox and alters the bytes of responses as a script says."""

import asyncio
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.patience import PATIENCE_SECONDS
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import NoResponseError, RequestLostError, ResponseLostError
from tui.sandbox.http import Request, Response


@dataclass(frozen=True)
class Reply:
    """The bytes to send on a connection, and what then happens to the connection.

    Attributes:
        data: The raw bytes.
        closes: Whether the connection is closed afterwards.
        resets: Whether it is reset instead.
        stalls: Whether nothing follows, and the connection stays open until the client closes it.
    """

    data: bytes
    closes: bool = False
    resets: bool = False
    stalls: bool = False


class Script:
    """Decides what happens to each request; this base class alters nothing."""

    def passes(self, request: Request) -> bool:
        """Whether a request reaches the sandbox; called once for each request, in order."""
        return True

    def reply(self, request: Request, response: Response | None) -> Reply:
        """The reply to the client; `response` is None if the request did not reach the sandbox."""
        assert response is not None
        return Reply(rendered(response))


def rendered(response: Response) -> bytes:
    """A response as bytes, with the correct length."""
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    headers["Content-Length"] = str(len(response.body))
    lines = [f"HTTP/1.1 {response.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + response.body


class Wire:
    """The server, in its own thread; sandbox and script can be replaced between two histories.

    Args:
        folder: The folder for the certificate of its authority.
    """

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        self.box = Sandbox()
        self.script = Script()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """The address of Resource Manager."""
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start listening."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._thread.start()
        listening = asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(PATIENCE_SECONDS)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close all connections, and end the thread."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(PATIENCE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError):
                while (request := await self._read(reader)) is not None and await self._answer(request, reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
        return Request(method, f"{self.address}{target}", headers, await reader.readexactly(length))

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer a request, and return whether the connection stays open."""
        script = self.script
        response: Response | None = None
        if script.passes(request):
            try:
                response = await self.box.handle(request)
            except (RequestLostError, ResponseLostError, NoResponseError):
                writer.transport.abort()
                return False
        reply = script.reply(request, response)
        writer.write(reply.data)
        if reply.resets:
            await _flushed(writer)
            writer.transport.abort()
            return False
        await writer.drain()
        if reply.stalls:
            await reader.read()
        return not (reply.closes or reply.stalls)


async def _flushed(writer: asyncio.StreamWriter) -> None:
    """Give the event loop a turn to send the written bytes before the connection is reset."""
    with suppress(ConnectionError):
        await writer.drain()
    await asyncio.sleep(0)
