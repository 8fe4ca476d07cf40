"""Scripted faults: which request meets which fault.

Named tuples rather than dataclasses, because ten dataclasses would take a third of the sandbox's import time.
"""

import math
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from tui.sandbox import errors
from tui.sandbox.actions import action_of, scope_of
from tui.sandbox.http import Request, Response
from tui.sandbox.names import USER_OBJECT_ID
from tui.sandbox.planes import data_plane


class RequestLostError(Exception):
    """The connection broke before the service saw the request."""


class ResponseLostError(Exception):
    """The connection broke after the service had acted, before its response arrived."""


class NoResponseError(ResponseLostError):
    """The service acted, but its response came after the caller stopped waiting."""


class Answer(NamedTuple):
    """Azure answers with an error.

    Attributes:
        status: The HTTP status code.
        code: Azure's error code.
        message: Azure's sentence.
        headers: More headers.
        gateway: Whether Resource Manager answers, before any service.
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = MappingProxyType({})
    gateway: bool = False

    def respond(self, request: Request, moment: datetime) -> Response:
        """The error in the envelope of the requested service, or in Resource Manager's."""
        if is_aml(request) and not self.gateway:
            return errors.aml_error(self.status, self.message, moment=moment, code=self.code).plus(self.headers)
        marks = errors.FROM_GATEWAY if self.gateway else {}
        return errors.arm_error(self.status, self.code, self.message, {**marks, **self.headers})


class Throttled(NamedTuple):
    """Azure has received too many requests.

    The machine-learning service answers without Retry-After (recorded). `retry_after` is the header's value in seconds,
    or None to send none.
    """

    retry_after: int | None = None

    def respond(self, request: Request, moment: datetime) -> Response:
        """The 429 of the requested service."""
        seconds = 20 if self.retry_after is None else self.retry_after
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if not is_aml(request):
            return errors.too_many_requests(action_of(request), seconds, headers)
        message = f"Received too many requests in a short amount of time. Retry again after {seconds} seconds."
        refusal = errors.aml_error(429, message, moment=moment, inner=("QuotaExceeded", "TooManyRequests"))
        return refusal.plus({"Connection": "close", **headers})


class Forbidden:
    """The caller's roles do not allow the request: `AuthorizationFailed`, or what Synapse's data plane says."""

    def respond(self, request: Request, moment: datetime) -> Response:
        """The 403 of the requested plane, with the action and the scope."""
        del moment
        asked = data_plane(request)
        if asked:
            # Reading is the first thing that a caller without a role lacks, whatever was requested.
            read = "Microsoft.Synapse/workspaces/read"
            return errors.synapse_unauthorized(USER_OBJECT_ID, read, f"workspaces/{asked[0]}/*")
        return errors.authorization_failed(action_of(request), scope_of(request))


class ClaimsChallenge(NamedTuple):
    """Azure requires a token with certain claims, for conditional access or after a session was ended.

    The form of the challenge is documented ("Claims challenges, claims requests and client capabilities"). `claims` is
    the claims request, as JSON.
    """

    claims: str = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

    def respond(self, request: Request, moment: datetime) -> Response:
        """The 401 whose challenge carries the claims."""
        del request, moment
        encoded = urlsafe_b64encode(self.claims.encode()).decode().rstrip("=")
        challenge = (
            'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
            f'error="insufficient_claims", claims="{encoded}"'
        )
        message = "The access token does not satisfy the claims that a policy asks for."
        return errors.arm_error(
            401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge, **errors.FROM_GATEWAY}
        )


class SignInRefused(NamedTuple):
    """The sign-in service refuses a token; rules with this fault affect no other request.

    Attributes:
        number: The number of Entra's code, such as 53003.
        error: OAuth's word for it.
        message: Entra's sentence.
        grant: The only grant type that is refused, such as `refresh_token`; empty for any.
    """

    number: int
    error: str = "invalid_grant"
    message: str = "The sign-in was refused."
    grant: str = ""


class NotJson(NamedTuple):
    """Something between client and Azure answers with a body that is not JSON, as a proxy does."""

    status: int = 200
    body: bytes = b"<html><body>Bad gateway</body></html>"
    content_type: str = "text/html"

    def respond(self, request: Request, moment: datetime) -> Response:
        """The body, unchanged."""
        del request, moment
        return Response(self.status, {"Content-Type": self.content_type}, self.body)


class RequestLost:
    """The connection breaks before the service sees the request: nothing changes."""


class ResponseLost:
    """The connection breaks after the service has acted: the state changes, the response is lost."""


class Truncated(NamedTuple):
    """The service acts, but its response ends after `keep` bytes."""

    keep: int = 20


class Garbled(NamedTuple):
    """The service acts, but the response has another body, which is not JSON."""

    body: bytes = b"\x00\x01 not JSON"


