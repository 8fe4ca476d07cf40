"""Restricts requests to the hosts of one cloud, by its profile alone, and to the path that they name.

The caller's token goes to no other host, and no request to a resource that an answer names instead of the requested
one. An address is read by one strict pattern, and not by a parser that repairs: what one parser drops, such as a blank
or a backslash, another may take as part of the host.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from azure.core.exceptions import AzureError, DecodeError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncRedirectPolicy, SansIOHTTPPolicy

from tui.cloud.read_only import is_read
from tui.domain.clouds import CloudProfile
from tui.domain.text import clean

_HTTPS = 443
_ADDRESS = re.compile(r"https://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?(?=[/?#]|$)", re.IGNORECASE)
_MOST_SHOWN = 100
_MOST_DECODINGS = 3

Judge = Callable[[str], bool]
"""Decides whether a token may go to a URL."""


class HostNotAllowed(AzureError):
    """A request would have sent the caller's token to a host outside the cloud; it was not sent."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not a host of this cloud, so no token was sent to it.")


class _Place(NamedTuple):
    host: str
    port: int


class AllowedHostsPolicy(SansIOHTTPPolicy[Any, Any]):
    """Allows requests only to the hosts that a token is meant for.

    It comes before the policy that signs requests: links to further pages and to the status of an operation come from
    outside, the latter from a record that a program in another cloud may have made. `may_go` judges an address by the
    cloud's profile, never by an answer.
    """

    def __init__(self, may_go: Judge) -> None:
        self._may_go = may_go

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Refuse a request to another host.

        Raises:
            HostNotAllowed: If it goes to one.
        """
        if not self._may_go(request.http_request.url):
            raise HostNotAllowed(host_of(request.http_request.url))


class OtherPath(AzureError):
    """A request would have gone to another path than the one it names; it was not sent."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The path {clean(path)} leads somewhere else, so nothing was sent to it.")


class PathPolicy(SansIOHTTPPolicy[Any, Any]):
    """Refuses requests whose path a client or server would change into another one.

    Ids are checked where they are read; this is the last check of the resulting path.
    """

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Refuse a path with `.` or `..`, and a write to one with an empty segment.

        Raises:
            OtherPath: If it has one.
        """
        asked = request.http_request
        path = _path_of(asked.url)
        segments = _decoded(path).replace("\\", "/").split("/")[1:]
        is_folded = any(one in (".", "..") for one in segments)
        # Azure sends links with two slashes, which are harmless as long as nothing is changed.
        if is_folded or (not all(segments) and not is_read(asked.method, asked.url)):
            raise OtherPath(path)


class ReadRedirectPolicy(AsyncRedirectPolicy[Any, Any]):
    """Follows redirects of reads only.

    azure-core would also repeat a PUT or DELETE at the address of a 307 or 308: the answer would choose what is
    written.
    """

    def get_redirect_location(self, response: PipelineResponse[Any, Any]) -> Any:
        """The address to continue at; False if the answer itself is the result."""
        http_request = response.http_request
        location = super().get_redirect_location(response)
        if not location or not is_read(http_request.method, http_request.url):
            return False
        return location if str(location).startswith("/") or is_address(str(location)) else False


def is_allowed_host(url: str, address: str) -> bool:
    """Whether a URL belongs to a service: to its own host, or to one below it, such as a region's.

    An invalid URL does not. `address` is the service's, from the profile.
    """
    place, own = _place(url), _place(address)
    if place is None or own is None or place.port != own.port:
        return False
    return place.host == own.host or place.host.endswith(f".{own.host}")


def manager_of(profile: CloudProfile) -> Judge:
    """Judges where tokens of a cloud's Azure Resource Manager may go."""
    return lambda url: is_allowed_host(url, profile.resource_manager)


def data_plane_of(profile: CloudProfile) -> Judge:
    """Judges where tokens of a cloud's Synapse data plane may go.

    Only to hosts below the cloud's Synapse suffix. A private cloud may serve everything on one host: then also to that
    of its Resource Manager, which its owner has set as well.
    """
    suffix = _place(f"https://{profile.synapse_suffix}")
    manager = None if profile.is_known else _place(profile.resource_manager)

    def may_go(url: str) -> bool:
        place = _place(url)
        if place is None:
            return False
        is_below = suffix is not None and place.host.endswith(f".{suffix.host}") and place.port == suffix.port
        return is_below or place == manager

    return may_go


def data_plane(profile: CloudProfile, workspace: str, told: str) -> str:
    """The address of the data plane of one Synapse workspace.

    `told` is the address that Azure gave for it; empty for the one derived from the cloud.

    Raises:
        HostNotAllowed: If its host is outside the cloud.
        DecodeError: If it is another workspace's, or not the address of a data plane.
    """
    if not told:
        return f"https://{workspace}.{profile.synapse_suffix}"
    if not data_plane_of(profile)(told):
        raise HostNotAllowed(host_of(told))
    rest, own = told.partition("//")[2].rstrip("/"), workspace.lower()
    host, _, path = rest.partition("/")
    if not path and host.partition(".")[0].lower() == own:
        return f"https://{host}"
    # One host for all workspaces: the path distinguishes them.
    is_shared = is_allowed_host(told, profile.resource_manager)
    if is_shared and re.fullmatch(r"(?:[\w-]+/)*[\w-]+", path, re.ASCII) and path.rpartition("/")[2].lower() == own:
        return f"https://{rest}"
    raise DecodeError(f"Azure gave {_shown(told)} as the data plane of {workspace}, which is not its own.")


def host_of(url: str) -> str:
    """The host and port of a URL, for the screen; the URL itself if it cannot be parsed."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return _shown(host or url)


def is_address(url: str) -> bool:
    """Whether a text is an absolute https address."""
    return _place(url) is not None and all(0x20 < ord(letter) < 0x7F for letter in url)


def _place(url: str) -> _Place | None:
    match = _ADDRESS.match(url)
    if match is None:
        return None
    port = int(match[2]) if match[2] else _HTTPS
    return _Place(match[1].lower(), port) if 0 < port < 0x10000 else None


def _shown(text: str) -> str:
    line = clean(text)
    return line if len(line) <= _MOST_SHOWN else f"{line[: _MOST_SHOWN - 1]}…"


def _path_of(url: str) -> str:
    rest = url.partition("://")[2]
    for end in "?#":
        rest = rest.partition(end)[0]
    return f"/{rest.partition('/')[2]}"


def _decoded(path: str) -> str:
    for _ in range(_MOST_DECODINGS):
        before, path = path, unquote(path)
        if path == before:
            break
    return path
