"""The login service: what azure-identity and `az login` need before they have a token.

The protocol is OAuth 2.0 and OpenID Connect as Microsoft Entra ID speaks them (documentation; error codes as quoted in
public issues; texts chosen).
"""

import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from tui.sandbox.faults import Faults
from tui.sandbox.http import Document, Request, Response, json_response
from tui.sandbox.names import TENANT_ID
from tui.sandbox.planes import LOOPBACK
from tui.sandbox.sign_in import AUDIENCES
from tui.sandbox.tokens import Principal, Tokens

HOSTS = frozenset({"login.microsoftonline.com"}) | LOOPBACK

TENANTS = frozenset({TENANT_ID, "common", "organizations"})

CONFIGURATION = re.compile(r"/([^/]+)(?:/v2\.0)?/\.well-known/openid-configuration")
KEYS = re.compile(r"/([^/]+)/discovery/(?:v2\.0/)?keys")
TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
DEVICE_CODE = re.compile(r"/([^/]+)/oauth2/v2\.0/devicecode")
INSTANCES = re.compile(r"/(common)/discovery/instance")

DEVICE_CODE_SECONDS = 900
POLL_SECONDS = 1
MOST_DEVICE_CODES = 1000

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_METHODS = ("client_secret_post", "client_secret_basic", "private_key_jwt")
OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})


