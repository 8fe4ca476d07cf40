"""The policy of a run that changes nothing: what is no read never leaves."""

import re
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

_READS = ("GET", "HEAD")
_READING_POSTS = re.compile(
    r"(/checkAccessSynapseRbac|^/providers/Microsoft\.ResourceGraph/resources)/?$", re.IGNORECASE
)
"""Questions that Azure takes as POST (specification); all others change something, or hand out keys."""


class WriteHeldBack(AzureError):
    """A request that would have changed something was not sent.

    Attributes:
        request: What it was, such as `PUT /subscriptions/...`.
    """

    def __init__(self, request: str) -> None:
        super().__init__(f"{request} was not sent, because this run is read-only.")
        self.request = request


class ReadOnlyPolicy(SansIOHTTPPolicy[Any, Any]):
    """Lets reads through and nothing else; the last policy, so that none behind it makes a request of its own."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Stop what is no read.

        Raises:
            WriteHeldBack: If it is none.
        """
        asked = request.http_request
        path = urlsplit(asked.url).path
        method = asked.method.upper()
        if method in _READS or (method == "POST" and _READING_POSTS.search(path)):
            return
        raise WriteHeldBack(f"{method} {path}")
