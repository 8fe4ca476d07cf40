"""What Azure's answer to a failed request says: code, words, ids, and how long to wait."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError

from tui.cloud import reading
from tui.cloud.bounds import MOST_SECONDS, http_date, seconds_in
from tui.domain.errors import RequestIds

_SECONDS = re.compile(r"(?:again after|retried in) '?(\d+)'? seconds?", re.IGNORECASE)
_WEB_PAGE = re.compile(r"\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of an error answer.

    Attributes:
        code: Azure's code; empty where there is none.
        message: Azure's words, those of nested errors included; empty where there are none.
        is_web_page: Whether a web page came instead, as proxies send them.
    """

    code: str = ""
    message: str = ""
    is_web_page: bool = False


def refusal_in(response: Any) -> Refusal:
    """Read the body of an error answer.

    Azure Resource Manager and Azure Machine Learning both send `{"error": {"code", "message", "details"}}`
    (recorded); a missing compute is a 404 without a body (recorded).

    Args:
        response: Any response of azure-core, or None.

    Returns:
        What it says; empty where it has no body or one that is not understood.
    """
    body = body_text(response)
    if _WEB_PAGE.match(body):
        title = _TITLE.search(body)
        return Refusal(message=" ".join(title[1].split()) if title else "", is_web_page=True)
    document = body_json(response)
    error = reading.mapping(document, "error") or reading.mapping(document)
    return Refusal(reading.text(error, "code"), " ".join(_words(error)))


def request_ids(response: Any) -> RequestIds:
    """Azure's ids of a request, from the headers of its answer and of the request itself.

    Args:
        response: Any response of azure-core, or None.
    """
    headers = getattr(response, "headers", None) or {}
    sent = getattr(getattr(response, "request", None), "headers", None) or {}
    return RequestIds(
        client=_header(headers, "x-ms-client-request-id") or _header(sent, "x-ms-client-request-id"),
        request=_header(headers, "x-ms-request-id"),
        correlation=_header(headers, "x-ms-correlation-request-id"),
    )


def seconds_asked(response: Any) -> float | None:
    """How long an answer asks to wait, by its header `Retry-After` or else in words.

    Azure Machine Learning says "Retry again after 20 seconds" and Azure Resource Manager "Please try
    again after '6' seconds" or "The call can be retried in 12 seconds", without the header (recorded).

    Args:
        response: Any response of azure-core, or None.

    Returns:
        Seconds, bounded by `tui.cloud.bounds.MOST_SECONDS`; None where it does not ask. How long is really waited
        is the caller's to decide.
    """
    header = _header(getattr(response, "headers", None) or {}, "Retry-After").strip()
    if (seconds := seconds_in(header)) is not None:
        return seconds
    if (until := http_date(header)) is not None:
        return min(MOST_SECONDS, max(0.0, (until - _moment(response)).total_seconds()))
    found = _SECONDS.search(refusal_in(response).message)
    return seconds_in(found[1]) if found else None


def _moment(response: Any) -> datetime:
    """When an answer was sent, by the clock that wrote its times; by ours where it does not say."""
    return http_date(_header(response.headers, "Date")) or datetime.now(UTC)


def body_json(response: Any) -> Any:
    """The body as parsed JSON; None where there is none, or none that is JSON."""
    try:
        return json.loads(body_text(response))
    except ValueError:
        return None


def body_text(response: Any) -> str:
    """The body as text; empty where there is none, or none that can be decoded."""
    try:
        return str(response.text()) if response is not None else ""
    except (AzureError, ValueError, LookupError):
        return ""


def _words(error: Any) -> list[str]:
    words = [reading.text(error, "message")]
    for detail in reading.items(error, "details"):
        words += (word for word in _words(detail) if word not in words)
    return [word for word in words if word]


def _header(headers: Any, name: str) -> str:
    return str(headers.get(name) or "")
