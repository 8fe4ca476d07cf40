"""The transport over the network: what was never sent is told from what may have arrived."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import ContentDecodePolicy
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import HttpRequest

from tui.cloud.connection import network_transport
from tui.cloud.pipeline import JsonBodyPolicy


class RudeServer:
    """Answers the first request of each connection and hangs up on the second, without a word."""

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


@pytest.fixture
async def server() -> AsyncIterator[RudeServer]:
    rude = RudeServer()
    listening = await asyncio.start_server(rude.serve, "127.0.0.1", 0)
    rude.port = listening.sockets[0].getsockname()[1]
    yield rude
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_write_on_a_kept_connection_that_breaks_is_not_sent_again(server: RudeServer, method: str) -> None:
    async with network_transport() as transport:
        await transport.send(HttpRequest("GET", f"http://127.0.0.1:{server.port}/"))
        with pytest.raises(ServiceResponseError):
            await transport.send(HttpRequest(method, f"http://127.0.0.1:{server.port}/"))

    assert server.methods == ["GET", method]


async def test_a_compressed_answer_is_read_for_old_and_new_clients() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = gzip.compress(b'{"value": []}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with AsyncPipeline(network_transport(), policies=[JsonBodyPolicy()]) as pipeline:
        answers = [await pipeline.run(request) for request in (HttpRequest("GET", url), LegacyHttpRequest("GET", url))]
    listening.close()
    await listening.wait_closed()

    assert [answer.context[ContentDecodePolicy.CONTEXT_NAME] for answer in answers] == [{"value": []}] * 2


async def test_a_refused_connection_was_never_a_request() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with network_transport() as transport:
            with pytest.raises(ServiceRequestError):
                await transport.send(HttpRequest("PUT", f"http://127.0.0.1:{port}/"))
