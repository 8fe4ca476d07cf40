"""A row of the table of error codes: what a code means, and when the row applies."""

from dataclasses import dataclass
from enum import Enum
from re import IGNORECASE, search

from tui.domain.errors import ProblemKind, Retry


class Meaning(Enum):
    """What kind of refusal a code is."""

    RIGHT_MISSING = "permission missing"
    ROLE_MISSING = "Synapse role missing"
    DENIED = "denied"
    LOCKED = "locked"
    POLICY = "policy"
    MFA = "multi-factor authentication"
    SIGN_IN = "sign-in"
    OTHER_TENANT = "other tenant"
    APPLICATION = "application"
    NOT_FOUND = "not found"
    BUSY = "busy"
    CONFLICT = "conflict"
    EXISTS = "exists"
    CHANGED = "changed"
    THROTTLED = "throttled"
    QUOTA = "quota"
    CAPACITY = "capacity"
    INVALID = "invalid"
    UNREGISTERED = "unregistered"
    SUBSCRIPTION = "subscription"
    NETWORK = "network"
    PRINCIPAL = "principal"
    SERVICE = "service"
    UNSPECIFIC = "unspecific"


class Service(Enum):
    """The service that answers, by the address of the request."""

    RESOURCE_MANAGER = "Azure Resource Manager"
    MACHINE_LEARNING = "Azure Machine Learning"
    SYNAPSE = "Synapse"
    ENTRA = "Microsoft Entra ID"


KINDS: dict[Meaning, ProblemKind] = {
    Meaning.RIGHT_MISSING: ProblemKind.FORBIDDEN,
    Meaning.ROLE_MISSING: ProblemKind.FORBIDDEN,
    Meaning.MFA: ProblemKind.NOT_SIGNED_IN,
    Meaning.SIGN_IN: ProblemKind.NOT_SIGNED_IN,
    Meaning.OTHER_TENANT: ProblemKind.NOT_SIGNED_IN,
    Meaning.APPLICATION: ProblemKind.NOT_SIGNED_IN,
    Meaning.NOT_FOUND: ProblemKind.NOT_FOUND,
    Meaning.BUSY: ProblemKind.CONFLICT,
    Meaning.CONFLICT: ProblemKind.CONFLICT,
    Meaning.EXISTS: ProblemKind.CONFLICT,
    Meaning.CHANGED: ProblemKind.CHANGED,
    Meaning.THROTTLED: ProblemKind.THROTTLED,
    Meaning.SERVICE: ProblemKind.SERVICE,
}
"""How the program treats each kind of refusal; `REFUSED` where it is not listed."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row.

    Attributes:
        code: Azure's code; empty for a refusal without one that is recognized by its words.
        meaning: What kind of refusal it is.
        sentence: What is wrong, as a clause; names in braces are read from Azure's words.
        remedy: What to do, as sentences.
        retry: Whether sending the same request again can help.
        source: Where this is known from.
        statuses: The statuses that it applies to; empty for any.
        service: The service that it applies to; None for any.
        pattern: A pattern for Azure's words; empty for any.
        is_general: Whether the code says no more than its status, so that any other code says more.
        example: Azure's words, where `pattern` needs some.
    """

    code: str
    meaning: Meaning
    sentence: str
    remedy: str
    retry: Retry
    source: str
    statuses: tuple[int, ...] = ()
    service: Service | None = None
    pattern: str = ""
    is_general: bool = False
    example: str = ""

    @property
    def kind(self) -> ProblemKind:
        """How the program treats it."""
        return KINDS.get(self.meaning, ProblemKind.REFUSED)

    def applies(self, status: int, service: Service | None, words: str) -> bool:
        """Whether the row applies to an answer; `status` is 0 if unknown, as for an operation that failed later."""
        if self.statuses and status and status not in self.statuses:
            return False
        if self.service is not None and service is not None and service is not self.service:
            return False
        return not self.pattern or search(self.pattern, words, IGNORECASE) is not None
