"""The machine's own identity: the endpoints where a virtual machine or an App Service requests its token."""

import secrets
import time

from tui.sandbox.http import Document, Request, Response, json_response
from tui.sandbox.login import known_resource
from tui.sandbox.planes import LOOPBACK
from tui.sandbox.tokens import Principal, Tokens
from tui.sandbox.world import World

IMDS_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"

HOSTS = frozenset({"169.254.169.254"}) | LOOPBACK

SELECTORS = ("client_id", "object_id", "principal_id", "msi_res_id", "mi_res_id")


class ManagedIdentityEndpoints:
    """Gives tokens to every process on the machine, as Azure does (documentation).

    `machine` is the machine's system-assigned identity, and `header` the secret that App Service gives to its own
    processes.
    """

    def __init__(self, world: World, tokens: Tokens, machine: Principal, header: str) -> None:
        self._world = world
        self._tokens = tokens
        self._machine = machine
        self._header = header

    def answer(self, request: Request) -> Response | None:
        """The answer of the endpoint, or None for a request to another service."""
        if request.host not in HOSTS or request.path not in {IMDS_PATH, APP_SERVICE_PATH}:
            return None
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        principal = self._principal(request)
        if principal is None:
            return _refused(400, "invalid_request", "Identity not found")
        return self._token(principal, request.query["resource"])

    def _refusal(self, request: Request) -> Response | None:
        """Why the request gets no token, or None."""
        if request.method != "GET":
            return _refused(405, "invalid_request", "Only GET is supported here.")
        if request.path == IMDS_PATH:
            if (request.header("Metadata") or "").lower() != "true":
                return _refused(400, "invalid_request", "The header 'Metadata: true' is required.")
        elif not secrets.compare_digest(
            (request.header("X-IDENTITY-HEADER") or "").encode(errors="replace"), self._header.encode()
        ):
            return _refused(401, "unauthorized", "The header 'X-IDENTITY-HEADER' is missing or wrong.")
        resource = request.query.get("resource", "")
        if "api-version" not in request.query or not resource:
            return _refused(400, "invalid_request", "The parameters 'api-version' and 'resource' are required.")
        if not known_resource(request, resource):
            return _refused(400, "invalid_resource", f"The resource '{resource}' was not found in the tenant.")
        return None

    def _token(self, principal: Principal, resource: str) -> Response:
        now = int(time.time())
        return json_response(
            200,
            {
                "access_token": self._tokens.access_token(principal, resource),
                "client_id": principal.client_id,
                # Both endpoints send numbers as text.
                "expires_in": str(self._tokens.seconds),
                "expires_on": str(now + self._tokens.seconds),
                "ext_expires_in": str(self._tokens.seconds),
                "not_before": str(now),
                "resource": resource,
                "token_type": "Bearer",
            },
        )

    def _principal(self, request: Request) -> Principal | None:
        """The requested user-assigned identity, or the machine's own by default."""
        wanted = {name: request.query[name].lower() for name in SELECTORS if request.query.get(name)}
        if not wanted:
            return self._machine
        return next((_as_principal(found) for found in self._world.identities if _is(found, wanted)), None)


def _is(identity: Document, wanted: dict[str, str]) -> bool:
    ids = identity["properties"]
    principal_id, arm_id = ids["principalId"].lower(), identity["id"].lower()
    known = {
        "client_id": ids["clientId"].lower(),
        "object_id": principal_id,
        "principal_id": principal_id,
        "msi_res_id": arm_id,
        "mi_res_id": arm_id,
    }
    return all(known[name] == value for name, value in wanted.items())


def _as_principal(identity: Document) -> Principal:
    return Principal(identity["properties"]["principalId"], identity["properties"]["clientId"])


def _refused(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})
