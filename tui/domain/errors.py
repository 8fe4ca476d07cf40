"""What can go wrong: what happened, why, and what to do."""

from dataclasses import dataclass
from enum import Enum

from tui.domain.redaction import redacted

_FORBIDDEN_STATUS = 403


class ProblemKind(Enum):
    """The kinds of failure that the user has to react to differently."""

    NOT_SIGNED_IN = "not signed in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    REFUSED = "refused"
    SERVICE = "service"
    CONNECTION = "connection"
    FAILED = "failed"
    CANCELED = "canceled"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    INTERNAL = "internal"


class Retry(Enum):
    """Whether sending the same request again can help."""

    NO = "no"
    LATER = "after a wait"
    AFTER_SIGN_IN = "after a sign-in"
    AFTER_CHANGE = "after a change of what Azure names"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RequestIds:
    """The ids by which Microsoft's support finds a request; empty where Azure sent none.

    They are `x-ms-client-request-id`, `x-ms-request-id` and `x-ms-correlation-request-id`.
    """

    client: str = ""
    request: str = ""
    correlation: str = ""


_OUT_OF_SIGHT = "SubscriptionNotFound"


class Problem(Exception):
    """A failure, described for the user.

    Attributes:
        kind: The kind of failure.
        title: What failed, in one sentence.
        cause: Why, in Azure's own words.
        advice: What to do.
        code: Azure's code, such as `AuthorizationFailed`.
        status: The HTTP status; None without an answer.
        ids: Azure's ids of the request.
        outcome_unknown: True where a write may have been accepted although no answer came.
        had_no_effect: True where it is certain that a write did nothing: it was never sent, or Azure refused it.
        command: A command that fixes it, to run in another terminal; empty where there is none.
        tenant: The tenant to sign in to, where that fixes it; else empty.
        retry: Whether sending the same request again can help.
    """

    def __init__(
        self,
        kind: ProblemKind,
        title: str,
        *,
        cause: str = "",
        advice: str = "",
        code: str = "",
        status: int | None = None,
        ids: RequestIds | None = None,
        outcome_unknown: bool = False,
        command: str = "",
    ) -> None:
        super().__init__(title)
        self.kind = kind
        self.title = title
        self.cause = cause
        self.advice = advice
        self.code = code
        self.status = status
        self.ids = ids or RequestIds()
        self.outcome_unknown = outcome_unknown
        self.had_no_effect = False
        self.command = command
        self.tenant = ""
        self.retry = Retry.UNKNOWN

    @property
    def is_missing(self) -> bool:
        """Whether it proves that there is no such resource: a subscription out of sight does not."""
        return self.kind is ProblemKind.NOT_FOUND and self.code != _OUT_OF_SIGHT

    @property
    def is_denied(self) -> bool:
        """Whether Azure refused it, for a missing permission or for another reason."""
        return self.kind is ProblemKind.FORBIDDEN or self.status == _FORBIDDEN_STATUS

    @property
    def reference(self) -> str:
        """Status, code and ids on one line, as support asks for them; empty without any."""
        words = [" ".join(str(part) for part in (self.status or "", self.code) if part)]
        words += [
            f"{label} {value}"
            for label, value in (
                ("request", self.ids.request),
                ("correlation", self.ids.correlation),
                ("client", self.ids.client),
            )
            if value
        ]
        return " · ".join(word for word in words if word)

    @property
    def report(self) -> str:
        """All of it as plain text, for copying; anything that looks like a secret is removed from Azure's words."""
        parts = (self.title, redacted(self.cause), self.advice, self.command, self.reference)
        return "\n".join(part for part in parts if part)


class NotRecorded(Problem):
    """A step was not taken because it could not be recorded durably; `is_locked` means another program was writing."""

    is_locked = False
