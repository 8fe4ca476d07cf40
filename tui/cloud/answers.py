"""What Azure's answer to a failed request says: codes, words, ids, and how long to wait."""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError

from tui.cloud.bodies import read_body, read_error
from tui.cloud.durations import clock_seconds, seconds_in
from tui.cloud.error_codes import is_known
from tui.cloud.error_row import Service
from tui.cloud.moments import MOST_SECONDS, http_date, number_of_seconds
from tui.domain.errors import RequestIds

_CHALLENGE_ERROR = re.compile(r"\berror\s*=\s*\"?([\w.]+)", re.IGNORECASE)
_CLAIMS = "insufficient_claims"
_AZURE_HEADERS = ("x-ms-failure-cause", "x-ms-error-code")
"""Headers in which Azure itself says that it failed (recorded); a proxy may pass on any other."""

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_RESETS = "x-ms-user-quota-resets-after"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer.

    Attributes:
        code: Azure's outermost code; empty if there is none.
        message: Azure's words, including those of nested errors; empty if there are none. For a web page, its
            title.
        is_web_page: Whether a web page came instead, as from proxies and gateways.
        codes: All codes, outermost first.
        violations: What Azure Policy says of each violated policy.
        is_azure: Whether the headers show that Azure itself answered.
    """

    code: str = ""
    message: str = ""
    is_web_page: bool = False
    codes: tuple[str, ...] = ()
    violations: tuple[Mapping[str, Any], ...] = ()
    is_azure: bool = False


def refusal_in(response: Any) -> Refusal:
    """Read an error answer: its body of any shape, and the codes in its headers; empty if it has neither."""
    if response is None:
        return Refusal()
    body = read_body(response)
    headers = getattr(response, "headers", None) or {}
    challenge = _CHALLENGE_ERROR.search(_header(headers, "WWW-Authenticate"))
    asked = challenge[1] if challenge else ""
    codes = [code for code in (_header(headers, "x-ms-error-code").strip(),) if code and code not in body.codes]
    codes += body.codes
    if asked and asked != _CLAIMS:
        codes.insert(0, asked)
    if not any(is_known(code) for code in codes) and not body.is_web_page:
        codes += [name for name in body.named if is_known(name) and name not in codes]
    if asked == _CLAIMS:
        # This comes last: with claims the same request is accepted, whatever the body calls it.
        codes.append(asked)
    own = next(iter(body.codes), "")
    return Refusal(
        code=own or next((code for code in codes if code != own), ""),
        message=body.text,
        is_web_page=body.is_web_page,
        codes=tuple(codes),
        violations=body.violations,
        is_azure=any(_header(headers, name) for name in _AZURE_HEADERS),
    )


def refusal_of(document: Any) -> Refusal:
    """Read the error in the status of an operation that Azure accepted and that failed later."""
    error = document.get("error") if isinstance(document, Mapping) else None
    if error is None and isinstance(document, Mapping) and isinstance(document.get("properties"), Mapping):
        error = document["properties"].get("error")
    body = read_error(error)
    codes = body.codes
    if not any(is_known(code) for code in codes):
        codes += tuple(name for name in body.named if is_known(name) and name not in codes)
    return Refusal(next(iter(codes), ""), body.text, codes=codes, violations=body.violations)


def service_of(response: Any) -> Service | None:
    """The service that answered, by the address of the request; None if that does not say."""
    address = urlsplit(str(getattr(getattr(response, "request", None), "url", "") or "").lower())
    if ".azuresynapse." in address.netloc:
        return Service.SYNAPSE
    if "/providers/microsoft.machinelearningservices/" in address.path:
        return Service.MACHINE_LEARNING
    return Service.RESOURCE_MANAGER if "/providers/" in address.path or "/subscriptions" in address.path else None


def request_ids(response: Any) -> RequestIds:
    """Azure's ids of a request, from the headers of its answer and of the request itself."""
    headers = getattr(response, "headers", None) or {}
    sent = getattr(getattr(response, "request", None), "headers", None) or {}
    return RequestIds(
        client=_header(headers, "x-ms-client-request-id") or _header(sent, "x-ms-client-request-id"),
        request=_header(headers, "x-ms-request-id"),
        correlation=_header(headers, "x-ms-correlation-request-id"),
    )


def seconds_asked(response: Any) -> float | None:
    """How long an answer asks to wait, by its header `Retry-After` or in words; None where it does not ask.

    Azure Machine Learning says "Retry again after 20 seconds" and Azure Resource Manager "Please try again after '6'
    seconds" or "The call can be retried in 12 seconds", without the header (recorded). The result is in seconds, at
    most `tui.cloud.moments.MOST_SECONDS`; the caller decides how long to wait.
    """
    header = _header(getattr(response, "headers", None) or {}, "Retry-After").strip()
    if (seconds := number_of_seconds(header)) is not None:
        return seconds
    if (until := http_date(header)) is not None:
        return min(MOST_SECONDS, max(0.0, (until - _moment(response)).total_seconds()))
    return _seconds_in_other_words(response)


def _seconds_in_other_words(response: Any) -> float | None:
    """How long an answer asks to wait without `Retry-After`: in milliseconds, by its quota, or in words."""
    headers = getattr(response, "headers", None) or {}
    for name in _MILLISECONDS:
        value = number_of_seconds(_header(headers, name))
        if value is not None:
            return value / 1000
    resets = clock_seconds(_header(headers, _RESETS))
    if resets is not None and getattr(response, "status_code", 0) == 429:
        return min(resets, MOST_SECONDS)
    if getattr(response, "status_code", 0) < 400:
        return None  # what it returns is not about the request, and a long list takes time to search
    seconds = seconds_in(refusal_in(response).message)
    return None if seconds is None else min(seconds, MOST_SECONDS)


def _moment(response: Any) -> datetime:
    """When an answer was sent, by the server's clock, or by ours if it does not say."""
    return http_date(_header(response.headers, "Date")) or datetime.now(UTC)


def body_json(response: Any) -> Any:
    """The body as parsed JSON; None if there is none or it is not JSON."""
    try:
        return json.loads(body_text(response))
    except (ValueError, RecursionError):
        return None


def body_text(response: Any) -> str:
    """The body as text; empty if there is none or it cannot be decoded."""
    try:
        return str(response.text()) if response is not None else ""
    except (AzureError, ValueError, LookupError, zlib.error):
        return ""


def _header(headers: Any, name: str) -> str:
    return str(headers.get(name) or "")