class _Refused(Exception):
    """Carries an OAuth error out of the readers below."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        description = f"AADSTS{number}: {message}"
        self.response = json_response(
            status,
            {
                "error": error,
                "error_description": description,
                "error_codes": [number],
                "timestamp": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
                "trace_id": secrets.token_hex(16),
                "correlation_id": secrets.token_hex(16),
            },
        )


@dataclass
class _DeviceCode:
    """A sign-in that waits for its user: the request, its expiry, and the number of polls."""

    client_id: str
    scope: str
    expires_at: float
    polls: int = 0


class Login:
    """The login service of the one tenant.

    Args:
        tokens: Makes the tokens.
        application: The application that can sign in by itself.
        secret: Its client secret.
        user: The user who approves every device code.
        device_polls: How often a device code is pending before it is approved.
        faults: Its faults; by default none.
        federated_token: The token of a CI system that its federated credential accepts; empty for none.
    """

    def __init__(
        self,
        tokens: Tokens,
        application: Principal,
        secret: str,
        user: Callable[[str], Principal],
        device_polls: int = 1,
        faults: Faults | None = None,
        federated_token: str = "",
    ) -> None:
        self._tokens = tokens
        self._application = application
        self._secret = secret
        self._federated_token = federated_token
        self._user = user
        self._device_polls = device_polls
        self._faults = faults or Faults()
        self._device_codes: dict[str, _DeviceCode] = {}
        self._routes: tuple[tuple[str, re.Pattern[str], Callable[[Request, str], Response]], ...] = (
            ("GET", CONFIGURATION, self._configuration),
            ("GET", INSTANCES, self._instances),
            ("GET", KEYS, self._keys),
            ("POST", TOKEN, self._token),
            ("POST", DEVICE_CODE, self._device_code),
        )

    def answer(self, request: Request) -> Response | None:
        """The answer of the login service, or None for a request to another service."""
        if request.host not in HOSTS:
            return None
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            if found is None:
                continue
            if request.method != method:
                document = {"error": "invalid_request", "error_description": f"Only {method} is supported here."}
                return json_response(405, document, {"Allow": method})
            try:
                return handler(request, _tenant(found[1]))
            except _Refused as refused:
                return refused.response
        return None

    def _configuration(self, request: Request, tenant: str) -> Response:
        base = f"{request.origin}/{TENANT_ID if tenant == 'common' else tenant}"
        return json_response(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                    "private_key_jwt",
                ],
                "response_types_supported": ["code", "id_token"],
                "response_modes_supported": ["query", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["HS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "tenant_region_scope": "EU",
                "cloud_instance_name": "microsoftonline.com",
            },
        )

    def _instances(self, request: Request, _tenant: str) -> Response:
        host = request.origin.partition("//")[2]
        return json_response(
            200,
            {
                "tenant_discovery_endpoint": f"{request.origin}/{TENANT_ID}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            },
        )

    def _keys(self, _request: Request, _tenant: str) -> Response:
        # The tokens are signed with a secret key, and only this process checks them: there is nothing to publish.
        return json_response(200, {"keys": []})

    def _device_code(self, request: Request, _tenant: str) -> Response:
        form = _form(request)
        client_id = _needed(form, "client_id")
        _, scope = _resource(request, form)
        code = secrets.token_urlsafe(32)
        while len(self._device_codes) >= MOST_DEVICE_CODES:
            del self._device_codes[next(iter(self._device_codes))]
        self._device_codes[code] = _DeviceCode(client_id, scope, time.monotonic() + DEVICE_CODE_SECONDS)
        user_code = secrets.token_hex(5).upper()[:9]
        page = f"{request.origin}/devicelogin"
        return json_response(
            200,
            {
                "user_code": user_code,
                "device_code": code,
                "verification_uri": page,
                "expires_in": DEVICE_CODE_SECONDS,
                "interval": POLL_SECONDS,
                "message": f"The sandbox approves the code {user_code} by itself; you need not enter it at {page}.",
            },
        )

    def _token(self, request: Request, tenant: str) -> Response:
        form = _form(request)
        grant = _needed(form, "grant_type")
        refused = self._faults.meet_sign_in(request, grant)
        if refused is not None:
            raise _Refused(400, refused.error, refused.number, refused.message)
        if grant == "client_credentials":
            return self._for_application(request, form)
        if grant in {"urn:ietf:params:oauth:grant-type:device_code", "device_code"}:
            return self._for_device(request, form, tenant)
        if grant == "refresh_token":
            return self._for_refresh(request, form, tenant)
        raise _Refused(400, "unsupported_grant_type", 70003, f"The grant type '{grant}' is not supported.")

    def _for_application(self, request: Request, form: Mapping[str, str]) -> Response:
        client_id = _needed(form, "client_id")
        if client_id.lower() != self._application.client_id:
            message = f"Application with identifier '{client_id}' was not found in the directory."
            raise _Refused(400, "unauthorized_client", 700016, message)
        if form.get("client_assertion_type") == _ASSERTION:
            if not _is_same(_needed(form, "client_assertion"), self._federated_token) or not self._federated_token:
                message = "No matching federated identity record found for presented assertion."
                raise _Refused(401, "invalid_client", 70021, message)
        elif not _is_same(_needed(form, "client_secret"), self._secret):
            raise _Refused(401, "invalid_client", 7000215, f"Invalid client secret provided for app '{client_id}'.")
        audience, _ = _resource(request, form)
        return json_response(200, self._access(self._application, audience))

    def _for_device(self, request: Request, form: Mapping[str, str], tenant: str) -> Response:
        code = _needed(form, "device_code")
        waiting = self._device_codes.get(code)
        if waiting is None or waiting.client_id != _needed(form, "client_id"):
            raise _Refused(400, "invalid_grant", 70000, "The device code is unknown.")
        if waiting.expires_at <= time.monotonic():
            raise _Refused(400, "expired_token", 70020, "The device code has expired.")
        waiting.polls += 1
        if waiting.polls <= self._device_polls:
            raise _Refused(400, "authorization_pending", 70016, "The user has not approved the code yet.")
        del self._device_codes[code]
        # The scope is that of the request for the code: this one has none (RFC 8628).
        return self._for_user(request, {**form, "scope": waiting.scope}, tenant, self._user(waiting.client_id))

    def _for_refresh(self, request: Request, form: Mapping[str, str], tenant: str) -> Response:
        principal = self._tokens.redeem(_needed(form, "refresh_token"), _needed(form, "client_id"))
        if principal is None:
            raise _Refused(400, "invalid_grant", 700082, "The refresh token is invalid or has expired.")
        return self._for_user(request, form, tenant, principal)

    def _for_user(self, request: Request, form: Mapping[str, str], tenant: str, user: Principal) -> Response:
        audience, scope = _resource(request, form)
        client_info = json.dumps({"uid": user.object_id, "utid": TENANT_ID}).encode()
        return json_response(
            200,
            {
                **self._access(user, audience),
                "scope": scope,
                "refresh_token": self._tokens.refresh_token(user),
                "id_token": self._tokens.id_token(user, f"{request.origin}/{tenant}/v2.0"),
                "client_info": urlsafe_b64encode(client_info).decode().rstrip("="),
            },
        )

    def _access(self, principal: Principal, audience: str) -> Document:
        return {
            "token_type": "Bearer",
            "expires_in": self._tokens.seconds,
            "ext_expires_in": self._tokens.seconds,
            "access_token": self._tokens.access_token(principal, audience),
        }


def _is_same(given: str, known: str) -> bool:
    return secrets.compare_digest(given.encode(errors="replace"), known.encode())


def known_resource(request: Request, resource: str) -> bool:
    """Whether a plane of the sandbox accepts tokens for the resource."""
    wanted = resource.rstrip("/")
    return wanted == request.origin or any(wanted in allowed for allowed in AUDIENCES.values())


def _tenant(name: str) -> str:
    if name.lower() not in TENANTS:
        raise _Refused(400, "invalid_request", 90002, f"Tenant '{name}' not found.")
    return name.lower()


def _resource(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """The resource of the requested scope, and the scope; Resource Manager's if there are only OpenID's."""
    asked = [scope for scope in form.get("scope", "").split() if scope not in OPENID_SCOPES]
    scope = asked[0] if asked else f"{AUDIENCES['arm'][0]}/.default"
    # Everything before the last part: a resource may itself end in a slash, as in `https://host//.default`.
    resource = scope.rpartition("/")[0]
    if not known_resource(request, resource):
        message = f"The resource principal named '{resource}' was not found in the tenant."
        raise _Refused(400, "invalid_resource", 500011, message)
    return resource, scope


def _form(request: Request) -> Mapping[str, str]:
    try:
        fields = parse_qs(request.body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise _Refused(400, "invalid_request", 900144, "The request body is not a form.") from error
    return {name: values[0] for name, values in fields.items()}


def _needed(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise _Refused(400, "invalid_request", 900144, f"The request body must contain the parameter '{name}'.")
    return form[name]
