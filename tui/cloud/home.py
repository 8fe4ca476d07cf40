"""The addresses of one service of one cloud: no token of the caller's goes to any other."""

from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

_HTTPS = 443


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
    """Whether a URL is one of a service's.

    Args:
        url: The URL.
        address: The service's address.
    """
    asked, own = urlsplit(url), urlsplit(address)
    host, home = asked.hostname or "", own.hostname or ""
    is_below = host == home or host.endswith(f".{home}")
    return asked.scheme == own.scheme and is_below and (asked.port or _HTTPS) == (own.port or _HTTPS)


def host_of(url: str) -> str:
    """The host and port of a URL."""
    return urlsplit(url).netloc.rpartition("@")[2]
