"""Network failures that azure-core does not distinguish."""

import ssl
from collections.abc import Iterable

from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)


class RequestNotSent(ServiceRequestError):
    """A request could not be sent; `host` is its host and port, `proxy` the proxy's (empty for a direct connection)."""

    def __init__(self, host: str, proxy: str, error: AzureError) -> None:
        super().__init__(error.message, error=error)
        self.host = host
        self.proxy = proxy


class AnswerLost(ServiceResponseError):
    """A request was sent, and no answer came, or none that is HTTP.

    Attributes:
        host: The requested host and port.
        proxy: The proxy's host and port; empty for a direct connection.
        is_not_http: Whether the answer is not HTTP.
    """

    def __init__(self, host: str, proxy: str, error: AzureError, *, is_not_http: bool = False) -> None:
        super().__init__(error.message, error=error)
        self.host = host
        self.proxy = proxy
        self.is_not_http = is_not_http


class AnswerLate(AnswerLost, ServiceResponseTimeoutError):
    """A request was sent, and no answer came in time."""


class UntrustedCertificate(AzureError):
    """The server's certificate is not trusted; nothing was sent, and trying again cannot help.

    Attributes:
        host: The server.
        trusted: Which certificates are trusted, and by which setting.
    """

    def __init__(self, host: str, trusted: str, error: BaseException) -> None:
        super().__init__(str(error), error=error)
        self.host = host
        self.trusted = trusted


class ProxyRefused(AzureError):
    """A proxy refused the request; nothing was sent, and trying again cannot help.

    Attributes:
        proxy: Its host and port.
        has_user: Whether its address includes a user.
        page: The title or first line of the web page that it sent; empty for none.
    """

    def __init__(
        self, proxy: str, refusal: str, error: BaseException, *, has_user: bool = False, page: str = ""
    ) -> None:
        super().__init__(refusal, error=error)
        self.proxy = proxy
        self.has_user = has_user
        self.page = page


class ProxyUnusable(AzureError):
    """The proxy's address, set by `variable`, cannot be used, so nothing was sent."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(reason)
        self.variable = variable


class ProxyUnreachable(ServiceRequestError):
    """A proxy, given by its host and port, could not be connected to."""

    def __init__(self, proxy: str, error: BaseException) -> None:
        super().__init__(str(error), error=error)
        self.proxy = proxy


def with_route(error: AzureError, host: str, proxy: str, *, is_not_http: bool = False) -> AzureError:
    """A failure with the route of the request.

    It keeps azure-core's class, which says whether the request was sent; other failures are returned unchanged.
    """
    if isinstance(error, ServiceRequestError):
        return RequestNotSent(host, proxy, error)
    if isinstance(error, ServiceResponseTimeoutError):
        return AnswerLate(host, proxy, error)
    if isinstance(error, ServiceResponseError):
        return AnswerLost(host, proxy, error, is_not_http=is_not_http)
    return error


class UnreadableAnswer(AzureError):
    """The body of an answer cannot be read: for example, its encoding is not what its headers say."""


def is_untrusted(causes: Iterable[BaseException]) -> bool:
    """Whether one of these errors is an untrusted certificate."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)


def causes_of(error: BaseException) -> Iterable[BaseException]:
    """The errors behind an error; aiohttp and requests keep them in their own attributes."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [
            *(getattr(cause, name, None) for name in ("inner_exception", "os_error", "certificate_error", "reason")),
            *cause.args,
            cause.__context__ if cause.__cause__ is None and not cause.__suppress_context__ else None,
            cause.__cause__,
        ]