class Overruled(NamedTuple):
    """The service acts, but something between it and the caller sends this error instead."""

    answer: Answer = Answer(503, "ServerBusy", "The service is busy.")


class Slow(NamedTuple):
    """The service is slow; a client that stops waiting loses the response, but the action happens.

    `seconds` are simulated seconds before the first byte of the response.
    """

    seconds: float


class ClockJump(NamedTuple):
    """The clock is set by so many seconds when the request arrives, as by time synchronisation or a laptop's sleep."""

    seconds: float


class Outcome(NamedTuple):
    """How the long-running operation that the request starts ends.

    Attributes:
        status: The final status.
        code: Azure's error code, for `Failed`.
        message: Azure's sentence, for `Failed`.
        seconds: How long it takes, or None for the sandbox's usual time.
        forgotten: Whether its status address answers 404 once it has ended.
    """

    status: Literal["Succeeded", "Failed", "Canceled"] = "Failed"
    code: str = "InternalServerError"
    message: str = "An internal server error occurred. Please try again."
    seconds: float | None = None
    forgotten: bool = False


class Stuck:
    """The long-running operation that the request starts never ends."""


Answering = Answer | Throttled | Forbidden | ClaimsChallenge | NotJson
"""Faults that answer instead of the service, which does not act."""

Losing = RequestLost | ResponseLost | Truncated | Garbled | Overruled
"""Faults that lose the request, or part or all of the response."""

Fault = Answering | Losing | Slow | ClockJump | Outcome | Stuck | SignInRefused


class Rule(NamedTuple):
    """Which requests meet a fault.

    Attributes:
        fault: What happens to them.
        method: The HTTP method, or `*` for any.
        path: A regular expression that is searched for in the path, in any letter case.
        after: How many matching requests pass first.
        times: How many meet the fault after that, or None for all.
    """

    fault: Fault
    method: str = "*"
    path: str = ""
    after: int = 0
    times: int | None = 1

    def matches(self, request: Request) -> bool:
        """Whether this rule counts the request."""
        same_method = self.method == "*" or self.method.upper() == request.method.upper()
        return same_method and re.search(self.path, request.path, re.IGNORECASE) is not None


class Met(NamedTuple):
    """The faults of one request.

    Attributes:
        delay: Simulated seconds to wait first.
        jump: By how many seconds the clock is set, before anything else.
        fault: What happens to the request or its response, or None.
        outcome: How an operation that it starts ends, or None.
    """

    delay: float = 0.0
    jump: float = 0.0
    fault: Answering | Losing | None = None
    outcome: Outcome | None = None


class Faults:
    """The script: every matching rule counts the request; delays and jumps add up, otherwise the first fault wins.

    Rules may be added and met from different threads.
    """

    def __init__(self, rules: "list[Rule] | tuple[Rule, ...]" = ()) -> None:
        self._lock = threading.Lock()
        self._rules = [(rule, [0]) for rule in rules]

    def add(self, rule: Rule) -> None:
        """Add a rule; it counts requests from now on."""
        with self._lock:
            self._rules.append((rule, [0]))

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()

    def meet(self, request: Request) -> Met:
        """Count the request in every matching rule, and return its faults."""
        delay, jump, fault, outcome = 0.0, 0.0, None, None
        for due in self._due(request, of_sign_in=False):
            if isinstance(due, Slow):
                delay += due.seconds
            elif isinstance(due, ClockJump):
                jump += due.seconds
            elif isinstance(due, Outcome):
                outcome = outcome or due
            elif isinstance(due, Stuck):
                outcome = outcome or Outcome("Succeeded", seconds=math.inf)
            elif not isinstance(due, SignInRefused):
                fault = fault or due
        return Met(delay, jump, fault, outcome)

    def meet_sign_in(self, request: Request, grant: str) -> SignInRefused | None:
        """Count a token request in every matching rule about sign-in, and return the first refusal."""
        due = self._due(request, of_sign_in=True)
        refusals = (fault for fault in due if isinstance(fault, SignInRefused))
        return next((fault for fault in refusals if fault.grant in ("", grant)), None)

    def _due(self, request: Request, *, of_sign_in: bool) -> list[Fault]:
        due = []
        with self._lock:
            for rule, seen in self._rules:
                if isinstance(rule.fault, SignInRefused) is of_sign_in and rule.matches(request):
                    seen[0] += 1
                    turn = seen[0] - rule.after
                    if turn > 0 and (rule.times is None or turn <= rule.times):
                        due.append(rule.fault)
        return due


def is_aml(request: Request) -> bool:
    """Whether the request is for the machine-learning service."""
    return "/providers/microsoft.machinelearningservices/" in request.path.lower() + "/"
