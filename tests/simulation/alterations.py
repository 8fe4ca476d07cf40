"""What can go wrong with one response: its status, headers, encoding, body, length, delay, or the connection."""

import gzip
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation.wire import Reply, Script, rendered
from tui.sandbox.http import Request, Response

FIRST_STATUS, LAST_STATUS = 200, 599
MAY_HAVE_ACTED = (*range(200, 400), 408, *range(500, 600))
"""Responses that do not tell whether Azure acted; all others say that it did not (RFC 9110)."""

BELIEVED = (404, 409, 410)
"""Responses that settle an outcome; a false one cannot be distinguished from a true one."""

RETRY_AFTER = (
    "0",
    "-1",
    "1.5",
    "1e9",
    "999999999999",
    "9" * 400,
    "NaN",
    "soon",
    "",
    "Wed, 21 Oct 2099 07:28:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Sun, 99 Foo 99999 99:99:99 GMT",
)
ADDRESSES = (
    "",
    "/",
    "//",
    "https://[::1",
    "https://127.0.0.1:99999999/x",
    "https://127.0.0.1:0/x",
    "http://127.0.0.1/x",
    "https://evil.example/x",
    "https://management.azure.com@evil.example/x",
    "ftp://127.0.0.1/x",
    "javascript:x",
    "https://\u2025/x",
    "x" * 9000,
)
HEADERS: dict[str, Sequence[str]] = {
    "Retry-After": RETRY_AFTER,
    "retry-after-ms": RETRY_AFTER,
    "Azure-AsyncOperation": ADDRESSES,
    "Location": ADDRESSES,
    "Content-Encoding": ("gzip", "deflate", "br", "zstd", "x", "gzip, gzip", ""),
    "Content-Type": (
        "",
        "text/html",
        "application/json; charset=utf-16",
        "application/json; charset=x",
        "x/y/z",
        "\x7f",
    ),
    "Content-Length": ("0", "5", "999999", "-1", "x"),
    "Transfer-Encoding": ("chunked", "gzip", "x"),
    "Connection": ("close", "upgrade"),
    "x-ms-request-id": ("", "\x1b]52;c;eA==\x07", "9" * 3000),
    "x-ms-error-code": ("", "ScopeLocked", "<script>"),
    "WWW-Authenticate": ("", "Bearer", 'Bearer claims="!!"', 'Bearer error="insufficient_claims", claims="e30="'),
    "Set-Cookie": ("a=b",),
}
STEERING = ("Retry-After", "Azure-AsyncOperation", "Location", "Content-Encoding")
"""Headers that a client acts on, drawn more often."""
BODIES = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"42",
    b'"text"',
    b"true",
    b"NaN",
    b"[" * 2000,
    b"\x00\xff\xfe",
    b"<html><head><title>Gateway</title></head><body>busy</body></html>",
    b'<?xml version="1.0"?><Error><Code>Busy</Code><Message>later</Message></Error>',
    b'{"error": {"code": "X", "message": "\\ud800\\u001b[2J"}}',
    b'{"error": "text"}',
    b'{"error": null}',
    b'{"status": 5}',
    b'{"status": "Weird"}',
    b'{"status": null, "error": []}',
    b'{"properties": null}',
    b'{"id": 5, "name": [], "properties": []}',
    gzip.compress(b"{}"),
)


@dataclass(frozen=True)
class Alteration:
    """One faulty response.

    Attributes:
        chosen: The requests that it can affect, as a method and a pattern of the path.
        after: How many such requests come before.
        name: What happens to the response.
        acts: Whether the request reaches the sandbox first.
        make: Makes the reply from the sandbox's response.
    """

    chosen: tuple[str, str]
    after: int
    name: str
    acts: bool
    make: Callable[[Request, Response], Reply]

    def __str__(self) -> str:
        method, path = self.chosen
        return f"{method} {path} after {self.after}: {self.name}{'' if self.acts else ', not acted upon'}"


class Altering(Script):
    """Applies each alteration once.

    Args:
        alterations: The alterations.
    """

    def __init__(self, alterations: Sequence[Alteration]) -> None:
        self._left = {number: alteration.after for number, alteration in enumerate(alterations)}
        self._alterations = alterations
        self._struck: Alteration | None = None

    def passes(self, request: Request) -> bool:
        self._struck = None
        for number, left in tuple(self._left.items()):
            alteration = self._alterations[number]
            method, path = alteration.chosen
            if request.method != method or not re.search(path, request.path):
                continue
            self._left[number] -= 1
            if left == 0 and self._struck is None:
                del self._left[number]
                self._struck = alteration
        return self._struck is None or self._struck.acts

    def reply(self, request: Request, response: Response | None) -> Reply:
        if self._struck is None:
            return super().reply(request, response)
        return self._struck.make(request, response or Response(202))


