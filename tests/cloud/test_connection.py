"""The network transport: requests that were never sent are distinguished from those that may have arrived."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from azure.core.exceptions import DecodeError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import ContentDecodePolicy
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import HttpRequest

from tui.cloud import bounds
from tui.cloud.connection import network_transport
from tui.cloud.pipeline import JsonBodyPolicy


class RudeServer:
    """Answers the first request of each connection, and closes it at the second without a response."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            self.methods.append(head.split(b" ", 1)[0].decode())
            if turn == 0:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        writer.close()


@asynccontextmanager
async def listening_at(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Run a server that handles every connection the same way, and yield its URL."""
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    listening.close()
    await listening.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[RudeServer]:
    rude = RudeServer()
    listening = await asyncio.start_server(rude.serve, "127.0.0.1", 0)
    rude.port = listening.sockets[0].getsockname()[1]
    yield rude
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_write_is_not_sent_again_when_a_reused_connection_breaks(server: RudeServer, method: str) -> None:
    async with network_transport() as transport:
        await transport.send(HttpRequest("GET", f"http://127.0.0.1:{server.port}/"))
        with pytest.raises(ServiceResponseError):
            await transport.send(HttpRequest(method, f"http://127.0.0.1:{server.port}/"))

    assert server.methods == ["GET", method]


async def test_a_compressed_response_is_read_for_old_and_new_clients() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = gzip.compress(b'{"value": []}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with (
        listening_at(serve) as url,
        AsyncPipeline(network_transport(), policies=[JsonBodyPolicy()]) as pipeline,
    ):
        answers = [await pipeline.run(request) for request in (HttpRequest("GET", url), LegacyHttpRequest("GET", url))]

    assert [answer.context[ContentDecodePolicy.CONTEXT_NAME] for answer in answers] == [{"value": []}] * 2


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_reading_an_endless_body_stops_at_the_size_limit(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setattr(bounds, "MOST_BYTES", 100_000)
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while True:
                writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
                await writer.drain()
        left.set()

    async with listening_at(serve) as url, network_transport() as transport:
        with pytest.raises(DecodeError, match="larger than"):
            await transport.send(HttpRequest(method, url))
        await left.wait()


def _deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", _deflated)])
@pytest.mark.parametrize(("size", "is_too_large"), [(99_999, False), (100_001, True), (10_000_000, True)])
async def test_a_compressed_body_is_not_decompressed_beyond_the_size_limit(
    monkeypatch: pytest.MonkeyPatch, encoding: str, pack: Callable[[bytes], bytes], size: int, is_too_large: bool
) -> None:
    monkeypatch.setattr(bounds, "MOST_BYTES", 100_000)
    body = pack(b'"' + b" " * (size - 2) + b'"')

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with listening_at(serve) as url, network_transport() as transport:
        if is_too_large:
            with pytest.raises(DecodeError, match="larger than"):
                await transport.send(HttpRequest("GET", url))
        else:
            assert len((await transport.send(HttpRequest("GET", url))).body()) == size


async def test_a_refused_connection_means_the_request_was_never_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with network_transport() as transport:
            with pytest.raises(ServiceRequestError):
                await transport.send(HttpRequest("PUT", f"http://127.0.0.1:{port}/"))
