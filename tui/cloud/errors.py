"""The failures of azure-core as problems: what failed, why in Azure's words, and what to do."""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from tui.cloud import advice
from tui.cloud.answers import body_text, refusal_in, request_ids
from tui.cloud.departure import Departure, hear_departure, is_refusal
from tui.cloud.failures import ProxyRefused, ProxyUnreachable, UnreadableAnswer, UntrustedCertificate, causes_of
from tui.cloud.read_only import WriteHeldBack
from tui.cloud.sign_in_failure import SignInFailed
from tui.cloud.way_in_use import hear_way
from tui.domain.errors import Problem, ProblemKind
from tui.domain.sign_in import Way

_KINDS = {
    401: ProblemKind.NOT_SIGNED_IN,
    403: ProblemKind.FORBIDDEN,
    404: ProblemKind.NOT_FOUND,
    407: ProblemKind.CONNECTION,
    408: ProblemKind.SERVICE,
    409: ProblemKind.CONFLICT,
    410: ProblemKind.NOT_FOUND,
    412: ProblemKind.CHANGED,
    423: ProblemKind.CONFLICT,
    429: ProblemKind.THROTTLED,
}

_log = logging.getLogger(__name__)

_DISCONNECTIONS: tuple[tuple[type[BaseException], str, str], ...] = (
    # The most telling first.
    (ssl.SSLCertVerificationError, "the certificate of the other side is not trusted", advice.CHECK_CERTIFICATES),
    (ssl.SSLError, "no secure connection could be made", advice.CHECK_CERTIFICATES),
    (socket.gaierror, "the address could not be found", advice.CHECK_DNS),
    (ConnectionRefusedError, "the connection was refused", advice.CHECK_NETWORK),
    (ServiceResponseTimeoutError, "no answer came in time", advice.CHECK_NETWORK),
    (ServiceResponseError, "the connection was lost before an answer came", advice.CHECK_NETWORK),
)


class Stage(Enum):
    """How far a call had come, which decides whether a failure leaves its outcome unknown."""

    READING = "reading"
    SENDING = "sending"
    FOLLOWING = "following"


@contextmanager
def problems(doing: str, stage: Stage = Stage.READING) -> Iterator[None]:
    """Raise every failure of azure-core inside as a problem; the room's one boundary.

    Args:
        doing: What is being done, to follow "Could not", such as `list the computes of aml-prod`.
        stage: Whether it reads, sends a write, or follows a write that Azure has accepted.

    Raises:
        Problem: In place of any exception. A problem of a write says whether Azure may have it.
    """
    used, departure = hear_way(), hear_departure() if stage is Stage.SENDING else None
    try:
        yield
    except (AzureError, DeserializationError) as error:
        raise problem_from(error, doing, stage, used.way, departure) from error
    except Problem:
        raise
    except Exception as error:
        _log.warning("could not %s", doing, exc_info=error)
        problem = Problem(
            ProblemKind.UNREADABLE,
            f"Could not {doing}: the answer cannot be read.",
            cause="What came is not in a form that the program can take.",
            advice=advice.TRY_AGAIN,
        )
        _judge(problem, stage, had_no_effect=departure is not None and not departure.is_doubtful)
        raise problem from error


def problem_from(
    error: AzureError | DeserializationError,
    doing: str,
    stage: Stage = Stage.READING,
    way: Way | None = None,
    departure: Departure | None = None,
) -> Problem:
    """Say a failure in the words of the person who meets it.

    Args:
        error: What an SDK raised.
        doing: What was being done, to follow "Could not".
        stage: How far it had come.
        way: By which way it was signed in, as far as that is known.
        departure: What is known of the write; None to judge by the error alone.

    Returns:
        The problem, with Azure's code, status and ids where an answer came.
    """
    if isinstance(error, HttpResponseError) and _is_about_sign_in(error):
        problem = _not_signed_in(error, doing, way)
    elif isinstance(error, DecodeError | DeserializationError | UnreadableAnswer):
        problem = _unreadable(error, doing)
    elif isinstance(error, HttpResponseError):
        problem = _refused(error, doing, way)
    elif isinstance(error, ServiceRequestError | ServiceResponseError | UntrustedCertificate | ProxyRefused):
        problem = _disconnected(error, doing)
    elif isinstance(error, WriteHeldBack):
        problem = Problem(
            ProblemKind.REFUSED,
            f"Could not {doing}: this run is read-only.",
            cause=error.message,
            advice="Start sparkpool without --read-only, and without that setting, to change anything.",
        )
    else:
        problem = Problem(ProblemKind.SERVICE, f"Could not {doing}.", cause=str(error), advice=advice.TRY_AGAIN)
    _judge(problem, stage, had_no_effect=_had_no_effect(error, departure))
    return problem


def _judge(problem: Problem, stage: Stage, *, had_no_effect: bool) -> None:
    """Say whether Azure may have a write, and what that means for the user."""
    if stage is Stage.READING:
        return
    problem.had_no_effect = stage is Stage.SENDING and had_no_effect
    problem.outcome_unknown = not problem.had_no_effect
    if problem.outcome_unknown:
        look_first = advice.STILL_AT_IT if stage is Stage.FOLLOWING else advice.MAYBE_ACCEPTED
        problem.advice = f"{look_first} {problem.advice}"


