"""The network: one certificate setting and one proxy rule, for the served sandbox over TLS."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import trustme
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.rest import HttpRequest
from azure.identity.aio import ClientSecretCredential

from tests.support.patience import PATIENCE_SECONDS
from tests.support.proxy import proxied
from tests.support.served import Served
from tui.cloud.azure import AzureCloud
from tui.cloud.connection import network_transport
from tui.cloud.errors import problem_from
from tui.cloud.failures import ProxyRefused, ProxyUnreachable, UnreadableAnswer, UntrustedCertificate
from tui.cloud.network import BadNetwork, Network, network_from, notes, without_password
from tui.cloud.profile import profile_from
from tui.domain.errors import Problem, ProblemKind

PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found


@pytest.fixture(scope="module")
def other() -> Iterator[Served]:
    """Another sandbox, with a different certificate authority."""
    with Served() as found:
        yield found


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def opened(served: Served, network: Network) -> AsyncIterator[AzureCloud]:
    """Connect to the served sandbox, with the application's sign-in on the same network."""
    profile = profile_from("Sandbox", {"authority": served.login, "resource_manager": served.resource_manager})
    credential = ClientSecretCredential(
        served.tenant,
        served.client_id,
        served.client_secret,
        authority=profile.authority,
        disable_instance_discovery=True,
        transport=network_transport(network),
        retry_total=0,
    )
    cloud = AzureCloud(credential, profile=profile, network=network)
    try:
        yield cloud
    finally:
        await cloud.close()


async def names(cloud: AzureCloud) -> set[str]:
    return {one.name async for page in cloud.subscriptions() for one in page.items}


# Certificates


@pytest.mark.parametrize("kind", ["empty", "other names", "other contents", "good"])
def test_a_certificate_folder_is_refused_if_openssl_would_find_no_certificate_in_it(tmp_path: Path, kind: str) -> None:
    authority = trustme.CA()
    if kind == "other names":
        authority.cert_pem.write_to_path(tmp_path / "company.pem")
    elif kind == "other contents":
        (tmp_path / "0a1b2c3d.0").write_text("-----BEGIN CERTIFICATE-----")
    elif kind == "good":
        authority.cert_pem.write_to_path(tmp_path / "0a1b2c3d.0")
    network = network_from(str(tmp_path), "--ca-file")
    if kind == "good":
        network.check()
        return
    with pytest.raises(BadNetwork, match=r"cannot be read: no certificate in it has a hashed name.*--ca-file"):
        network.check()


@pytest.mark.parametrize(
    ("variables", "file", "setting"),
    [
        ({}, "", ""),
        ({"SSL_CERT_FILE": "/a"}, "/a", "SSL_CERT_FILE"),
        ({"SSL_CERT_FILE": "/a", "REQUESTS_CA_BUNDLE": "/b"}, "/b", "REQUESTS_CA_BUNDLE"),
        ({"CURL_CA_BUNDLE": "/c", "SSL_CERT_DIR": "/d"}, "/c", "CURL_CA_BUNDLE"),
        ({"SSL_CERT_DIR": "/d"}, "/d", "SSL_CERT_DIR"),
        ({"REQUESTS_CA_BUNDLE": ""}, "", ""),
    ],
)
def test_each_certificate_variable_is_recognized(variables: dict[str, str], file: str, setting: str) -> None:
    found = network_from(environment=variables)
    assert (found.ca_file, found.ca_setting) == (file, setting)
    own = network_from("/mine", "--ca-file", variables)
    assert (own.ca_file, own.ca_setting) == ("/mine", "--ca-file")


def test_a_variable_that_disables_verification_is_reported_and_ignored() -> None:
    assert notes({}) == ()
    told = notes({"AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1"})
    assert told[0].startswith("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION is set: az does not verify certificates")
    context = network_from(environment={"AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1"}).tls()
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.check_hostname


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file or directory"), ("no certificate\n", "no certificate in PEM format")]
)
def test_unreadable_certificates_are_reported_with_the_file_and_the_setting(
    tmp_path: Path, content: str | None, why: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadNetwork) as bad:
        network_from(environment={"REQUESTS_CA_BUNDLE": str(path)}).check()
    assert str(path) in str(bad.value)
    assert why in str(bad.value)
    assert "Fix REQUESTS_CA_BUNDLE, or give another file with --ca-file." in str(bad.value)


async def test_one_certificate_file_is_used_for_the_clients_and_the_sign_in(served: Served) -> None:
    async with opened(served, network_from(served.ca_file)) as cloud:
        assert "Contoso Prod" in await names(cloud)


@pytest.mark.parametrize("which", ["other", "system"])
async def test_an_untrusted_certificate_names_the_file_and_the_setting(
    served: Served, other: Served, which: str
) -> None:
    network = network_from(other.ca_file) if which == "other" else Network()
    async with opened(served, network) as cloud:
        with pytest.raises(Problem) as refused:
            await names(cloud)
    host = served.resource_manager.removeprefix("https://")
    assert refused.value.kind is ProblemKind.CONNECTION
    assert refused.value.title == f"Could not list your subscriptions: the certificate of {host} is not trusted."
    if which == "other":
        assert f"only the certificates in {other.ca_file}, as --ca-file says" in refused.value.advice
    else:
        assert "Trusted: the certificates of this system." in refused.value.advice


