"""A `CONNECT` proxy on loopback, like a corporate proxy, that records the requested targets."""

import base64
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.patience import PATIENCE_SECONDS


class Proxy:
    """A running proxy.

    Attributes:
        url: Its address, as `HTTPS_PROXY` takes it.
        asked: The hosts and ports that clients asked it to connect to.
    """

    def __init__(self, user: str = "", password: str = "", refuse: str = "") -> None:
        self.asked: list[str] = []
        self._wanted = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._refuse = refuse
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                proxy.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        host, port = self._server.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, handler: socketserver.StreamRequestHandler) -> None:
        """Answer one client."""
        method, target, _ = handler.rfile.readline().decode().split(" ", 2)
        headers = {}
        while line := handler.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self.asked.append(target)
        if self._refuse or method != "CONNECT":
            handler.wfile.write(f"HTTP/1.1 {self._refuse or '405 Method Not Allowed'}\r\n\r\n".encode())
            return
        if self._wanted and headers.get("proxy-authorization") != f"Basic {self._wanted}":
            handler.wfile.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
            )
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_SECONDS) as other:
            handler.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pump = threading.Thread(target=_pump, args=(other, handler.connection), daemon=True)
            pump.start()
            _pump(handler.connection, other)
            pump.join(5)

    def stop(self) -> None:
        """Stop accepting clients."""
        self._server.shutdown()
        self._server.server_close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        source.settimeout(30)
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # One side has closed; closing both tells the other side.
        for one in (source, sink):
            one.close()


@contextmanager
def proxied(user: str = "", password: str = "", refuse: str = "") -> Iterator[Proxy]:
    """Run a proxy.

    Args:
        user: The required user name; empty for none.
        password: The password of that user.
        refuse: The status with which it refuses every request; empty to connect.
    """
    proxy = Proxy(user, password, refuse)
    try:
        yield proxy
    finally:
        proxy.stop()