def _had_no_effect(error: AzureError | DeserializationError, departure: Departure | None) -> bool:
    """Whether it is proved that a write did nothing: how far it had come decides, where that is known."""
    if departure is not None:
        return not departure.is_doubtful
    if isinstance(error, WriteHeldBack | ServiceRequestError | UntrustedCertificate | ProxyRefused):
        return True
    if isinstance(error, HttpResponseError) and not isinstance(error, DecodeError):
        return error.response is None or is_refusal(error.response)
    return False


def _is_about_sign_in(error: HttpResponseError) -> bool:
    """Whether nobody is signed in, or Azure refuses who is; a raw read meets a 401 as any other refusal."""
    if isinstance(error, ClientAuthenticationError):
        return True
    return error.status_code == 401 and not refusal_in(error.response).is_web_page


def _not_signed_in(error: HttpResponseError, doing: str, way: Way | None) -> Problem:
    if isinstance(error, SignInFailed):
        return Problem(
            ProblemKind.NOT_SIGNED_IN,
            f"Could not {doing}: {error.what}.",
            cause=error.cause,
            advice=error.advice,
            code=error.code,
            command=error.command,
        )
    refusal = refusal_in(error.response)
    cause = refusal.message or error.message
    found = advice.for_sign_in(refusal.code, cause, way)
    if "insufficient_claims" in str((getattr(error.response, "headers", None) or {}).get("WWW-Authenticate", "")):
        found = advice.NotKnown("Azure wants a stronger sign-in for this")
    elif error.response is None:
        found = replace(found, what="you are not signed in to Azure")
    problem = Problem(
        ProblemKind.NOT_SIGNED_IN,
        f"Could not {doing}: {found.what}.",
        cause=cause,
        advice=found.advice,
        command=found.command,
        code=refusal.code,
        status=error.status_code,
        ids=request_ids(error.response),
    )
    problem.tenant = found.tenant
    return problem


def _unreadable(error: DecodeError | DeserializationError | UnreadableAnswer, doing: str) -> Problem:
    response = error.response if isinstance(error, DecodeError) else None
    is_web_page = refusal_in(response).is_web_page
    return Problem(
        ProblemKind.UNREADABLE,
        f"Could not {doing}: the answer cannot be read.",
        cause="A web page came instead of Azure's answer." if is_web_page else str(getattr(error, "message", error)),
        advice=advice.CHECK_PROXY if is_web_page else advice.TRY_AGAIN,
        status=error.status_code if isinstance(error, DecodeError) else None,
        ids=request_ids(response),
    )


def _refused(error: HttpResponseError, doing: str, way: Way | None) -> Problem:
    status = error.status_code or 0
    refusal = refusal_in(error.response)
    if refusal.is_web_page:
        page = f' titled "{refusal.message}"' if refusal.message else ""
        kind = ProblemKind.SERVICE if status >= 500 else ProblemKind.UNREADABLE
        return Problem(
            ProblemKind.CONNECTION if status == 407 else kind,
            f"Could not {doing}: something between here and Azure answered.",
            cause=f"A web page{page} came instead of Azure's answer.",
            advice=advice.CHECK_PROXY,
            status=status,
            ids=request_ids(error.response),
        )
    kind = _kind(status, refusal.code)
    if status == 404 and not refusal.code and body_text(error.response).strip():
        # Azure says that something does not exist with a code or, of a compute, with an empty body (recorded).
        kind = ProblemKind.UNREADABLE
    return Problem(
        kind,
        f"Could not {doing}{advice.reason(kind, refusal.code)}.",
        cause=refusal.message or _without_words(status, error),
        advice=advice.for_refusal(kind, refusal, error.response, way),
        code=refusal.code,
        status=status,
        ids=request_ids(error.response),
    )


def _kind(status: int, code: str) -> ProblemKind:
    if code == "MissingSubscriptionRegistration":  # ARM sends it as 409, although nothing is in the way
        return ProblemKind.REFUSED
    if status < 400:
        return ProblemKind.UNREADABLE
    return _KINDS.get(status, ProblemKind.SERVICE if status >= 500 else ProblemKind.REFUSED)


def _without_words(status: int, error: HttpResponseError) -> str:
    if status < 400:
        return error.message
    if status == 404:
        return "Azure says that it does not exist."
    return f"Azure answered {status} {error.reason or ''}".strip() + ", without a message."


def _disconnected(error: AzureError, doing: str) -> Problem:
    what, what_to_do = _why_disconnected(error)
    return Problem(
        ProblemKind.CONNECTION,
        f"Could not {doing}: {what}.",
        cause=str(error.message),
        advice=what_to_do,
    )


def _why_disconnected(error: AzureError) -> tuple[str, str]:
    causes = tuple(causes_of(error))
    for cause in causes:
        if isinstance(cause, UntrustedCertificate):
            return f"the certificate of {cause.host} is not trusted", advice.for_certificate(cause.trusted)
        if isinstance(cause, ProxyRefused):
            return f"the proxy {cause.proxy} refused it: {cause.message}", advice.CHECK_PROXY
        if isinstance(cause, ProxyUnreachable):
            return f"the proxy {cause.proxy} cannot be reached", advice.CHECK_PROXY
    for kind, what, what_to_do in _DISCONNECTIONS:
        if any(isinstance(cause, kind) for cause in causes):
            return what, what_to_do
    return "Azure cannot be reached", advice.CHECK_NETWORK
