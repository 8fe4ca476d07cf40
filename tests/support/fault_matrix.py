"""The fault matrix: the operations of sparkpool, the faults of Azure, and the expected results.

Every operation meets every fault that makes sense for it; `tests/operations/test_fault_matrix.py` runs the cells. The
table says what is right, not what the program currently does: where the two differ, the program is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from tui.domain.errors import ProblemKind
from tui.sandbox.faults import (
    Answer,
    ClaimsChallenge,
    ClockJump,
    Fault,
    Forbidden,
    Garbled,
    NotJson,
    Outcome,
    Overruled,
    RequestLost,
    ResponseLost,
    Slow,
    Stuck,
    Throttled,
    Truncated,
)

DAY = 86_400.0
RETRY_AFTER = 7


class Meets(Enum):
    """Which request of an operation meets the fault; the columns of the table."""

    READ = "the one request that the person waits for"
    SEND = "the PUT or DELETE of a compute, a Spark pool or an identity"
    POLL = "the address where the operation's status is read"
    REST = "every read from the moment that Azure has accepted the write"
    ROLE = "the PUT or DELETE of a role assignment"
    ASK = "a question whose answer is told and decides nothing"
    NAME = "the reads that look for the principal of a new identity"


class Subject(NamedTuple):
    """An operation of the matrix.

    Attributes:
        id: Its name in the test's id.
        meets: Which of its requests meets the fault.
        method: The method of that request.
        path: A regular expression for its path.
        after: How many such requests come before it.
        writes: How many writes the whole operation makes without a fault.
    """

    id: str
    meets: Meets
    method: str
    path: str
    after: int = 0
    writes: int = 0

    @property
    def is_write(self) -> bool:
        """Whether the request that meets the fault is a write."""
        return self.meets in (Meets.SEND, Meets.ROLE)


POLL_ADDRESS = r"/computeOperationsStatus/"
POOL_POLL_ADDRESS = r"/operationStatuses/"

SUBJECTS = (
    Subject("list-computes", Meets.READ, "GET", r"/workspaces/aml-prod/computes$"),
    Subject("show-compute", Meets.READ, "GET", r"/computes/etl-prod$"),
    Subject("list-roles", Meets.READ, "GET", r"/roleAssignments$"),
    Subject("pick-subscription", Meets.READ, "GET", r"^/subscriptions$"),
    Subject("pick-workspace", Meets.READ, "GET", r"/Microsoft\.MachineLearningServices/workspaces$"),
    Subject("pick-synapse-workspace", Meets.READ, "GET", r"/Microsoft\.Synapse/workspaces$"),
    Subject("pick-pool", Meets.READ, "GET", r"/bigDataPools$"),
    Subject("pick-identity", Meets.READ, "GET", r"/userAssignedIdentities$"),
    Subject("show-identity", Meets.READ, "GET", r"/userAssignedIdentities/id-reporting$"),
    Subject("show-network", Meets.READ, "GET", r"/workspaces/syn-private$"),
    Subject("list-firewall-rules", Meets.READ, "GET", r"/firewallRules$"),
    Subject("list-private-endpoints", Meets.READ, "GET", r"/managedPrivateEndpoints$"),
    Subject("list-azure-roles", Meets.READ, "GET", r"/Microsoft\.Authorization/roleAssignments$"),
    Subject("attach", Meets.SEND, "PUT", r"/computes/adhoc$", writes=1),
    Subject("identity-change", Meets.SEND, "PUT", r"/computes/etl-prod$", writes=1),
    Subject("detach", Meets.SEND, "DELETE", r"/computes/etl-prod$", writes=1),
    Subject("attach-poll", Meets.POLL, "GET", POLL_ADDRESS, writes=1),
    Subject("identity-change-poll", Meets.POLL, "GET", POLL_ADDRESS, writes=1),
    Subject("detach-poll", Meets.POLL, "GET", POLL_ADDRESS, writes=1),
    # An attach first reads the pool and the name, an identity change the identity and the compute, a detach nothing.
    Subject("attach-rest", Meets.REST, "GET", "", after=2, writes=1),
    Subject("identity-change-rest", Meets.REST, "GET", "", after=2, writes=1),
    Subject("detach-rest", Meets.REST, "GET", "", writes=1),
    # A change first reads the Spark pool, a creation the Synapse workspace and the name.
    Subject("pool-change", Meets.SEND, "PUT", r"/bigDataPools/adhocpool$", writes=1),
    Subject("pool-creation", Meets.SEND, "PUT", r"/bigDataPools/newpool$", writes=1),
    Subject("pool-change-poll", Meets.POLL, "GET", POOL_POLL_ADDRESS, writes=1),
    Subject("pool-creation-poll", Meets.POLL, "GET", POOL_POLL_ADDRESS, writes=1),
    Subject("pool-change-rest", Meets.REST, "GET", "", after=1, writes=1),
    Subject("pool-creation-rest", Meets.REST, "GET", "", after=2, writes=1),
    # A creation of an identity first reads the name; there is nothing to follow.
    Subject("new-identity", Meets.SEND, "PUT", r"/userAssignedIdentities/id-new$", writes=1),
    Subject("role-create", Meets.ROLE, "PUT", r"/roleAssignments/", writes=1),
    Subject("role-delete", Meets.ROLE, "DELETE", r"/roleAssignments/", writes=1),
    Subject("storage-grant", Meets.ROLE, "PUT", r"/roleAssignments/", writes=1),
    Subject("storage-verify", Meets.ASK, "GET", r"/roleAssignments$", writes=1),
    Subject("chain-preflight", Meets.ASK, "GET", r"/providers/Microsoft\.Authorization/permissions$", writes=2),
    Subject("chain-locks", Meets.ASK, "GET", r"/providers/Microsoft\.Authorization/locks$", writes=2),
    Subject("chain-attach", Meets.SEND, "PUT", r"/computes/adhoc$", writes=2),
    # The preflight and the attach read the name, and the compute is read at the end of the PUT; the reads after those
    # look for the principal.
    Subject("chain-identity", Meets.NAME, "GET", r"/computes/adhoc$", after=3, writes=2),
    Subject("chain-grant", Meets.ROLE, "PUT", r"/roleAssignments/", writes=2),
    # Preflight first asks whether the caller may grant.
    Subject("chain-verify", Meets.ASK, "POST", r"/checkAccessSynapseRbac$", after=1, writes=2),
)


class Sign(Enum):
    """What the credential does when Azure asks for more claims."""

    MEETS = "gets a token with them"
    CANNOT = "says how to sign in anew, as az does"


class Case(NamedTuple):
    """A fault of the matrix.

    Attributes:
        id: Its name in the test's id.
        fault: What happens.
        lasts: Whether every such request meets it, or only the first.
        sign: How the credential responds to a claims challenge.
    """

    id: str
    fault: Fault
    lasts: bool = False
    sign: Sign = Sign.MEETS


_EXPIRED = Answer(
    401, "ExpiredAuthenticationToken", "The access token expired.", {"WWW-Authenticate": 'Bearer error="invalid_token"'}
)
_PROXY = b"<html><head><title>%s</title></head><body>proxy.contoso.example</body></html>"

UNLISTED = (202, 203, 206, 226, 302, 307, 308, 408, 425, 499, 501, 504, 510)
"""Statuses that no specification lists for a write and that do not prove that Azure did nothing."""

CASES = (
    Case("401", Answer(401, "InvalidAuthenticationToken", "The access token is invalid."), lasts=True),
    Case("token-expired", _EXPIRED),
    Case("claims-challenge-met", ClaimsChallenge()),
    Case("claims-challenge", ClaimsChallenge(), lasts=True, sign=Sign.CANNOT),
    Case("403", Forbidden(), lasts=True),
    Case("404", Answer(404, "ResourceNotFound", "The resource was not found."), lasts=True),
    Case("409", Answer(409, "Conflict", "An operation is already in progress."), lasts=True),
    Case("412", Answer(412, "PreconditionFailed", "The resource has changed."), lasts=True),
    Case("429-with-retry-after", Throttled(RETRY_AFTER)),
    Case("429-without-retry-after", Answer(429, "TooManyRequests", "Too many requests.")),
    Case("429-for-ever", Throttled(20), lasts=True),
    Case("500", Answer(500, "InternalServerError", "Something went wrong.")),
    Case("500-for-ever", Answer(500, "InternalServerError", "Something went wrong."), lasts=True),
    Case("503", Answer(503, "ServerBusy", "The service is busy.")),
    Case("503-with-retry-after", Answer(503, "ServerBusy", "The service is busy.", {"Retry-After": str(RETRY_AFTER)})),
    Case("503-after-accepted", Overruled()),
    Case("503-for-ever", Answer(503, "ServerBusy", "The service is busy."), lasts=True),
    Case("429-absurd-retry-after", Answer(429, "TooManyRequests", "Wait.", {"Retry-After": "9" * 400}), lasts=True),
    *(Case(f"{status}-after-accepted", Overruled(Answer(status, "Odd", "Nobody lists it."))) for status in UNLISTED),
    Case("reset-before-sending", RequestLost()),
    Case("reset-before-sending-for-ever", RequestLost(), lasts=True),
    Case("reset-after-accepted", ResponseLost()),
    Case("truncated-body", Truncated()),
    Case("body-not-json", Garbled()),
    Case("html-200", NotJson(200, _PROXY % b"Welcome")),
    Case("html-502", NotJson(502, _PROXY % b"Bad Gateway")),
    Case("html-407", NotJson(407, _PROXY % b"Proxy Authentication Required"), lasts=True),
    Case("slow-first-byte", Slow(30)),
    Case("first-byte-too-late", Slow(90)),
    Case("lro-failed", Outcome("Failed", "PoolNotAllowed", "The pool is in another tenant.")),
    Case("lro-canceled", Outcome("Canceled")),
    Case("lro-stuck-for-ever", Stuck()),
    Case("lro-status-404-after-success", Outcome("Succeeded", forgotten=True)),
    Case("clock-forward", ClockJump(DAY)),
    Case("clock-back", ClockJump(-DAY)),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected result of a cell.

    Attributes:
        problem: The kind of the only error; None if the operation survives the fault.
        taken: Exactly how many writes Azure has accepted then; None for all writes of the operation.
        why: The reason, if the cell differs from its row.
    """

    problem: ProblemKind | None = None
    taken: int | None = None
    why: str = ""


