"""The simulated Azure: what Resource Manager does before it passes a request on, and to which service."""

import math
import re
from collections import deque
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tui.sandbox import errors, names
from tui.sandbox.actions import action_of, scope_of
from tui.sandbox.aml import MachineLearning
from tui.sandbox.authorization import AzureRoles
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock, VirtualClock
from tui.sandbox.faults import (
    Answering,
    Faults,
    Garbled,
    NoResponseError,
    Outcome,
    Overruled,
    RequestLost,
    RequestLostError,
    ResponseLost,
    ResponseLostError,
    Truncated,
)
from tui.sandbox.firewall_rules import FirewallRules
from tui.sandbox.http import Request, Response
from tui.sandbox.identities import ManagedIdentities
from tui.sandbox.locks import Locks, scope_locked
from tui.sandbox.operations import Operations
from tui.sandbox.permissions import Permissions
from tui.sandbox.planes import ARM_HOSTS, data_plane
from tui.sandbox.routing import Call, Route, Service, without_empty_segments
from tui.sandbox.seed import make_world
from tui.sandbox.sign_in import BadToken, Caller, SignIn, anyone
from tui.sandbox.spark_pools import SparkPools
from tui.sandbox.storage import StorageAccounts
from tui.sandbox.subscriptions import Subscriptions
from tui.sandbox.synapse import Synapse
from tui.sandbox.synapse_operations import SynapseOperations
from tui.sandbox.world import World

if TYPE_CHECKING:
    from tui.sandbox.synapse_data import SynapseData

WRITES = frozenset({"PUT", "PATCH", "POST", "DELETE"})

CHANGES = WRITES - {"POST"}
"""The methods that change something here: every POST only checks access."""

LOG_LENGTH = 10_000

_PLACE = re.compile(r"/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?", re.IGNORECASE)
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_HOURLY = {"reads": 12_000, "writes": 1_200, "deletes": 15_000}
"""How many requests of a kind Resource Manager took in an hour, as its header counted in 2024 (recorded)."""


