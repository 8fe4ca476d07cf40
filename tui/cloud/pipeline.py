"""The policies of every request: bounded and visible retries, sign-in, and no hidden writes."""

import json
import logging
import re
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    DecodeError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncRetryPolicy,
    ContentDecodePolicy,
    CustomHookPolicy,
    HeadersPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy

from tui.cloud.answers import refusal_in, seconds_asked
from tui.cloud.bounds import BodyLimitPolicy
from tui.cloud.departure import DeparturePolicy
from tui.cloud.disconnections import held_reason
from tui.cloud.home import AllowedHostsPolicy, Judge, PathPolicy, ReadRedirectPolicy
from tui.cloud.rates import RatePolicy, Rates
from tui.cloud.raw_pages import RawAnswerPolicy
from tui.cloud.read_only import ReadOnlyPolicy, is_read
from tui.cloud.request_log import RequestLogPolicy
from tui.domain.ports import RequestWait
from tui.domain.request_waits import THROTTLED, report_wait

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport

TRIES = 5
FIRST_WAIT = 1.0
LONGEST_BACKOFF = 15.0
PATIENCE = 120.0
"""The total waiting time for one request, in seconds; the user decides about a longer `Retry-After`."""

SILENCE = 60.0
"""Seconds without any answer after which there is no retry, because the time limits of several tries add up."""

_PASSING = (408, 429, 500, 502, 503, 504)
_BACKOFF_SPREAD, _ASKED_SPREAD = 0.25, 0.1
_EXPIRED = "ExpiredAuthenticationToken"
_LISTED = {"PUT": (200, 201), "DELETE": (200, 204, 202)}
"""The successes that the generated client accepts for a write of a compute; the last replaces all others."""
_COMPUTE = re.compile(r"/computes/[^/?]+(?:\?|$)", re.IGNORECASE)

_log = logging.getLogger(__name__)


def policies(
    credential: AsyncTokenCredential,
    scope: str,
    may_go: Judge,
    *,
    for_models: bool,
    jitter: Callable[[], float],
    rates: Rates | None = None,
    read_only: bool = False,
) -> list[Any]:
    """The policies of one client; each client needs its own, because a policy knows its successor.

    Deliberately missing from azure-core's standard list: the policy that registers a resource provider by itself,
    because that is a write that nobody confirmed; and its logging, because request contents belong in no log.

    Args:
        credential: Signs the caller in.
        scope: The token's scope, such as `https://management.azure.com/.default`.
        may_go: Judges, by the cloud's profile, where the token may go.
        for_models: Whether to parse the body for a generated client; a raw read parses it by itself.
        jitter: Returns by how much each wait before a retry is longer, from 0 to 1.
        rates: The limits to keep to; None where none are published.
        read_only: Whether only reads may be sent.
    """
    return [
        RequestIdPolicy(),
        HeadersPolicy(),
        UserAgentPolicy("sparkpool"),
        *([RawAnswerPolicy(), JsonBodyPolicy(), AcceptancePolicy()] if for_models else []),
        ReadRedirectPolicy(),
        VisibleRetryPolicy(jitter),
        *([RatePolicy(rates)] if rates is not None else []),
        PathPolicy(),
        AllowedHostsPolicy(may_go),
        AsyncARMChallengeAuthenticationPolicy(credential, scope),
        ForgetRefusedTokenPolicy(credential),
        CustomHookPolicy(),
        SensitiveHeaderCleanupPolicy(),
        *([ReadOnlyPolicy()] if read_only else []),
        BodyLimitPolicy(),
        RequestLogPolicy(),
        DeparturePolicy(),
    ]


class JsonBodyPolicy(SansIOHTTPPolicy[Any, Any]):
    """Parses the bodies of successful answers, and accepts only JSON objects and arrays.

    It replaces azure-core's `ContentDecodePolicy`, because generated clients fail with various errors on other JSON,
    and on bytes that are not UTF-8.
    """

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Put the parsed body where generated clients look for it; an empty one is an empty object.

        Raises:
            DecodeError: If the body is anything but a JSON object or array.
        """
        answer = response.http_response
        if answer.status_code >= 400:
            return
        try:
            document = json.loads(answer.body()) if answer.body() else {}
        except (ValueError, RecursionError, zlib.error) as error:
            raise DecodeError("The body is not JSON.", response=answer, error=error) from error
        if not isinstance(document, dict | list):
            raise DecodeError("The body is not a JSON object.", response=answer)
        response.context[ContentDecodePolicy.CONTEXT_NAME] = document


class AcceptancePolicy(SansIOHTTPPolicy[Any, Any]):
    """Makes the generated client accept every success of a write of a compute.

    That client raises on a success that its specification does not list, although Azure may be working on the write;
    the code that follows the operation judges the answer itself. This policy comes before those that log and judge the
    real answer.
    """

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Replace the status of an unlisted success."""
        asked, answer = request.http_request, response.http_response
        listed = _LISTED.get(asked.method.upper())
        if listed is not None and _COMPUTE.search(asked.url) and 200 <= answer.status_code < 300:
            answer.status_code = answer.status_code if answer.status_code in listed else listed[-1]


