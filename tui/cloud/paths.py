"""Where requests may go inside a host: to the resource that was chosen, and nowhere that an answer says instead."""

from typing import Any
from urllib.parse import unquote

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncRedirectPolicy, SansIOHTTPPolicy

from tui.cloud.home import is_address
from tui.cloud.read_only import is_read
from tui.domain.text import clean

_MOST_DECODINGS = 3


class OtherPath(AzureError):
    """A request would have gone to another path than the one that it names; it was not sent."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The path {clean(path)} leads somewhere else, so nothing was sent to it.")


class PathPolicy(SansIOHTTPPolicy[Any, Any]):
    """Lets no request leave whose path a client or server would fold into another one.

    Ids are checked where they are read; this is the last look at what they became.
    """

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Hold back a path with `.` or `..`, and a write to one with an empty segment.

        Raises:
            OtherPath: If it has one.
        """
        asked = request.http_request
        path = _path_of(asked.url)
        segments = _decoded(path).replace("\\", "/").split("/")[1:]
        is_folded = any(one in (".", "..") for one in segments)
        # Azure writes links with two slashes, which are harmless as long as nothing is changed.
        if is_folded or (not all(segments) and not is_read(asked.method, asked.url)):
            raise OtherPath(path)


class ReadRedirectPolicy(AsyncRedirectPolicy[Any, Any]):
    """Follows redirects of reads alone.

    azure-core also repeats a PUT or DELETE at the address that a 307 or 308 names: the answer would choose what is
    written.
    """

    def get_redirect_location(self, response: PipelineResponse[Any, Any]) -> Any:
        """The address to go on at; False where the answer itself is the result."""
        asked = response.http_request
        location = super().get_redirect_location(response)
        if not location or not is_read(asked.method, asked.url):
            return False
        return location if str(location).startswith("/") or is_address(str(location)) else False


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
