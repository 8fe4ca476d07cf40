"""Which of Azure's planes a request is for: Resource Manager, or the data plane of one Synapse workspace."""

import re
from dataclasses import replace
from typing import Literal

from tui.sandbox.http import Request

Plane = Literal["arm", "synapse"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts of the sandbox when it is served over a socket."""

ARM_HOSTS = frozenset({"management.azure.com"}) | LOOPBACK

DEV_HOST = re.compile(r"([a-z0-9][a-z0-9-]*)\.(?:dev\.azuresynapse\.net|synapse\.localhost)")
"""The host of a workspace's data plane: Azure's own, and one that RFC 6761 reserves for this machine."""

DEV_PATH = re.compile(r"/synapse/([^/?#]+)(?=[/?#]|$)")
"""The path of a workspace's data plane on a loopback host, for clients without configurable name resolution."""


def data_plane(request: Request) -> tuple[str, Request] | None:
    """The workspace of the requested data plane and the request as it sees it, or None for another plane."""
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
    """The address of the workspace's data plane for callers of Resource Manager on this host."""
    if request.host in LOOPBACK:
        return f"{request.origin}/synapse/{workspace}"
    return f"https://{workspace}.dev.azuresynapse.net"
