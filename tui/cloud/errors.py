"""The failures of azure-core as problems: what failed, why in Azure's words, and what to do."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from http import HTTPStatus

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from tui.cloud import advice, az_messages
from tui.cloud.answers import Refusal, body_text, refusal_in, request_ids, service_of
from tui.cloud.departure import Departure, hear_departure, is_refusal
from tui.cloud.disconnections import PROXY_USER, why
from tui.cloud.error_codes import SIGN_IN_REFUSED, by_status, find
from tui.cloud.error_row import ErrorCode, Meaning
from tui.cloud.failures import ProxyRefused, ProxyUnusable, UnreadableAnswer, UntrustedCertificate
from tui.cloud.read_only import WriteHeldBack
from tui.cloud.sign_in_failure import SignInFailed
from tui.domain.errors import Problem, ProblemKind, Retry
from tui.domain.sign_in import SignInMethod

_ABOUT_SIGN_IN = r"token|sign(?:ed)?[- ]?in|log(?:ged)?[- ]?in|authenticat|credential"
_PROXY_STATUS = 407
_THROTTLED_STATUS = 429
_GONE = (404, 410)

_log = logging.getLogger(__name__)


class Stage(Enum):
    """How far a call is, which decides whether a failure leaves its outcome unknown."""

    READING = "reading"
    SENDING = "sending"
    FOLLOWING = "following"


@contextmanager
def problems(doing: str, stage: Stage = Stage.READING, credential: object = None) -> Iterator[None]:
    """Raise every failure of azure-core inside as a problem; the package's one boundary.

    Args:
        doing: What is being done, to follow "Could not", such as `list the computes of aml-prod`.
        stage: Whether it reads, sends a write, or follows a write that Azure has accepted.
        credential: Signs the requests in; if it has a `method`, that is the sign-in method.

    Raises:
        Problem: In place of any exception. A problem of a write says whether Azure may have it.
    """
    departure = hear_departure() if stage is Stage.SENDING else None
    try:
        yield
    except (AzureError, DeserializationError) as error:
        raise problem_from(error, doing, stage, getattr(credential, "method", None), departure) from error
    except Problem:
        raise
    except Exception as error:
        _log.warning("could not %s", doing, exc_info=error)
        problem = Problem(
            ProblemKind.UNREADABLE,
            f"Could not {doing}: the answer cannot be read.",
            cause="The answer has an unexpected form.",
            advice=advice.TRY_AGAIN,
        )
        _set_outcome(problem, stage, had_no_effect=departure is not None and not departure.is_doubtful)
        raise problem from error


def problem_from(
    error: AzureError | DeserializationError,
    doing: str,
    stage: Stage = Stage.READING,
    method: SignInMethod | None = None,
    departure: Departure | None = None,
) -> Problem:
    """The problem for a failure, with Azure's code, status and ids if an answer came.

    Args:
        error: What an SDK raised.
        doing: What was being done, to follow "Could not".
        stage: How far it was.
        method: The sign-in method, if known.
        departure: What is known of the write; None to judge by the error alone.
    """
    if isinstance(error, HttpResponseError) and _is_about_sign_in(error):
        problem = _not_signed_in(error, doing, method)
    elif isinstance(error, DecodeError | DeserializationError | UnreadableAnswer):
        problem = _unreadable(error, doing)
    elif isinstance(error, HttpResponseError):
        problem = _refused(error, doing, method)
    elif isinstance(
        error, ServiceRequestError | ServiceResponseError | UntrustedCertificate | ProxyRefused | ProxyUnusable
    ):
        problem = _disconnected(error, doing)
    elif isinstance(error, WriteHeldBack):
        problem = Problem(
            ProblemKind.REFUSED,
            f"Could not {doing}: this run is read-only.",
            cause=error.message,
            advice="To change anything, start sparkpool without --read-only and without that setting.",
        )
    else:
        problem = Problem(ProblemKind.SERVICE, f"Could not {doing}.", cause=str(error), advice=advice.TRY_AGAIN)
    _set_outcome(problem, stage, had_no_effect=_had_no_effect(error, departure))
    return problem


def _set_outcome(problem: Problem, stage: Stage, *, had_no_effect: bool) -> None:
    """Set whether Azure may have a write, and what that means for the user."""
    if stage is Stage.READING:
        return
    problem.had_no_effect = stage is Stage.SENDING and had_no_effect
    problem.outcome_unknown = not problem.had_no_effect
    if problem.outcome_unknown:
        look_first = advice.STILL_AT_IT if stage is Stage.FOLLOWING else advice.MAYBE_ACCEPTED
        problem.advice = f"{look_first} {problem.advice}".strip()


def _had_no_effect(error: AzureError | DeserializationError, departure: Departure | None) -> bool:
    """Whether a write certainly did nothing: how far it was decides, if known."""
    if departure is not None:
        return not departure.is_doubtful
    if isinstance(error, WriteHeldBack | ServiceRequestError | UntrustedCertificate | ProxyRefused | ProxyUnusable):
        return True
    if isinstance(error, HttpResponseError) and not isinstance(error, DecodeError):
        return error.response is None or is_refusal(error.response)
    return False


def row_of(refusal: Refusal, response: object, status: int) -> ErrorCode:
    """The row of the table of error codes for a refusal; if there is none, the row for its status.

    `status` is 0 for an operation that failed after Azure had accepted it.
    """
    row = find(refusal.codes, status, service_of(response), refusal.message)
    if row is None or (row.meaning is Meaning.UNSPECIFIC and row.is_general):
        return by_status(status)
    return row


def code_of(refusal: Refusal, row: ErrorCode) -> str:
    """The code that decides, as Azure spells it: an inner one if it says more than the outer one."""
    own = next((code for code in refusal.codes if row.code and code.lower() == row.code.lower()), "")
    return refusal.code if row.is_general or not own else own


def _is_about_sign_in(error: HttpResponseError) -> bool:
    """Whether nobody is signed in, or Azure rejects the sign-in: the code decides, not the status."""
    if isinstance(error, SignInFailed):
        return True
    if error.response is None:
        return isinstance(error, ClientAuthenticationError)
    refusal = refusal_in(error.response)
    status = error.status_code or 0
    if refusal.is_web_page or status < 400 or status == _PROXY_STATUS:
        return False
    row = find(refusal.codes, status, service_of(error.response), refusal.message)
    if row is not None and (not row.is_general or row.kind is ProblemKind.NOT_SIGNED_IN):
        return row.kind is ProblemKind.NOT_SIGNED_IN
    if status != 401:
        return False
    # If Azure says nothing else, this is what the status means.
    return not refusal.message or re.search(_ABOUT_SIGN_IN, refusal.message, re.IGNORECASE) is not None


def _not_signed_in(error: HttpResponseError, doing: str, method: SignInMethod | None) -> Problem:
    if isinstance(error, SignInFailed):
        return Problem(
            ProblemKind.NOT_SIGNED_IN,
            f"Could not {doing}: {error.what}.",
            cause=error.cause,
            advice=error.advice,
            code=error.code,
            command=error.command,
        )
    if error.response is None:
        return _without_token(error, doing, method)
    refusal, status = refusal_in(error.response), error.status_code or 0
    row = find(refusal.codes, status, service_of(error.response), refusal.message) or SIGN_IN_REFUSED
    if row.kind is not ProblemKind.NOT_SIGNED_IN:
        row = SIGN_IN_REFUSED
    explained = advice.explain(row, refusal, error.response, method)
    problem = Problem(
        ProblemKind.NOT_SIGNED_IN,
        f"Could not {doing}: {explained.what}.",
        cause=refusal.message or _without_words(refusal, status, error),
        advice=explained.advice,
        command=explained.command,
        code=code_of(refusal, row),
        status=error.status_code,
        ids=request_ids(error.response),
    )
    problem.tenant = explained.tenant
    problem.retry = row.retry
    return problem


def _without_token(error: HttpResponseError, doing: str, method: SignInMethod | None) -> Problem:
    """A credential gave no token, and only words to explain it."""
    message = az_messages.meaning_of(str(error.message))
    is_signed_out = message is None or message.what.startswith("nobody is signed in")
    what = message.what if message is not None and not is_signed_out else "you are not signed in to Azure"
    return Problem(
        ProblemKind.NOT_SIGNED_IN,
        f"Could not {doing}: {what}.",
        cause=str(error.message),
        advice=message.advice if message else "",
        command="az login" if message and message.is_about_sign_in and method in (SignInMethod.CLI, None) else "",
    )


def _unreadable(error: DecodeError | DeserializationError | UnreadableAnswer, doing: str) -> Problem:
    response = error.response if isinstance(error, DecodeError) else None
    refusal = refusal_in(response)
    if refusal.is_web_page:
        cause, what_to_do = _page_words(refusal), _page_advice(refusal)
    else:
        cause, what_to_do = _damage(error, refusal), advice.TRY_AGAIN
    return Problem(
        ProblemKind.UNREADABLE,
        f"Could not {doing}: the answer cannot be read.",
        cause=cause,
        advice=what_to_do,
        status=error.status_code if isinstance(error, DecodeError) else None,
        ids=request_ids(response),
    )


def _damage(error: DecodeError | DeserializationError | UnreadableAnswer, refusal: Refusal) -> str:
    """What is wrong with an answer, without the words of the libraries that could not read it."""
    if isinstance(error, IncompleteReadError):
        return "The answer ended before it was complete."
    if isinstance(error, DeserializationError):
        return "The answer does not have the expected form."
    if refusal.message and refusal.message[0] not in '{["':
        return f"{error.message} Azure answered: {refusal.message}"
    return str(error.message)


def _refused(error: HttpResponseError, doing: str, method: SignInMethod | None) -> Problem:
    status = error.status_code or 0
    refusal = refusal_in(error.response)
    if refusal.is_web_page:
        return _web_page(error, refusal, doing)
    if status == _PROXY_STATUS:
        return _proxy_sign_in(error, refusal, doing)
    if status < 400:
        return Problem(
            ProblemKind.UNREADABLE,
            f"Could not {doing}: Azure's answer is unexpected.",
            cause=f"Azure answered {_status_words(status, error)}. {refusal.message}".strip(),
            advice=advice.TRY_AGAIN,
            code=refusal.code,
            status=status,
            ids=request_ids(error.response),
        )
    row = row_of(refusal, error.response, status)
    explained = advice.explain(row, refusal, error.response, method)
    kind = _kind(row, status)
    if kind is ProblemKind.NOT_FOUND and not refusal.codes and body_text(error.response).strip():
        # Azure reports that something does not exist with a code or, for a compute, with an empty body (recorded).
        kind = ProblemKind.UNREADABLE
    problem = Problem(
        kind,
        f"Could not {doing}: {_what(explained, refusal, status)}.",
        cause=refusal.message or _without_words(refusal, status, error),
        advice=explained.advice,
        code=code_of(refusal, row),
        status=status,
        ids=request_ids(error.response),
    )
    problem.retry = row.retry
    return problem


def _kind(row: ErrorCode, status: int) -> ProblemKind:
    """How the program treats it: 429 as a wait; as not found only if the status says so too."""
    if status == _THROTTLED_STATUS and row.kind is not ProblemKind.NOT_SIGNED_IN:
        return ProblemKind.THROTTLED
    if row.kind is ProblemKind.NOT_FOUND and status not in _GONE:
        return ProblemKind.SERVICE if status >= 500 else ProblemKind.REFUSED
    return row.kind


def _what(explained: advice.Explained, refusal: Refusal, status: int) -> str:
    """Why, as a clause; an empty 404 is how Azure reports that something does not exist (recorded)."""
    if status == 404 and not refusal.codes and not refusal.message:
        return "it does not exist"
    return explained.what


def _web_page(error: HttpResponseError, refusal: Refusal, doing: str) -> Problem:
    """A web page instead of Azure's answer: Azure's own gateways send some, and so do proxies."""
    status = error.status_code or 0
    if status == _PROXY_STATUS:
        return _proxy_sign_in(error, refusal, doing)
    if refusal.is_azure and status >= 400:
        row = by_status(status)
        problem = Problem(
            row.kind,
            f"Could not {doing}: {row.sentence}.",
            cause=f"Azure answered {_status_words(status, error)} with a web page{_titled(refusal)}.",
            advice=row.remedy,
            status=status,
            ids=request_ids(error.response),
        )
        problem.retry = row.retry
        return problem
    return Problem(
        ProblemKind.SERVICE if status >= 500 else ProblemKind.UNREADABLE,
        f"Could not {doing}: a web page came instead of Azure's answer.",
        cause=_page_words(refusal),
        advice=_page_advice(refusal),
        status=status,
        ids=request_ids(error.response),
    )


def _proxy_sign_in(error: HttpResponseError, refusal: Refusal, doing: str) -> Problem:
    page = f' It says: "{refusal.message}".' if refusal.message else ""
    return Problem(
        ProblemKind.CONNECTION,
        f"Could not {doing}: the proxy requires a user name and a password (407).",
        cause=f"A proxy answered {_status_words(_PROXY_STATUS, error)}.{page}",
        advice=PROXY_USER,
        status=_PROXY_STATUS,
        ids=request_ids(error.response),
    )


def _titled(refusal: Refusal) -> str:
    return f' titled "{refusal.message}"' if refusal.message else ""


def _page_words(refusal: Refusal) -> str:
    sender = "Azure sent it." if refusal.is_azure else "It is unknown whether Azure or a server in between sent it."
    return f"A web page{_titled(refusal)} was received. {sender}"


def _page_advice(refusal: Refusal) -> str:
    return advice.TRY_AGAIN if refusal.is_azure else f"Try again. If it happens again: {advice.CHECK_PROXY}"


def _without_words(refusal: Refusal, status: int, error: HttpResponseError) -> str:
    if refusal.code:
        return f"Azure gave the code {refusal.code}, but no message."
    if status == 404:
        return "Azure says that it does not exist."
    return f"Azure answered {_status_words(status, error)}, without a message."


def _status_words(status: int, error: HttpResponseError) -> str:
    """A status with its standard phrase: `503 Service Unavailable`."""
    with suppress(ValueError):
        return f"{status} {HTTPStatus(status).phrase}"
    return f"{status} {error.reason or ''}".strip()


def _disconnected(error: AzureError, doing: str) -> Problem:
    reason = why(error)
    problem = Problem(
        ProblemKind.CONNECTION,
        f"Could not {doing}: {reason.what}.",
        cause=reason.cause,
        advice=reason.advice,
    )
    problem.retry = Retry.LATER
    return problem