class LoggedRequest(NamedTuple):
    """A request that reached the simulated Azure.

    Attributes:
        method: The HTTP method.
        url: The absolute URL.
        headers: The headers without `Authorization`.
        body: The parsed JSON body, None when empty, or the raw bytes when it is not JSON.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: object


class Sandbox:
    """A simulated Azure.

    Attributes:
        log: The received requests, oldest first.
        accepted: Those that a service accepted and that may have changed something, whether or not the caller
            received the answer.

    Args:
        world: Its contents; by default the small world of `make_world`.
        clock: Its time; by default virtual time.
        faults: Its faults; by default none.
        choices: The decisions where Azure's behaviour is unrecorded.
        page_size: How many items one page of any list has. Azure's own sizes are unrecorded: chosen.
        operation_seconds: How long a long-running operation takes, in simulated seconds.
        grant_seconds: How long a Synapse role assignment takes to take effect, in simulated seconds; it is listed
            at once.
        principal_seconds: How long neither Synapse nor Azure's role service knows a new identity, in simulated seconds.
        log_length: How many requests the log keeps.
    """

    def __init__(
        self,
        world: World | None = None,
        clock: Clock | None = None,
        faults: Faults | None = None,
        choices: Choices | None = None,
        *,
        page_size: int = 100,
        operation_seconds: float = 20.0,
        grant_seconds: float = 0.0,
        principal_seconds: float = 0.0,
        log_length: int = LOG_LENGTH,
    ) -> None:
        self.world = world or make_world()
        self.clock: Clock = clock or VirtualClock()
        self.faults = faults or Faults()
        self.log: deque[LoggedRequest] = deque(maxlen=log_length)
        self.accepted: deque[LoggedRequest] = deque(maxlen=log_length)
        choices = choices or Choices()
        self._operations = Operations(self.clock, operation_seconds)
        self._services: tuple[Service, ...] = (
            MachineLearning(self.world, self.clock, choices, self._operations, page_size),
            Synapse(self.world, page_size),
            SparkPools(self.world, self.clock, choices, self._operations, page_size),
            FirewallRules(self.world, self._operations, page_size),
            SynapseOperations(self.world, choices, self._operations),
            ManagedIdentities(self.world, page_size),
            Subscriptions(self.world, page_size),
            StorageAccounts(self.world),
            Permissions(self.world),
            AzureRoles(self.world, self.clock, choices, principal_seconds),
            Locks(self.world, choices),
        )
        self._seconds = {"grant_seconds": grant_seconds, "principal_seconds": principal_seconds}
        self._choices = choices
        self._page_size = page_size
        self._answered = 0
        self._rates: dict[tuple[str, str], tuple[float, float]] = {}
        self.world.begin(self.clock.monotonic)

    @cached_property
    def _synapse_data(self) -> "SynapseData":
        """Synapse's data plane; imported with the first request to it."""
        from tui.sandbox.synapse_data import SynapseData

        return SynapseData(
            self.world, self.clock, self._choices, self._operations, page_size=self._page_size, **self._seconds
        )

    async def handle(self, request: Request, sign_in: SignIn = anyone, patience: float = math.inf) -> Response:
        """Answer one request.

        Args:
            request: The request.
            sign_in: Identifies the caller.
            patience: For how many simulated seconds the caller waits for the first byte.

        Raises:
            RequestLostError: The connection broke before Azure saw the request; nothing has changed.
            ResponseLostError: The connection broke after Azure had acted.
            NoResponseError: The caller stopped waiting first; Azure has acted anyway.
        """
        request = without_empty_segments(request) if self._choices.empty_segments == "dropped" else request
        met = self.faults.meet(request)
        if met.jump:
            self.clock.jump(met.jump)
        if isinstance(met.fault, RequestLost):
            raise RequestLostError("Connection reset by peer")
        if not self.serves(request):
            raise RequestLostError(f"Cannot connect to host {request.host}: Name or service not known")
        entry = self._log(request)
        if met.delay:
            await self.clock.sleep(min(met.delay, patience))
        self._operations.settle()
        asked = data_plane(request)
        if isinstance(met.fault, Answering):
            response = met.fault.respond(request, self.clock.now())
        elif asked:
            response = self._answer_data(*asked, sign_in)
        else:
            response = self._answer(request, met.outcome, sign_in)
        if request.method in CHANGES and response.status < 400 and not isinstance(met.fault, Answering):
            self.accepted.append(entry)
        if isinstance(met.fault, ResponseLost):
            raise ResponseLostError("Server disconnected")
        if met.delay > patience:
            raise NoResponseError(f"No response came within {patience:g} seconds")
        if isinstance(met.fault, Overruled):
            response = met.fault.answer.respond(request, self.clock.now())
        if isinstance(met.fault, Truncated | Garbled):
            headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
            body = met.fault.body if isinstance(met.fault, Garbled) else response.body[: met.fault.keep]
            response = Response(response.status, headers, body)
        return self._with_request_id(response) if asked else self._with_ids(request, response)

    def serves(self, request: Request) -> bool:
        """Whether there is a service at the request's host, or at its path where the host is shared."""
        asked = data_plane(request)
        if asked is None:
            return request.host in ARM_HOSTS
        return self.world.synapse_workspace_named(asked[0]) is not None

    def _answer_data(self, name: str, request: Request, sign_in: SignIn) -> Response:
        """The answer of a Synapse workspace's data plane."""
        workspace = self.world.synapse_workspace_named(name)
        if workspace is None:  # it was deleted during the request
            return errors.arm_error(404, "NotFound", f"There is no Synapse workspace '{name}'.")
        caller = sign_in(request, "synapse")
        if isinstance(caller, BadToken):
            return caller.respond(request)
        return self._synapse_data.answer(workspace, request, caller)

    def _answer(self, request: Request, outcome: Outcome | None, sign_in: SignIn) -> Response:
        """The answer of Resource Manager or one of its services."""
        caller = sign_in(request, "arm")
        if isinstance(caller, BadToken):
            return caller.respond(request)
        found = self._find(request.path)
        if found is None:
            message = f"The requested path '{request.path}' was not found."
            return scope_locked(self.world, request) or errors.arm_error(404, "NotFound", message)
        service, route, placeholders = found
        refusal = self._refusal(request, service, route, caller)
        if refusal is not None:
            return refusal
        response = route.handlers[request.method](Call(request, placeholders, outcome, caller))
        return Response(response.status, {**service.headers, **response.headers}, response.body)

    def _find(self, path: str) -> tuple[Service, Route, Mapping[str, str]] | None:
        for service in self._services:
            for route in service.routes:
                placeholders = route.match(path)
                if placeholders is not None:
                    return service, route, placeholders
        return None

    def _refusal(self, request: Request, service: Service, route: Route, caller: Caller) -> Response | None:
        """Why Resource Manager does not pass the request on, or None; texts without a source are chosen."""
        if request.method not in route.handlers:
            message = f"The requested resource does not support http method '{request.method}'."
            return errors.arm_error(405, "MethodNotAllowed", message, {"Allow": ", ".join(route.handlers)})
        version = request.query.get("api-version")
        if version is None:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            return errors.arm_error(400, "MissingApiVersionParameter", message, errors.FROM_GATEWAY)
        if version not in service.api_versions:
            supported = ", ".join(sorted(service.api_versions))
            message = (
                f"No registered resource provider found for API version '{version}' for '{action_of(request)}'. "
                f"The supported api-versions are '{supported}'."
            )
            return errors.arm_error(400, "NoRegisteredProviderFound", message, errors.FROM_GATEWAY)
        return self._closed(request, caller) or scope_locked(self.world, request)

    def _closed(self, request: Request, caller: Caller) -> Response | None:
        """Why the subscription or the resource group refuses the request, or None."""
        place = _PLACE.match(request.path)
        if place is None:
            return None
        subscription_id, group = place.groups()
        subscription = self.world.subscription(subscription_id)
        if subscription is None:
            return errors.subscription_not_found(subscription_id)
        below = len(request.path.split("/")) > 3
        if below and subscription_id.lower() in self.world.forbidden:
            return errors.authorization_failed(action_of(request), scope_of(request), caller.name, caller.object_id)
        if subscription["state"] == "Disabled" and request.method in WRITES:
            message = (
                f"The subscription '{subscription_id}' is disabled and therefore marked as read only. You cannot "
                "perform any write actions on this subscription until it is re-enabled."
            )
            return errors.arm_error(409, "ReadOnlyDisabledSubscription", message, errors.FROM_GATEWAY)
        if group and not self.world.has_group(f"/subscriptions/{subscription_id}/resourceGroups/{group}"):
            message = f"Resource group '{group}' could not be found."
            return errors.arm_error(404, "ResourceGroupNotFound", message, errors.FROM_GATEWAY)
        return None

    def _with_request_id(self, response: Response) -> Response:
        """The response with the headers that Synapse's data plane always adds."""
        self._answered += 1
        headers = {"Date": names.http_date(self.clock.now()), "x-ms-request-id": names.guid("request", self._answered)}
        return Response(response.status, {**headers, **response.headers}, response.body)

    def _with_ids(self, request: Request, response: Response) -> Response:
        """The response with the headers that Resource Manager always adds: ids, the date, and the remaining rate."""
        self._answered += 1
        moment = self.clock.now()
        request_id = names.guid("request", self._answered)
        correlation_id = _echoed(request, "x-ms-correlation-request-id") or request_id
        headers = {
            "Cache-Control": "no-cache",
            "Date": names.http_date(moment),
            "x-ms-request-id": request_id,
            "x-ms-correlation-request-id": correlation_id,
            "x-ms-routing-request-id": f"{errors.REGION.upper()}:{moment:%Y%m%dT%H%M%SZ}:{correlation_id}",
        }
        client_id = _echoed(request, "x-ms-client-request-id")
        if client_id and (request.header("x-ms-return-client-request-id") or "").lower() == "true":
            headers["x-ms-client-request-id"] = client_id
        if response.headers.get("x-ms-failure-cause") != "gateway":
            headers.update(self._rate(request))
        return Response(response.status, {**headers, **response.headers}, response.body)

    def _rate(self, request: Request) -> Mapping[str, str]:
        """The caller's remaining rate, in the header for the method and path (recorded).

        Each kind of request of each subscription counts separately, and the used rate is restored within an hour.
        """
        subscription = _SUBSCRIPTION.match(request.path)
        kind = "deletes" if request.method == "DELETE" else "writes" if request.method in WRITES else "reads"
        name = f"{'subscription' if subscription else 'tenant'}-{kind}"
        limit = _HOURLY[kind]
        key = (subscription[1].lower() if subscription else "", kind)
        now = self.clock.monotonic()
        level, at = self._rates.get(key, (float(limit), now))
        level = max(0.0, min(limit, level + (now - at) * limit / 3600) - 1)
        self._rates[key] = (level, now)
        return {f"x-ms-ratelimit-remaining-{name}": str(int(level))}

    def _log(self, request: Request) -> LoggedRequest:
        try:
            body = request.json()
        except ValueError:
            body = request.body
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        entry = LoggedRequest(request.method, request.url, headers, body)
        self.log.append(entry)
        return entry


def _echoed(request: Request, name: str) -> str | None:
    """The header if it can be sent back unchanged, or None: clients can put any bytes into theirs."""
    value = request.header(name)
    return value if value and len(value) <= 256 and value.isascii() and value.isprintable() else None
