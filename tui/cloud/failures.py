"""Failures of the network that azure-core does not tell apart."""

import ssl
from collections.abc import Iterable

from azure.core.exceptions import AzureError, ServiceRequestError


class UntrustedCertificate(AzureError):
    """The other side has a certificate that is not trusted; nothing was sent, and trying again cannot help.

    Attributes:
        host: Who has it.
        trusted: Which certificates are trusted, and which setting says so.
    """

    def __init__(self, host: str, trusted: str, error: BaseException) -> None:
        super().__init__(str(error), error=error)
        self.host = host
        self.trusted = trusted


class ProxyRefused(AzureError):
    """A proxy did not let the request through; nothing was sent, and trying again cannot help.

    Attributes:
        proxy: Its host and port.
    """

    def __init__(self, proxy: str, refusal: str, error: BaseException) -> None:
        super().__init__(refusal, error=error)
        self.proxy = proxy


class ProxyUnreachable(ServiceRequestError):
    """A proxy could not be connected to.

    Attributes:
        proxy: Its host and port.
    """

    def __init__(self, proxy: str, error: BaseException) -> None:
        super().__init__(str(error), error=error)
        self.proxy = proxy


class UnreadableAnswer(AzureError):
    """An answer came whose body cannot be read: its encoding is not what its headers say, for example."""


def is_untrusted(causes: Iterable[BaseException]) -> bool:
    """Whether one of these errors is a certificate that was not trusted."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)


def causes_of(error: BaseException) -> Iterable[BaseException]:
    """The errors behind an error; aiohttp and requests keep them in places of their own."""
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
