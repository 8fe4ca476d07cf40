"""Resolves names below ``localhost`` to this machine, as RFC 6761 says and not every resolver does.

Python imports this by itself where it is on the path; only the clients under test have it there.
"""

import socket
from typing import Any

_resolve = socket.getaddrinfo


def _getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
    below = isinstance(host, str) and host.endswith(".localhost")
    return _resolve("127.0.0.1" if below else host, *rest, **options)


socket.getaddrinfo = _getaddrinfo