DONE = Expected()
ENDLESS = Expected(why="It never ends; what is shown after an hour, and how one leaves, are tests of their own.")


def _fails(kind: ProblemKind, taken: int = 0, why: str = "") -> Expected:
    return Expected(kind, taken, why)


_K = ProblemKind

_SURVIVED = dict.fromkeys(Meets, DONE)


def _refused(kind: ProblemKind) -> dict[Meets, Expected]:
    """A lasting refusal: no write is accepted, and earlier accepted writes are found by reading, if that is allowed."""
    return {
        Meets.READ: _fails(kind),
        Meets.SEND: _fails(kind),
        Meets.POLL: DONE,
        Meets.REST: _fails(kind, 1),
        Meets.ROLE: _fails(kind),
        Meets.ASK: DONE,
        Meets.NAME: _fails(kind, 1),
    }


def _unread(kind: ProblemKind, *, acted: bool) -> dict[Meets, Expected]:
    """One unreadable response: an error for a read, and a reason to read back the result of a write."""
    return _SURVIVED | {Meets.READ: _fails(kind), Meets.SEND: DONE if acted else _fails(kind)}


def _unaccepted(kind: ProblemKind) -> dict[Meets, Expected]:
    """One response after which a read is retried, and a write of a compute is only read back and not found."""
    return _SURVIVED | {Meets.SEND: _fails(kind)}


