"""Whether Azure may have received a write, whatever happened after it was sent."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from tui.cloud.answers import refusal_in
from tui.cloud.failures import ProxyRefused, ProxyUnusable, UntrustedCertificate
from tui.cloud.read_only import is_read

_NEVER_LEFT = (ServiceRequestError, UntrustedCertificate, ProxyRefused, ProxyUnusable)
"""What a transport raises if no connection was made, so that nothing was sent."""

_NO_PROOF = (408, 425, 499)
"""The client errors that a service or a gateway may send about a request that it has already passed on."""


@dataclass(slots=True)
class Departure:
    """Whether Azure may have a write: `is_doubtful` once one was sent whose answer is not a refusal."""

    is_doubtful: bool = False


_listener: ContextVar[Departure | None] = ContextVar("departure", default=None)


def hear_departure() -> Departure:
    """Track the writes of this task, and of each task that it creates, from now on."""
    departure = Departure()
    _listener.set(departure)
    return departure


def is_refusal(response: Any) -> bool:
    """Whether an answer proves that Azure did nothing: a client error with a code, as Azure's services send it.

    A client error without a code can come from a server in between that has passed the request on. A refused sign-in
    also counts, with a challenge and without a body (documented: RFC 6750).
    """
    status = response.status_code
    if not 400 <= status < 500 or status in _NO_PROOF:
        return False
    if status == 401 and str(response.headers.get("WWW-Authenticate") or "").lower().startswith("bearer"):
        return True
    return bool(refusal_in(response).code)


class DeparturePolicy(AsyncHTTPPolicy[Any, Any]):
    """Notes when a write was sent, and when its answer is not a refusal; the last policy."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request.

        Raises:
            AzureError: As the transport raises it.
        """
        departure = _listener.get()
        http_request = request.http_request
        if departure is None or is_read(http_request.method, http_request.url):
            return await self.next.send(request)
        before, departure.is_doubtful = departure.is_doubtful, True
        try:
            response: PipelineResponse[Any, Any] = await self.next.send(request)
        except _NEVER_LEFT:
            departure.is_doubtful = before
            raise
        if is_refusal(response.http_response):
            departure.is_doubtful = before
        return response
