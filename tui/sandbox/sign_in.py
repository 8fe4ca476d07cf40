"""Who calls: what a bearer token says, and why it may not do."""

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
"""For whom a token must be issued to be taken by each plane; clients add a closing slash as they like."""

PLACEHOLDER = "not-a-token"


class Caller(NamedTuple):
    """Who is signed in.

    Attributes:
        object_id: The principal's object id in the directory.
        name: What messages call them: a user's name, or an application's client id.
    """

    object_id: str
    name: str


USER = Caller(USER_OBJECT_ID, USER_NAME)


class BadToken(NamedTuple):
    """Why a request is not let in.

    Attributes:
        code: Azure's error code.
        message: Azure's sentence.
        plane: The plane that was asked.
    """

    code: str
    message: str
    plane: Plane

    def respond(self, request: Request) -> Response:
        """Return the 401 with its challenge; the challenge's form is Resource Manager's (unrecorded: chosen)."""
        login = request.origin if request.host in LOOPBACK else "https://login.microsoftonline.com"
        challenge = (
            f'Bearer authorization_uri="{login}/{TENANT_ID}", error="invalid_token", error_description="{self.message}"'
        )
        gateway = errors.FROM_GATEWAY if self.plane == "arm" else {}
        return errors.arm_error(401, self.code, self.message, {"WWW-Authenticate": challenge, **gateway})


SignIn = Callable[[Request, Plane], Caller | BadToken]
"""Decides who calls; the way into the sandbox brings its own: in process, or over a socket."""


def bearer(request: Request) -> str | None:
    """Return the request's bearer token, or None."""
    scheme, _, token = (request.header("Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def anyone(request: Request, plane: Plane) -> Caller | BadToken:
    """Take any bearer token for the one user: for requests that are made by hand, without an SDK."""
    return missing(plane) if bearer(request) is None else USER


def in_process(request: Request, plane: Plane) -> Caller | BadToken:
    """Take the tokens of ``placeholder`` for the one user, if they are for this plane and have not expired."""
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
    return judge(told, until, request, plane) or USER


def placeholder(audience: str, expires_on: int) -> str:
    """Return what stands for a token in process: it says that it is none, for whom it would be, and how long."""
    return f"{PLACEHOLDER}.{urlsafe_b64encode(audience.encode()).decode().rstrip('=')}.{expires_on}"


def judge(audience: str, expires_on: int, request: Request, plane: Plane) -> BadToken | None:
    """Return why a genuine token does not let the request in, or None (codes as quoted in public issues).

    Args:
        audience: For whom the token was issued.
        expires_on: When it expires, in Unix seconds of the wall: clients go by the wall too.
        request: The request that brings it.
        plane: The plane that was asked.
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
    """Return the refusal of a token that nobody here has issued."""
    return BadToken("InvalidAuthenticationToken", "The access token is invalid.", plane)


def missing(plane: Plane) -> BadToken:
    """Return the refusal of a request without a bearer token."""
    return BadToken("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", plane)