TABLE: dict[str, dict[Meets, Expected]] = {
    "401": _refused(_K.NOT_SIGNED_IN),
    "token-expired": _SURVIVED,
    "claims-challenge-met": _SURVIVED,
    "claims-challenge": _refused(_K.NOT_SIGNED_IN),
    "403": _refused(_K.FORBIDDEN),
    "404": _refused(_K.NOT_FOUND),
    "409": _refused(_K.CONFLICT),
    "412": _refused(_K.CHANGED),
    "429-with-retry-after": _SURVIVED,
    "429-without-retry-after": _SURVIVED,
    "429-for-ever": _refused(_K.THROTTLED),
    "500": _unaccepted(_K.SERVICE),
    "500-for-ever": _refused(_K.SERVICE),
    "503": _unaccepted(_K.SERVICE),
    "503-with-retry-after": _SURVIVED,
    "503-after-accepted": _SURVIVED,
    "503-for-ever": _refused(_K.SERVICE),
    "429-absurd-retry-after": _refused(_K.THROTTLED),
    **{f"{status}-after-accepted": {Meets.SEND: DONE, Meets.ROLE: DONE} for status in UNLISTED},
    "reset-before-sending": _SURVIVED,
    "reset-before-sending-for-ever": _refused(_K.CONNECTION),
    "reset-after-accepted": _SURVIVED,
    "truncated-body": _unread(_K.UNREADABLE, acted=True),
    "body-not-json": _unread(_K.UNREADABLE, acted=True),
    "html-200": _unread(_K.UNREADABLE, acted=False),
    "html-502": _unaccepted(_K.SERVICE),
    "html-407": _refused(_K.CONNECTION),
    "slow-first-byte": _SURVIVED,
    "first-byte-too-late": _SURVIVED,
    "lro-failed": {Meets.SEND: _fails(_K.FAILED, 1)},
    "lro-canceled": {Meets.SEND: _fails(_K.CANCELED, 1)},
    "lro-stuck-for-ever": {Meets.SEND: ENDLESS},
    "lro-status-404-after-success": {Meets.SEND: DONE},
    "clock-forward": _SURVIVED,
    "clock-back": _SURVIVED,
}