class ForgetRefusedTokenPolicy(SansIOHTTPPolicy[Any, Any]):
    """Requests a new token after Azure has refused one, because expiry is not the only reason."""

    def __init__(self, credential: AsyncTokenCredential) -> None:
        self._forget = getattr(credential, "forget", None)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Let the credential forget the token of a refused request."""
        if self._forget is not None and response.http_response.status_code == 401:
            self._forget(str(request.http_request.headers.get("Authorization", "")).removeprefix("Bearer "))


class VisibleRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Bounded, visible retries that never write twice.

    It has its own `send`, because azure-core waits silently (7 minutes on a 429 without `Retry-After`), repeats a PUT
    after a 500 or a lost answer, repeats any error with `Retry-After`, and measures its limit with the wall clock
    rather than in the transport's time.

    A read is retried after 408, 429, 5xx and a lost connection. A write is retried only if Azure has not accepted it:
    after 429 and after a 503 with `Retry-After`, both with one of Azure's codes, and if the request was never sent. Any
    other answer may come from a server in between that has passed the write on. A token that Azure calls expired, as
    when clocks differ, is renewed once.

    Waits are randomized, so that programs that were refused together do not come back together: a backoff is up to a
    quarter longer, a wait that Azure asks for up to a tenth, and never shorter; `jitter` returns by how much, from 0 to
    1.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        super().__init__()
        self._jitter = jitter

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request, and retry while that is safe, may help, and the time allows; returns the last answer.

        Raises:
            AzureError: The last failure, if no answer came.
        """
        http_request = request.http_request
        is_harmless = is_read(http_request.method, http_request.url)
        transport = cast("AsyncHttpTransport[Any, Any]", request.context.transport)
        waited, attempt, is_renewed, began = 0.0, 0, False, time.monotonic()
        while True:
            request.context["retry_count"] = attempt
            attempt += 1
            backoff = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_BACKOFF)
            try:
                response: PipelineResponse[Any, Any] = await self.next.send(request)
            except (ServiceRequestError, ServiceResponseError, IncompleteReadError) as error:
                is_safe = is_harmless or isinstance(error, ServiceRequestError)
                if not is_safe or attempt == TRIES or time.monotonic() - began > SILENCE:
                    raise
                request_wait = RequestWait(held_reason(error), self._spread(backoff, _BACKOFF_SPREAD))
            else:
                status = response.http_response.status_code
                if status == 401 and not is_renewed and refusal_in(response.http_response).code == _EXPIRED:
                    is_renewed = True  # the next policy has dropped the token, and gets a new one
                    continue
                wanted = seconds_asked(response.http_response)
                seconds = wanted or backoff
                is_safe = status in _PASSING if is_harmless else _is_turned_away(response.http_response, wanted)
                if not is_safe or attempt == TRIES or waited + seconds > PATIENCE:
                    return response
                reason = THROTTLED if status == 429 else "service unavailable"
                request_wait = RequestWait(reason, self._spread(seconds, _ASKED_SPREAD if wanted else _BACKOFF_SPREAD))
            waited += request_wait.seconds
            _log.info("try %d failed, %s, next in %.0f s", attempt, request_wait.reason, request_wait.seconds)
            report_wait(request_wait)
            await transport.sleep(request_wait.seconds)

    def _spread(self, seconds: float, share: float) -> float:
        return seconds * (1 + share * self._jitter())


def _is_turned_away(answer: Any, seconds: float | None) -> bool:
    """Whether Azure's answer says that a write was not accepted and may be sent again; words alone are not enough."""
    is_asked = answer.status_code == 429 or (
        answer.status_code == 503 and bool(seconds) and "Retry-After" in answer.headers
    )
    return is_asked and bool(refusal_in(answer).code)
