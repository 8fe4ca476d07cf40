"""The sandbox served over TLS in a process of its own, as any client on the machine reaches it."""

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.identity import ClientSecretCredential

from tests.support.patience import PATIENCE_SECONDS


class Served:
    """A served sandbox, with the connection details that it printed when it was ready as attributes.

    Args:
        arguments: More command-line arguments.
    """

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui.sandbox", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"The sandbox did not start: {self._process.communicate()[1]}")
        self.told: dict[str, str] = json.loads(line)

    def __getattr__(self, name: str) -> str:
        try:
            return self.told[name]
        except KeyError as error:
            raise AttributeError(name) from error

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.told["resource_manager"].removeprefix("https://").rpartition(":")
        return host.strip("[]"), int(port)

    def tls(self) -> ssl.SSLContext:
        """A TLS context that trusts only this sandbox."""
        return ssl.create_default_context(cafile=self.told["ca_file"])

    def credential(self, **options: Any) -> ClientSecretCredential:
        """The credential of the sandbox's application."""
        settings = {
            "authority": self.told["login"],
            "disable_instance_discovery": True,
            "connection_verify": self.told["ca_file"],
            **options,
        }
        return ClientSecretCredential(
            self.told["tenant"], self.told["client_id"], settings.pop("secret", self.told["client_secret"]), **settings
        )

    @contextmanager
    def token(self, scope: str = "https://management.azure.com/.default") -> Iterator[str]:
        credential = self.credential()
        try:
            yield credential.get_token(scope).token
        finally:
            credential.close()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop the sandbox with a signal, and return its exit status and error output."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        errors = self._process.communicate(timeout=PATIENCE_SECONDS)[1]
        return self._process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def connected(served: Served) -> Iterator[ssl.SSLSocket]:
    """Open a TLS connection for arbitrary bytes."""
    host, port = served.host_and_port
    with (
        closing(socket.create_connection((host, port), timeout=PATIENCE_SECONDS)) as plain,
        closing(served.tls().wrap_socket(plain, server_hostname=host)) as connection,
    ):
        yield connection


def raw(served: Served, *parts: bytes) -> bytes:
    """Send raw bytes and return everything received until the server closes."""
    received = bytearray()
    # The server may close before it has read the whole body of a request that it refuses.
    with connected(served) as connection, suppress(ConnectionError, ssl.SSLEOFError):
        for part in parts:
            connection.sendall(part)
        while chunk := connection.recv(65_536):
            received += chunk
    return bytes(received)


def envelope(answer: bytes) -> tuple[int, str]:
    """The status and error code of a response, after checking that it has Azure's error envelope and no traceback."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Traceback" not in answer
    assert b"aiohttp" not in body
    error = json.loads(body)["error"]
    assert error["code"]
    assert error["message"]
    return int(head.split()[1]), error["code"]


def request(method: str, target: str, token: str = "", body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request after which the server closes; underscores in header names become dashes."""
    told = {"Host": "127.0.0.1", "Connection": "close"}
    told |= {name.replace("_", "-"): text for name, text in headers.items()}
    if token:
        told["Authorization"] = f"Bearer {token}"
    if body:
        told.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def workspace(served: Served) -> str:
    """The ARM id of the served workspace."""
    return (
        f"/subscriptions/{served.subscription}/resourceGroups/{served.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{served.workspace}"
    )
