"""Logs one line for every request: what was requested, the answer, how long it took, and Azure's ids.

No query, no header but the ids, and no body but the words of a refusal: tokens, signatures and user content belong in
no log. It logs at level info and replaces azure-core's own log, which includes full addresses.
"""

import logging
import time
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

from tui.cloud.answers import refusal_in

_STARTED = "sparkpool_started"
_IDS = ("x-ms-request-id", "x-ms-correlation-request-id")

_MOST_WORDS = 300

_log = logging.getLogger(__name__)


class RequestLogPolicy(SansIOHTTPPolicy[Any, Any]):
    """Logs every attempt of every request."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Note when it left."""
        request.context[_STARTED] = time.monotonic()

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Log the answer."""
        if _log.isEnabledFor(logging.INFO):
            answer = response.http_response
            ids = [f"{name} {answer.headers[name]}" for name in _IDS if name in answer.headers]
            self._tell(request, f"{answer.status_code}", [*ids, *_reason(answer)])

    def on_exception(self, request: PipelineRequest[Any]) -> None:
        """Log that no answer came; the failure itself is not logged here, because it is shown."""
        if _log.isEnabledFor(logging.INFO):
            self._tell(request, "no answer", [])

    def _tell(self, request: PipelineRequest[Any], what: str, ids: list[str]) -> None:
        http_request = request.http_request
        address = urlsplit(http_request.url)
        took = (time.monotonic() - request.context.get(_STARTED, time.monotonic())) * 1000
        own = http_request.headers.get("x-ms-client-request-id")
        shown_ids = [*([f"x-ms-client-request-id {own}"] if own else []), *ids]
        ids_text = ", ".join(shown_ids)
        place = f"{address.netloc}{address.path}"
        _log.info("%s %s: %s, %.0f ms, %s", http_request.method, place, what, took, ids_text)


def _reason(answer: Any) -> list[str]:
    """Azure's code and words of a refusal; the body of a successful answer is not logged."""
    if answer.status_code < 400:
        return []
    refusal = refusal_in(answer)
    words = refusal.message[:_MOST_WORDS]
    return [part for part in (refusal.code, f'"{words}"' if words else "") if part]
