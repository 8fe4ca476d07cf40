"""The served sandbox answers hostile requests in Azure's error envelope and keeps running."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served, connected, envelope, raw, request, workspace

SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
MOST_BYTES = 4 * 1024 * 1024


SYNAPSE = "Microsoft.Synapse/workspaces"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as found:
        yield found
        status, errors = found.stop()
    assert (status, errors) == (0, "")  # nothing that these tests sent caused an error in the sandbox


@pytest.fixture(scope="module")
def token(served: Served) -> Iterator[str]:
    with served.token() as found:
        yield found


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/subscriptions", 400),
        ("GET", "/subscriptions?api-version=1999-01-01", 400),
        ("GET", "/subscriptions?api-version=%00%ff", 400),
        ("DELETE", SUBSCRIPTIONS, 405),
        ("BREW", SUBSCRIPTIONS, 400),
        ("GET", "/", 404),
        ("GET", "//", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/subscriptions/%00?api-version=2022-12-01", 404),
        ("GET", f"/subscriptions/%ff%fe/resourceGroups/[red]/providers/{SYNAPSE}?api-version=2021-06-01", 404),
        ("GET", "/synapse/syn-prod//nowhere?api-version=2020-12-01", 401),
        ("GET", "/subscriptions/" + "a" * 20_000 + "?api-version=2022-12-01", 404),
        ("GET", "/" + "a/" * 9_000, 404),
        ("GET", "/providers/Microsoft.Authorization/roleAssignments/%00?api-version=2022-04-01", 404),
        ("PUT", "/providers/Microsoft.Authorization/roleAssignments/x?api-version=2022-04-01", 403),
        ("GET", "/subscriptions/x/providers/a" + "/b/c" * 5_000 + "/providers/Microsoft.Authorization/lock", 404),
        ("GET", "/metadata/endpoints%00", 404),
        ("POST", "/metadata/endpoints", 405),
        ("GET", "/metadata/identity/oauth2/token", 400),
    ],
)  # fmt: skip
def test_a_hostile_request_line_gets_an_error_envelope(
    served: Served, token: str, method: str, target: str, status: int
) -> None:
    answer = raw(served, request(method, target, token))
    if target.startswith("/metadata/identity"):
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "invalid_request"
    else:
        assert envelope(answer)[0] == status


def test_an_overlong_line_is_cut_off_and_the_next_client_is_served(served: Served, token: str) -> None:
    endless = (
        request("GET", "/subscriptions/" + "a" * 200_000, token),
        request("GET", SUBSCRIPTIONS, token, X="a" * 100_000),
    )
    for sent in endless:
        answer = raw(served, sent)
        # The connection closes while the client is still sending, so the response may be lost.
        assert answer == b"" or envelope(answer)[0] == 400
        assert raw(served, request("GET", SUBSCRIPTIONS, token)).startswith(b"HTTP/1.1 200 ")


def test_any_page_offset_returns_a_page(served: Served, token: str) -> None:
    for skip in ("9" * 9000, "-1", "%D9%A3", "x"):
        target = f"{workspace(served)}/computes?api-version=2023-04-01&$skip={skip}"
        assert raw(served, request("GET", target, token)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b"[" * 200_000, 400),
        (b'{"a":' * 100_000, 400),
        (b'{"location": "x", "properties": {"computeType": NaN}}', 400),
        (b'{"location": 1, "properties": {"computeType": "SynapseSpark", "resourceId": []}}', 400),
        (b'{"location": "x", "properties": {"computeType": "AmlCompute"}, "identity": {"type": ["x"]}}', 400),
        (b'{"location": "x", "properties": {"computeType": "AmlCompute"}, "tags": [1]}', 400),
        (b"1" * 10_000, 400),
        (b" " * (MOST_BYTES + 1), 413),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_a_hostile_body_gets_an_error_envelope(served: Served, token: str, body: bytes, status: int) -> None:
    target = f"{workspace(served)}/computes/hostile?api-version=2023-04-01"
    assert envelope(raw(served, request("PUT", target, token, body)))[0] == status


def test_half_a_surrogate_pair_is_stored_and_shown(served: Served, token: str) -> None:
    body = b'{"location": "x", "properties": {"computeType": "AmlCompute", "description": "\\ud800"}}'
    target = f"{workspace(served)}/computes/surrogate?api-version=2023-04-01"
    assert raw(served, request("PUT", target, token, body)).startswith(b"HTTP/1.1 201 ")
    answer = raw(served, request("GET", target, token))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["properties"]["description"] == "?"


def test_a_body_of_unknown_length_is_limited_too(served: Served, token: str) -> None:
    target = f"{workspace(served)}/computes/hostile?api-version=2023-04-01"
    head = request("PUT", target, token, Transfer_Encoding="chunked")
    megabyte = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    assert envelope(raw(served, head, *[megabyte] * 4, b"10\r\n" + b" " * 16 + b"\r\n"))[0] == 413


def test_an_incomplete_body_affects_only_its_own_connection(served: Served, token: str) -> None:
    target = f"{workspace(served)}/computes/hostile?api-version=2023-04-01"
    cut = request("PUT", target, token, b"{}", Content_Length="500")
    with connected(served) as connection:
        connection.sendall(cut)
    badly_chunked = request("PUT", target, token, Transfer_Encoding="chunked") + b"zz\r\n"
    assert envelope(raw(served, badly_chunked))[0] == 400
    assert raw(served, request("GET", SUBSCRIPTIONS, token)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /subscriptions HTTP/1.1\r\n\r\n",
        b"GET /subscriptions HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        b"GET /subscriptions HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        b"GET https://example.com/subscriptions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /subscriptions HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=lambda value: repr(value[:30]),
)
def test_malformed_http_gets_an_error_envelope(served: Served, sent: bytes) -> None:
    assert envelope(raw(served, sent))[0] in {400, 404, 405}


def test_headers_can_contain_any_bytes(served: Served, token: str) -> None:
    headers = {
        "x_ms_return_client_request_id": "true",
        "x_ms_client_request_id": "\udcff\udcfe",
        "x_ms_correlation_request_id": "\udcff",
    }
    answer = raw(served, request("GET", SUBSCRIPTIONS, token, b"", **headers))
    assert answer.startswith(b"HTTP/1.1 200 ")
    answer = raw(served, request("GET", SUBSCRIPTIONS, Authorization="Bearer \udcff.\udcfe.\udcfd"))
    assert envelope(answer)[0] == 401


def test_plain_http_is_refused_and_the_certificate_is_not_trusted_by_default(served: Served, token: str) -> None:
    host, port = served.host_and_port
    with closing(socket.create_connection((host, port), timeout=PATIENCE_SECONDS)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"HTTP" not in plain.recv(1000)
    with pytest.raises(ssl.SSLCertVerificationError), closing(socket.create_connection((host, port))) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname=host)


async def test_concurrent_clients_each_get_their_own_response(served: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    base = served.resource_manager

    async def attach(session: ClientSession, number: int) -> tuple[int, str]:
        name = f"crowd-{number:02d}"
        body = {"location": "x", "properties": {"computeType": "AmlCompute"}, "tags": {"mine": name}}
        url = f"{base}{workspace(served)}/computes/{name}?api-version=2023-04-01"
        async with session.put(url, json=body, headers=headers) as answer:
            assert answer.status == 201
        async with session.get(url, headers=headers) as answer:
            return answer.status, (await answer.json())["tags"]["mine"]

    async with ClientSession(connector=TCPConnector(ssl=served.tls(), limit=50)) as session:
        found = await asyncio.gather(*(attach(session, number) for number in range(50)))
        same = f"{base}{workspace(served)}/computes/same?api-version=2023-04-01"
        body = {"location": "x", "properties": {"computeType": "AmlCompute"}}

        async def put() -> int:
            async with session.put(same, json=body, headers=headers) as answer:
                return answer.status

        statuses = await asyncio.gather(*(put() for _ in range(20)))
    assert found == [(200, f"crowd-{number:02d}") for number in range(50)]
    assert set(statuses) == {201, 409}
    assert statuses.count(201) == 1
