"""The policy of a read-only run: only reads are sent."""

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
"""Reads that are POST requests (specification); all others change something, or return keys."""


def is_read(method: str, url: str) -> bool:
    """Whether a request changes nothing, however often it is sent."""
    is_question = method.upper() == "POST" and _READING_POSTS.search(urlsplit(url).path) is not None
    return method.upper() in _READS or is_question


class WriteHeldBack(AzureError):
    """A write was not sent; `request` names it, such as `PUT /subscriptions/...`."""

    def __init__(self, request: str) -> None:
        super().__init__(f"{request} was not sent, because this run is read-only.")
        self.request = request


class ReadOnlyPolicy(SansIOHTTPPolicy[Any, Any]):
    """Allows only reads; the last policy, so that none after it makes a request of its own."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Refuse anything but a read.

        Raises:
            WriteHeldBack: If it is not a read.
        """
        http_request = request.http_request
        if not is_read(http_request.method, http_request.url):
            raise WriteHeldBack(f"{http_request.method.upper()} {urlsplit(http_request.url).path}")
