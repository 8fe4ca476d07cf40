"""Proxies: whether an address can be used, which variable sets it, and what a proxy says when it refuses."""

import asyncio
import os
from base64 import b64encode
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from tui.cloud.bodies import decoded, parse
from tui.cloud.failures import ProxyUnusable

_SCHEMES = ("http", "https")
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")
_PAGE_SECONDS = 5.0
_PAGE_BYTES = 16_384


def check_proxy(proxy: str | None) -> None:
    """Check that a proxy's address can be used; None is a direct connection.

    Raises:
        ProxyUnusable: If not; the reason repeats no part that may hold a password.
    """
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ProxyUnusable(variable_of(proxy), "its address cannot be read") from None
    if parts.scheme.lower() not in _SCHEMES:
        reason = f"{parts.scheme}:// is not supported, only http:// and https://"
        raise ProxyUnusable(variable_of(proxy), reason)
    if not host or port == 0:
        raise ProxyUnusable(variable_of(proxy), "its address names no host and port")


def variable_of(proxy: str) -> str:
    """The variable that sets a proxy's URL."""
    ending = proxy.partition("://")[2] or proxy
    for name in _VARIABLES:
        value = os.environ.get(name, "")
        if value and (value.partition("://")[2] or value).rstrip("/") == ending.rstrip("/"):
            return name
    return "HTTPS_PROXY"


def has_user(proxy: str) -> bool:
    """Whether a proxy's address includes a user."""
    return "@" in proxy


async def page_of(proxy: str, host: str) -> str:
    """What a proxy says when it refuses to connect: the title or first line of its page; empty without one.

    aiohttp drops that page, so the proxy is asked once more; only the host is sent to it. The proxy's URL may hold a
    password.
    """
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname:
        return ""
    with suppress(OSError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_PAGE_SECONDS):
            return _first_words(await _answer(parts.hostname, parts.port or 80, host, _authorization(proxy)))
    return ""


def _authorization(proxy: str) -> str:
    parts = urlsplit(proxy)
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode()}\r\n"


async def _answer(proxy_host: str, proxy_port: int, host: str, authorization: str) -> bytes:
    """The body of a proxy's answer, as far as it arrives at once."""
    reader, writer = await asyncio.open_connection(proxy_host, proxy_port)
    try:
        writer.write(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{authorization}Connection: close\r\n\r\n".encode())
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " in head.partition(b"\r\n")[0]:
            return b""
        length = next(
            (line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
            b"",
        ).strip()
        body = b""
        expected = min(int(length), _PAGE_BYTES) if length.isdigit() else _PAGE_BYTES
        while len(body) < expected and (chunk := await reader.read(expected - len(body))):
            body += chunk
        return body
    finally:
        writer.close()


def _first_words(body: bytes) -> str:
    text = decoded(body)
    return parse(text).text[:200] if text else ""
