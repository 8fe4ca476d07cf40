"""Why no answer came, in our own words: those of the libraries are for developers."""

import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from azure.core.exceptions import AzureError, ServiceResponseError, ServiceResponseTimeoutError

from tui.cloud import advice
from tui.cloud.failures import (
    AnswerLost,
    ProxyRefused,
    ProxyUnreachable,
    ProxyUnusable,
    RequestNotSent,
    UntrustedCertificate,
    causes_of,
)
from tui.domain.text import clean

_NO_LIBRARY = ("azure.core.", "tui.")
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)
PROXY_USER = (
    "Put user name and password into the proxy's address, HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, with special "
    "characters percent-encoded (@ as %40, : as %3A, # as %23, \\ as %5C), and start again."
)
"""Where the user name and password of a proxy go."""

_CHECK_ADDRESS = "Check the address, and that no proxy or gateway answers in its place."


@dataclass(frozen=True, slots=True)
class Disconnection:
    """Why no answer came.

    Attributes:
        what: Why, as a clause.
        advice: What to do.
        cause: What else is known, as sentences; empty for nothing.
        is_specific: Whether more is known than that no answer came.
    """

    what: str
    advice: str
    cause: str = ""
    is_specific: bool = True


def why(error: AzureError) -> Disconnection:
    """Why no answer came, from what a transport or a credential raised."""
    causes = tuple(causes_of(error))
    for cause in causes:
        match cause:
            case UntrustedCertificate():
                what = f"the certificate of {cause.host} is not trusted"
                return Disconnection(what, advice.for_certificate(cause.trusted), _verification(causes))
            case ProxyRefused():
                return _proxy_refused(cause)
            case ProxyUnusable():
                return Disconnection(
                    f"the proxy in {cause.variable} cannot be used: {cause.message}",
                    f"Set {cause.variable} to http://HOST:PORT, or unset it, and start again.",
                )
            case ProxyUnreachable():
                return _proxy_unreachable(cause, causes)
    reason = _by_kind(causes)
    own = reason.cause or _own_words(error)
    return replace(reason, cause=" ".join(part for part in (own, _route(causes)) if part) or "No answer came.")


def held_reason(error: AzureError) -> str:
    """Why a request waits before it is tried again, in a few words, with the host."""
    causes = tuple(causes_of(error))
    reason = why(error)
    what = reason.what if reason.is_specific else "connection lost"
    host = next((one.host for one in causes if isinstance(one, RequestNotSent | AnswerLost)), "")
    return f"{what} ({host})" if host and host not in what else what


def _own_words(error: AzureError) -> str:
    """The words of an error unless a library raised it."""
    if any(not type(one).__module__.startswith(_NO_LIBRARY) for one in causes_of(error)):
        return ""
    words = clean(str(error.message)).strip()
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."


def _route(causes: tuple[BaseException, ...]) -> str:
    """The requested host and the proxy, as a sentence; empty if unknown."""
    for one in causes:
        if isinstance(one, RequestNotSent | AnswerLost) and one.host:
            through = f", through the proxy {one.proxy}" if one.proxy else ""
            return f"The host was {one.host}{through}."
    return ""


def _by_kind(causes: tuple[BaseException, ...]) -> Disconnection:
    """The first known reason among the causes."""
    for is_so, what, advised, is_specific in _REASONS:
        if any(is_so(one) for one in causes):
            return Disconnection(what, advised, _verification(causes), is_specific)
    return Disconnection("Azure cannot be reached", advice.CHECK_NETWORK, is_specific=False)


def _is(*kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda one: isinstance(one, kinds)


_REASONS: tuple[tuple[Callable[[BaseException], bool], str, str, bool], ...] = (
    # Whether a cause matches, what to say, what to do, and whether that says more than that no answer came; most
    # specific first.
    (
        lambda one: isinstance(one, AnswerLost) and one.is_not_http,
        "the answer is not HTTP",
        _CHECK_ADDRESS,
        True,
    ),
    (
        _is(ssl.SSLCertVerificationError),
        "the server's certificate is not trusted",
        advice.CHECK_CERTIFICATES,
        True,
    ),
    (
        lambda one: isinstance(one, ssl.SSLError) and getattr(one, "reason", "") in _NOT_TLS,
        "no secure connection could be made: the server does not use TLS",
        _CHECK_ADDRESS,
        True,
    ),
    (
        _is(ssl.SSLError),
        "no secure connection could be made",
        advice.CHECK_CERTIFICATES,
        True,
    ),
    (
        _is(socket.gaierror),
        "the address could not be found",
        advice.CHECK_DNS,
        True,
    ),
    (
        _is(ConnectionRefusedError),
        "the connection was refused",
        advice.CHECK_NETWORK,
        True,
    ),
    (
        lambda one: isinstance(one, OSError) and one.errno in _NO_ROUTE,
        "there is no route to the server",
        advice.CHECK_NETWORK,
        True,
    ),
    (
        _is(ServiceResponseTimeoutError),
        "no answer came in time",
        advice.CHECK_NETWORK,
        True,
    ),
    (
        _is(ServiceResponseError),
        "the connection was lost before an answer came",
        advice.CHECK_NETWORK,
        False,
    ),
    (
        _is(TimeoutError),
        "no connection could be made in time",
        advice.CHECK_NETWORK,
        True,
    ),
    (
        _is(ConnectionResetError, BrokenPipeError, ConnectionAbortedError),
        "the connection was closed",
        advice.CHECK_NETWORK,
        False,
    ),
)


def _verification(causes: tuple[BaseException, ...]) -> str:
    """What OpenSSL found wrong with a certificate, as a sentence."""
    for one in causes:
        words = getattr(one, "verify_message", "")
        if isinstance(words, str) and words:
            return f"The certificate check reports: {clean(words)}."
    return ""


def _proxy_refused(refused: ProxyRefused) -> Disconnection:
    what = f"the proxy {refused.proxy} refused it: {clean(str(refused.message))}"
    page = f'The proxy says: "{refused.page}".' if refused.page else ""
    if not str(refused.message).startswith("407"):
        return Disconnection(what, advice.CHECK_PROXY, page)
    if refused.has_user:
        reason = "It does not accept the user name and password in its address."
    else:
        reason = "It requires a user name and a password, but its address has none."
    return Disconnection(what, PROXY_USER, f"{reason} {page}".strip())


def _proxy_unreachable(unreachable: ProxyUnreachable, causes: tuple[BaseException, ...]) -> Disconnection:
    found = _by_kind(causes)
    reason = f"{found.what[0].upper()}{found.what[1:]}." if found.is_specific else ""
    return Disconnection(f"the proxy {unreachable.proxy} cannot be reached", advice.CHECK_PROXY, reason)