async def test_an_untrusted_certificate_is_not_retried(served: Served, other: Served) -> None:
    async with network_transport(network_from(other.ca_file)) as transport:
        with pytest.raises(UntrustedCertificate):
            await transport.send(HttpRequest("GET", served.resource_manager))


async def test_a_missing_response_times_out_after_the_configured_time() -> None:
    # The operating system completes the connections, but nothing accepts them.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        async with network_transport(network_from(read_seconds=0.2)) as transport:
            with pytest.raises(ServiceResponseTimeoutError):
                await transport.send(HttpRequest("GET", url))


@asynccontextmanager
async def answering(*parts: bytes, pause: float = 0.0, cuts: bool = False) -> AsyncIterator[str]:
    """Run a server that answers with these parts, then repeats the last one or cuts the connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in chain(parts, repeat(parts[-1]) if pause else ()):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            if cuts:
                writer.transport.abort()
        except ConnectionError:
            pass  # the client has gone
        finally:
            writer.close()
            gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with asyncio.timeout(PATIENCE_SECONDS):
            await gone.wait()


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "parts",
    [(b"H",), (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), (_HEAD + b"\r\n", b" ")],
    ids=["status", "headers", "body"],
)
async def test_a_trickling_response_has_an_overall_time_limit(parts: tuple[bytes, ...]) -> None:
    async with (
        answering(*parts, pause=0.02) as url,
        network_transport(Network(connect_seconds=1.0, read_seconds=0.1)) as transport,
    ):
        async with asyncio.timeout(PATIENCE_SECONDS):
            # A library may fail to parse the trickle before the limit ends it; both leave the outcome unknown.
            with pytest.raises(ServiceResponseError):
                await transport.send(HttpRequest("PUT", url))


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate"])
@pytest.mark.parametrize("status", [200, 202, 404])
async def test_a_body_that_does_not_match_its_content_encoding_is_unreadable(encoding: bytes, status: int) -> None:
    head = b"HTTP/1.1 %d X\r\nContent-Encoding: %s\r\nContent-Length: 7\r\n\r\n" % (status, encoding)
    async with answering(head + b"no gzip") as url, network_transport() as transport:
        with pytest.raises(UnreadableAnswer):
            await transport.send(HttpRequest("GET", url))


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 201 Cre", _HEAD, _HEAD + b'\r\n{"id'])
async def test_a_connection_that_breaks_after_a_write_never_reports_the_write_as_unsent(sent: bytes) -> None:
    async with answering(sent or b" ", cuts=True) as url, network_transport() as transport:
        with pytest.raises(AzureError) as caught:
            await transport.send(HttpRequest("PUT", url))
    assert not isinstance(caught.value, ServiceRequestError)


# Proxies


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({}, "https://management.azure.com", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "https://management.azure.com", "http://p:3128"),
        ({"https_proxy": "p:3128"}, "https://management.azure.com", "http://p:3128"),
        ({"ALL_PROXY": "http://p:3128"}, "https://management.azure.com", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": ".azure.com"}, "https://management.azure.com", None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3:8443/", None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3/", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "*"}, "https://management.azure.com", None),
        ({"HTTP_PROXY": "http://p:3128"}, "http://169.254.169.254/metadata", None),
        ({"HTTP_PROXY": "http://p:3128"}, "https://management.azure.com", None),
    ],
)
def test_proxies_follow_the_same_rules_as_az(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Network().proxy_for(url) == proxy


async def test_requests_and_sign_in_use_the_proxy_unless_no_proxy_excludes_the_host(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = served.resource_manager.removeprefix("https://")
    with proxied("ana", "p@ss") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://ana:p%40ss@"))
        async with opened(served, network_from(served.ca_file)) as cloud:
            assert "Contoso Prod" in await names(cloud)
        # One connection for the sign-in and one for the clients.
        assert proxy.asked == [host, host]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with opened(served, network_from(served.ca_file)) as cloud:
            await names(cloud)
        assert len(proxy.asked) == 2


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"user": "ana", "password": "x"}, "refused it: 407 Proxy Authentication Required."),
        ({"refuse": "403 Forbidden"}, "refused it: 403 Forbidden."),
    ],
)
async def test_a_refusing_proxy_is_named_and_nothing_is_sent(
    served: Served, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], title: str
) -> None:
    with proxied(**options) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://eve:secret@"))
        async with opened(served, network_from(served.ca_file)) as cloud:
            with pytest.raises(Problem) as refused:
                await names(cloud)
        async with network_transport(network_from(served.ca_file)) as transport:
            with pytest.raises(ProxyRefused):
                await transport.send(HttpRequest("PUT", served.resource_manager))
    assert f"the proxy {without_password(proxy.url)} {title}" in refused.value.title
    assert "secret" not in refused.value.report


async def test_an_unreachable_proxy_is_named(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxied() as proxy:
        gone = proxy.url
    monkeypatch.setenv("HTTPS_PROXY", gone)
    async with network_transport(network_from(served.ca_file)) as transport:
        with pytest.raises(ProxyUnreachable) as refused:
            await transport.send(HttpRequest("PUT", served.resource_manager))
    problem = problem_from(refused.value, "list it")
    assert problem.title == f"Could not list it: the proxy {without_password(gone)} cannot be reached."
