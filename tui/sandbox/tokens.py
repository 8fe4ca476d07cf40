"""Signed tokens for the sandbox served over a socket, where anyone on the machine can call."""

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple

from tui.sandbox.http import Request
from tui.sandbox.names import TENANT_ID
from tui.sandbox.planes import Plane
from tui.sandbox.sign_in import BadToken, Caller, bearer, check_token, invalid, missing

TOKEN_SECONDS = 3600
REFRESH_SECONDS = 86_400

HEADER = {"alg": "HS256", "typ": "JWT", "kid": "sandbox"}


class Principal(NamedTuple):
    """A holder of tokens.

    Attributes:
        object_id: The object id in the directory.
        client_id: The client id of the application that acts, for itself or for the user.
        user_name: The user's name; empty for an application acting by itself.
    """

    object_id: str
    client_id: str
    user_name: str = ""

    @property
    def caller(self) -> Caller:
        """Its description in Azure's messages."""
        return Caller(self.object_id, self.user_name or self.client_id)


class Tokens:
    """Makes and checks JSON web tokens, signed with a key that exists only in this process.

    `seconds` is how long an access token is valid, in real time.
    """

    def __init__(self, seconds: int = TOKEN_SECONDS) -> None:
        self.seconds = seconds
        self._key = secrets.token_bytes(32)

    def access_token(self, principal: Principal, audience: str, seconds: int | None = None) -> str:
        """An access token.

        `audience` is its resource, as the client wrote it. `seconds` is how long it is valid, in real time; None for
        the default.
        """
        # Each token has an id of its own, as Entra's do, so a renewal within a second gives another token.
        own = {"use": "access", "aud": audience, "uti": secrets.token_urlsafe(16)}
        return self._signed({**own, **_claims(principal, self.seconds if seconds is None else seconds)})

    def id_token(self, principal: Principal, issuer: str) -> str:
        """The token that tells the client application who has signed in."""
        claims = {"preferred_username": principal.user_name, "name": principal.user_name, "ver": "2.0"}
        token = {"use": "id", **_claims(principal, TOKEN_SECONDS), **claims, "aud": principal.client_id, "iss": issuer}
        return self._signed(token)

    def refresh_token(self, principal: Principal) -> str:
        """A token that `redeem` exchanges for others."""
        return self._signed({"use": "refresh", **_claims(principal, REFRESH_SECONDS)})

    def redeem(self, refresh_token: str, client_id: str) -> Principal | None:
        """The holder of the refresh token, or None if it is not one of this client's or has expired."""
        claims = self._claims_of(refresh_token)
        if claims is None or claims["use"] != "refresh" or claims["exp"] <= time.time():
            return None
        principal = Principal(claims["oid"], claims["appid"], claims["upn"])
        return principal if principal.client_id == client_id else None

    def sign_in(self, request: Request, plane: Plane) -> Caller | BadToken:
        """Accept the access tokens that were made here, if they are for this plane and have not expired."""
        token = bearer(request)
        if token is None:
            return missing(plane)
        claims = self._claims_of(token)
        if claims is None or claims["use"] != "access":
            return invalid(plane)
        refusal = check_token(claims["aud"], claims["exp"], request, plane)
        return refusal or Principal(claims["oid"], claims["appid"], claims["upn"]).caller

    def _signed(self, claims: dict[str, Any]) -> str:
        content = f"{_encoded(HEADER)}.{_encoded(claims)}"
        return f"{content}.{_text(self._signature(content))}"

    def _claims_of(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was signed here, or None."""
        content, _, signature = token.rpartition(".")
        if not hmac.compare_digest(_text(self._signature(content)).encode(), signature.encode(errors="replace")):
            return None
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(content.partition(".")[2] + "=="))
        return claims

    def _signature(self, content: str) -> bytes:
        return hmac.digest(self._key, content.encode(errors="replace"), hashlib.sha256)


def _claims(principal: Principal, seconds: int) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": f"https://sts.windows.net/{TENANT_ID}/",
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": TENANT_ID,
        "appid": principal.client_id,
        "idtyp": "user" if principal.user_name else "app",
        "upn": principal.user_name,
        "ver": "1.0",
    }


def _encoded(document: dict[str, Any]) -> str:
    return _text(json.dumps(document, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
