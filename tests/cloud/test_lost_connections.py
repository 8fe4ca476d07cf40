"""Failed connections: the reason, the host and the proxy are named immediately, in sparkpool's own words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import HttpRequest
from azure.core.rest import HttpRequest as RestRequest

from tui.cloud import pipeline
from tui.cloud.answers import refusal_in
from tui.cloud.azure import AzureCloud
from tui.cloud.connection import network_transport
from tui.cloud.credentials import SignInOptions
from tui.cloud.disconnections import held_reason
from tui.cloud.errors import problem_from
from tui.cloud.network import network_from
from tui.cloud.profile import profile_from
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import RequestWait
from tui.domain.request_waits import report_waits_to
from tui.domain.sign_in import SignInChoice, SignInMethod

_OF_LIBRARIES = (
    "ssl:<",
    "message=",
    "Bad status line",
    "url=",
    "Errno",
    "object at",
    "HTTPConnection",
    "ClientConnector",
)
PAGE = b"<html><head><title>Ask the help desk</title></head></html>"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Server:
    """A server that answers every connection with the same bytes, or never.

    Attributes:
        host: Its host and port.
        accepted: How many connections it has accepted.
    """

    def __init__(self, answer: bytes | None) -> None:
        self.host = ""
        self.accepted = 0
        self._answer = answer
        self._ended = asyncio.Event()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._answer is None:
            await self._ended.wait()
        else:
            await reader.read(65_536)
            writer.write(self._answer)
        writer.close()

    def end(self) -> None:
        self._ended.set()


@asynccontextmanager
async def server(answer: bytes | None) -> AsyncIterator[Server]:
    one = Server(answer)
    listening = await asyncio.start_server(one.take, "127.0.0.1", 0)
    one.host = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        one.end()
        listening.close()


async def closed_port() -> str:
    async with server(b"") as gone:
        return gone.host


async def failure(url: str) -> AzureError:
    async with network_transport(network_from(connect_seconds=2.0, read_seconds=2.0)) as transport:
        with pytest.raises(AzureError) as raised:
            await transport.send(HttpRequest("GET", url))
    return raised.value


def shown(error: AzureError) -> Problem:
    problem = problem_from(error, "list it")
    assert problem.kind is ProblemKind.CONNECTION
    assert not [sign for sign in _OF_LIBRARIES if sign in problem.report], problem.report
    return problem


async def test_a_response_that_is_not_http_is_reported_as_such() -> None:
    async with server(b"SSH-2.0-OpenSSH_9.6\r\n\r\n") as other:
        problem = shown(await failure(f"http://{other.host}/subscriptions"))

    assert problem.title == "Could not list it: the answer is not HTTP."
    assert problem.cause == f"The host was {other.host}."


async def test_a_closed_port_an_unknown_host_and_a_dropped_connection_name_the_host() -> None:
    gone = await closed_port()
    async with server(b"") as cutting:
        hosts = {
            gone: "the connection was refused",
            "nowhere.invalid": "the address could not be found",
            cutting.host: "the connection was lost before an answer came",
        }
        for host, what in hosts.items():
            error = await failure(f"http://{host}/")
            problem = shown(error)
            assert problem.title == f"Could not list it: {what}."
            assert problem.cause == f"The host was {host}."
            assert host in held_reason(error)


async def test_https_to_a_plain_http_server_is_reported_as_no_secure_connection() -> None:
    async with server(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as plain:
        problem = shown(await failure(f"https://{plain.host}/"))

    assert "no secure connection could be made" in problem.title


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "ftp"])
async def test_a_proxy_with_another_scheme_is_reported_as_unsupported(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://eve:secret@127.0.0.1:1080")
    problem = shown(await failure("https://management.azure.com/"))

    reason = f"{scheme}:// is not supported, only http:// and https://"
    assert problem.title == f"Could not list it: the proxy in HTTPS_PROXY cannot be used: {reason}."
    assert "secret" not in problem.report


@pytest.mark.parametrize(
    ("user", "reason"),
    [("", "requires a user name and a password"), ("eve:secret@", "does not accept the user name and password")],
)
async def test_a_407_from_a_proxy_shows_where_the_password_goes_and_quotes_its_page(
    monkeypatch: pytest.MonkeyPatch, user: str, reason: str
) -> None:
    head = f"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: {len(PAGE)}\r\n\r\n".encode()
    async with server(head + PAGE) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}{proxy.host}")
        problem = shown(await failure("https://management.azure.com/"))

    assert f"the proxy {proxy.host} refused it: 407" in problem.title
    assert reason in problem.cause
    assert 'The proxy says: "Ask the help desk".' in problem.cause
    assert "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in problem.advice
    assert "secret" not in problem.report


@pytest.mark.parametrize("rest", [False, True])
async def test_an_error_response_with_damaged_compression_is_still_a_refusal(rest: bool) -> None:
    body = b"\x1f\x8bnot gzip at all"
    head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    answer = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    async with server(answer) as broken, network_transport(network_from()) as transport:
        request = RestRequest if rest else HttpRequest
        try:
            response = await transport.send(request("GET", f"http://{broken.host}/"))
        except AzureError as error:
            problem = problem_from(error, "list it")
        else:
            assert refusal_in(response).message
            problem = problem_from(HttpResponseError(response=response), "list it")

    assert problem.cause
    assert "without a message" not in problem.cause


async def test_the_first_lost_connection_names_the_reason_the_host_and_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = await closed_port()
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "11111111-1111-4111-8111-111111111111")
    profile = profile_from("Sandbox", {"authority": f"https://{gone}", "resource_manager": f"https://{gone}"})
    cloud = AzureCloud.signed_in_by(SignInChoice(SignInMethod.ENVIRONMENT), SignInOptions(profile, network_from()))
    listing = cloud.subscriptions()
    waits: asyncio.Queue[RequestWait] = asyncio.Queue()
    report_waits_to(waits.put_nowait)
    reading = asyncio.create_task(anext(listing, None))
    first = await waits.get()
    reading.cancel()
    await asyncio.wait({reading})
    await cloud.close()

    assert first.text.startswith(f"the connection was refused ({gone}), ")


async def test_a_sign_in_with_a_stalled_tls_handshake_is_tried_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SILENCE", 0.0)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "11111111-1111-4111-8111-111111111111")
    async with server(None) as silent:
        address = f"https://{silent.host}"
        profile = profile_from("Sandbox", {"authority": address, "resource_manager": address})
        network = network_from(connect_seconds=0.1, read_seconds=0.1)
        cloud = AzureCloud.signed_in_by(SignInChoice(SignInMethod.ENVIRONMENT), SignInOptions(profile, network))
        with pytest.raises(Problem) as refused:
            [page async for page in cloud.subscriptions()]
        await cloud.close()

    assert silent.accepted == 1
    assert silent.host in refused.value.cause
    assert "in time" in refused.value.title
