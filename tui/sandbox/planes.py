"""Which of Azure's planes a request is for: Resource Manager, or the data plane of one Synapse workspace."""

import re
from dataclasses import replace
from typing import Literal

from tui.sandbox.http import Request

Plane = Literal["arm", "synapse"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts that the box answers on when it is served over a socket."""

ARM_HOSTS = frozenset({"management.azure.com"}) | LOOPBACK

DEV_HOST = re.compile(r"([a-z0-9][a-z0-9-]*)\.(?:dev\.azuresynapse\.net|synapse\.localhost)")
"""The host of a workspace's data plane: Azure's own, and one that RFC 6761 keeps on this machine."""

DEV_PATH = re.compile(r"/synapse/([^/?#]+)(?=[/?#]|$)")
"""Where a workspace's data plane is on a loopback host, for clients that cannot be told how to resolve names."""


def data_plane(request: Request) -> tuple[str, Request] | None:
    """Return the workspace whose data plane is asked and the request as that sees it, or None for another plane."""
    found = DEV_HOST.fullmatch(request.host)
    if found:
        return found[1], request
    if request.host in LOOPBACK:
        rest = request.url.removeprefix(request.origin)
        prefix = DEV_PATH.match(rest)
        if prefix:
            return prefix[1].lower(), replace(request, url=request.origin + rest[prefix.end() :])
    return None


def dev_endpoint(request: Request, workspace: str) -> str:
    """Return where the workspace's data plane is for who asks Resource Manager on this host."""
    if request.host in LOOPBACK:
        return f"{request.origin}/synapse/{workspace}"
    return f"https://{workspace}.dev.azuresynapse.net"
