"""Identifies the caller by the bearer token, or says why it is refused."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from tui.sandbox import errors
from tui.sandbox.http import Request, Response
from tui.sandbox.names import TENANT_ID, USER_NAME, USER_OBJECT_ID
from tui.sandbox.planes import LOOPBACK, Plane

AUDIENCES: dict[Plane, tuple[str, ...]] = {
    "arm": ("https://management.azure.com", "https://management.core.windows.net"),
    "synapse": ("https://dev.azuresynapse.net",),
}
"""The audiences that each plane accepts; clients may add a trailing slash."""

PLACEHOLDER = "not-a-token"


class Caller(NamedTuple):
    """The caller: the object id, and the name in messages (a user's name, or an application's client id)."""

    object_id: str
    name: str


USER = Caller(USER_OBJECT_ID, USER_NAME)


class BadToken(NamedTuple):
    """Why a request is refused: Azure's code and sentence, and the requested plane."""

    code: str
    message: str
    plane: Plane

    def respond(self, request: Request) -> Response:
        """The 401 with its challenge; the challenge's form is Resource Manager's (unrecorded: chosen)."""
        login = request.origin if request.host in LOOPBACK else "https://login.microsoftonline.com"
        challenge = (
            f'Bearer authorization_uri="{login}/{TENANT_ID}", error="invalid_token", error_description="{self.message}"'
        )
        gateway = errors.FROM_GATEWAY if self.plane == "arm" else {}
        return errors.arm_error(401, self.code, self.message, {"WWW-Authenticate": challenge, **gateway})


SignIn = Callable[[Request, Plane], Caller | BadToken]
"""Identifies the caller; in process and over a socket have their own."""


def bearer(request: Request) -> str | None:
    """The request's bearer token, or None."""
    scheme, _, token = (request.header("Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def anyone(request: Request, plane: Plane) -> Caller | BadToken:
    """Accept any bearer token as the one user: for manual requests without an SDK."""
    return missing(plane) if bearer(request) is None else USER


def in_process(request: Request, plane: Plane) -> Caller | BadToken:
    """Accept the tokens of `placeholder` as the one user, if they are for this plane and have not expired."""
    token = bearer(request)
    if token is None:
        return missing(plane)
    mark, _, rest = token.partition(".")
    audience, _, expires = rest.partition(".")
    try:
        told, until = urlsafe_b64decode(audience + "=" * (-len(audience) % 4)).decode(), int(expires)
    except ValueError:
        mark = ""
    if mark != PLACEHOLDER:
        return invalid(plane)
    return check_token(told, until, request, plane) or USER


def placeholder(audience: str, expires_on: int) -> str:
    """A stand-in for a token in process: it says that it is not a token, its audience, and its expiry."""
    return f"{PLACEHOLDER}.{urlsafe_b64encode(audience.encode()).decode().rstrip('=')}.{expires_on}"


def check_token(audience: str, expires_on: int, request: Request, plane: Plane) -> BadToken | None:
    """Why a genuine token is refused, or None (codes as quoted in public issues).

    `expires_on` is in Unix seconds of real time, as clients use.
    """
    allowed = AUDIENCES[plane]
    if plane == "arm" and request.host in LOOPBACK:
        allowed = (*allowed, request.origin)
    if audience.rstrip("/") not in allowed:
        told = ", ".join(f"'{name}'" for name in allowed)
        message = f"The access token was obtained for the audience '{audience}'. The allowed audiences are {told}."
        return BadToken("InvalidAuthenticationTokenAudience", message, plane)
    now = time.time()
    if expires_on <= now:
        expiry, present = (f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (expires_on, now))
        message = f"The access token expired at '{expiry}', and it is now '{present}'."
        return BadToken("ExpiredAuthenticationToken", message, plane)
    return None


def invalid(plane: Plane) -> BadToken:
    """The refusal of a token that was not issued here."""
    return BadToken("InvalidAuthenticationToken", "The access token is invalid.", plane)


def missing(plane: Plane) -> BadToken:
    """The refusal of a request without a bearer token."""
    return BadToken("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", plane)
