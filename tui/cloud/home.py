"""The addresses of one service of one cloud: no token of the caller's goes to any other."""

from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

_HTTPS = 443
_SHOWN = 80
"""How many characters of an address that cannot be read are shown."""


class ForeignAddress(AzureError):
    """A request would have taken the caller's token to a host that is none of the cloud's; it was not sent."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is no host of this cloud, so no token was sent to it.")


class HomePolicy(SansIOHTTPPolicy[Any, Any]):
    """Lets a request pass to the service's own host, or a host below it, such as a region's.

    It stands before the policy that signs requests: links to further pages and to the status of an operation come
    from outside, the latter out of a record that a program in another cloud may have made.

    Args:
        address: The service's address.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Hold back a request to another host.

        Raises:
            ForeignAddress: If it goes to one.
        """
        if not is_home(request.http_request.url, self._address):
            raise ForeignAddress(host_of(request.http_request.url))


def is_home(url: str, address: str) -> bool:
    """Whether a URL is one of a service's; what cannot be read as a URL is none.

    Args:
        url: The URL.
        address: The service's address.
    """
    asked, own = _place(url), _place(address)
    if asked is None or own is None:
        return False
    (scheme, host, port), (own_scheme, home, own_port) = asked, own
    is_below = host == home or host.endswith(f".{home}")
    return scheme == own_scheme and is_below and port == own_port


def host_of(url: str) -> str:
    """The host and port of a URL; the URL itself, shortened, where it cannot be read."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return url[:_SHOWN]


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL; None where it cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port