EXCEPTIONS: dict[tuple[str, str], Expected] = {
    ("detach-rest", "404"): Expected(why="A compute that cannot be found after its detach was accepted is detached."),
}

WAITS = {"429-with-retry-after", "429-without-retry-after", "503-with-retry-after", "reset-before-sending"}
"""Faults that delay a request, which must be visible."""


UNREADABLE = {"truncated-body", "body-not-json", "html-200"}
"""Faults that make one response unreadable; no request is repeated because of them."""


class Cell(NamedTuple):
    """One operation that meets one fault."""

    subject: Subject
    case: Case
    expected: Expected

    @property
    def id(self) -> str:
        """Its name, such as `attach-429-without-retry-after`."""
        return f"{self.subject.id}-{self.case.id}"

    @property
    def taken(self) -> int:
        """The number of writes that Azure has accepted at its end."""
        return self.subject.writes if self.expected.taken is None else self.expected.taken


def why_not(subject: Subject, case: Case) -> str:
    """Why a fault does not apply to an operation, in one sentence; empty if it does apply."""
    if isinstance(case.fault, Outcome | Stuck) and subject.meets is not Meets.SEND:
        return "Only the request that starts a long-running operation can decide how that ends."
    if isinstance(case.fault, Outcome | Stuck) and subject.id == "new-identity":
        return "An identity is complete with the answer."
    if isinstance(case.fault, Overruled) and case.id != "503-after-accepted" and not subject.is_write:
        return "A status that is not listed puts only a write in doubt."
    if case.id == "404" and subject.meets is Meets.REST and subject.id != "detach-rest":
        return "Azure would have to deny for ever what it has accepted; the poll's own 404 is met elsewhere."
    return ""


def cells() -> Iterator[Cell]:
    """All applicable cells, operation by operation."""
    for subject in SUBJECTS:
        for case in CASES:
            if not why_not(subject, case):
                expected = EXCEPTIONS.get((subject.id, case.id), TABLE[case.id].get(subject.meets, DONE))
                if subject.id == "chain-grant" and expected.problem is not None:
                    # The compute is attached before the grant is sent, and stays attached.
                    expected = Expected(expected.problem, 1 + (expected.taken or 0), expected.why)
                yield Cell(subject, case, expected)