def drawn(source: random.Random, chosen: tuple[str, str], after: int, documents: Sequence[Any]) -> Alteration:
    """Draw an alteration.

    Args:
        source: The source of randomness.
        chosen: The requests that it can affect.
        after: How many such requests come before.
        documents: Other resources that Azure could describe instead.
    """
    acts = source.random() < 0.8
    name, acts, make = _DRAW[source.choice(sorted(_DRAW))](source, acts, documents)
    return Alteration(chosen, after, name, acts, make)


Make = Callable[[Request, Response], Reply]
Drawn = tuple[str, bool, Make]


def _status(source: random.Random, acts: bool, _: Sequence[Any]) -> Drawn:
    status = source.randint(FIRST_STATUS, LAST_STATUS)
    status = 500 if status in BELIEVED else status
    empty = source.random() < 0.5
    extra = {"Retry-After": source.choice(RETRY_AFTER)} if source.random() < 0.3 else {}
    name = f"status {status}{', empty' if empty else ''} {extra or ''}".rstrip()
    return name, acts and status in MAY_HAVE_ACTED, _with_status(status, empty, extra)


def _header(source: random.Random, _: bool, __: Sequence[Any]) -> Drawn:
    name = source.choice((*sorted(HEADERS), *STEERING * 3))
    value = source.choice(HEADERS[name])
    return f"{name}: {value[:60]!r}", True, _with_header(name, value)


def _body(source: random.Random, _: bool, __: Sequence[Any]) -> Drawn:
    body = source.choice((*BODIES, None, None))
    name = repr(body[:40]) if body is not None else "with an altered member"
    return f"body {name}", True, _with_body(body, source.random())


def _other(source: random.Random, _: bool, documents: Sequence[Any]) -> Drawn:
    document = source.choice(documents)
    return f"the body of {document['id'].rpartition('/')[2]}", True, _with_document(document)


def _cut_off(source: random.Random, acts: bool, _: Sequence[Any]) -> Drawn:
    share, resets = source.random(), source.random() < 0.5
    return f"cut at {share:.2f}, {'reset' if resets else 'closed'}", acts, _cut(share, resets=resets)


def _silent(source: random.Random, acts: bool, _: Sequence[Any]) -> Drawn:
    return "silence", acts, _silence(source.random() if acts else 0.0)


def _repeated(_: random.Random, __: bool, ___: Sequence[Any]) -> Drawn:
    return "twice", True, _twice


def _informed(_: random.Random, __: bool, ___: Sequence[Any]) -> Drawn:
    return "early hints", True, _early


def _with_status(status: int, empty: bool, extra: dict[str, str]) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        body = b"" if empty else response.body
        return Reply(rendered(Response(status, {**response.headers, **extra}, body)), closes=status in (204, 304))

    return make


def _with_header(name: str, value: str) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        head, blank, body = rendered(response).partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(name.lower().encode() + b":")]
        lines.append(f"{name}: {value}".encode("latin-1", "replace"))
        # A wrong length makes the connection unusable.
        return Reply(b"\r\n".join(lines) + blank + body, closes=True)

    return make


def _with_body(body: bytes | None, where: float) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        made = body if body is not None else _without_a_member(response.body, where)
        return Reply(rendered(Response(response.status, response.headers, made)))

    return make


def _without_a_member(body: bytes, where: float) -> bytes:
    """A JSON object in which one member has another type."""
    try:
        document = json.loads(body)
    except ValueError:
        return body[: int(len(body) * where)]
    if not isinstance(document, dict) or not document:
        return b"{}"
    keys = sorted(key for key in document if key not in ("status", "value"))
    if keys:
        document[keys[int(where * len(keys))]] = (None, 5, "\u202e", [], {}, True)[int(where * 600) % 6]
    return json.dumps(document).encode()


def _with_document(document: Any) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        return Reply(rendered(Response(response.status, response.headers, json.dumps(document).encode())))

    return make


def _cut(share: float, *, resets: bool) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        data = rendered(response)
        return Reply(data[: int(len(data) * share)], closes=True, resets=resets)

    return make


def _silence(share: float) -> Callable[[Request, Response], Reply]:
    def make(_: Request, response: Response) -> Reply:
        data = rendered(response)
        return Reply(data[: int(len(data) * share)] if share > 0.3 else b"", stalls=True)

    return make


def _twice(_: Request, response: Response) -> Reply:
    return Reply(rendered(response) * 2, closes=True)


def _early(_: Request, response: Response) -> Reply:
    return Reply(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + rendered(response))


_DRAW: dict[str, Callable[[random.Random, bool, Sequence[Any]], Drawn]] = {
    "body": _body,
    "body of another": _other,
    "cut": _cut_off,
    "early hints": _informed,
    "header": _header,
    "header again": _header,
    "silence": _silent,
    "status": _status,
    "status again": _status,
    "twice": _repeated,
}
