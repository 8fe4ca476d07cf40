"""A check of an attached Spark pool: its result, and what this program can do about it."""

from dataclasses import dataclass
from enum import Enum

from tui.domain.azure_roles import AzureRole
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone


class Verdict(Enum):
    """The result of a check, most severe first."""

    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "could not check"
    OK = "ok"

    @property
    def rank(self) -> int:
        """Its severity; 0 is the most severe."""
        return list(Verdict).index(self)

    @property
    def tone(self) -> Tone:
        """The tone in which it is shown."""
        tones = {Verdict.PROBLEM: Tone.BAD, Verdict.WARNING: Tone.WARNING, Verdict.UNKNOWN: Tone.NEUTRAL}
        return tones.get(self, Tone.GOOD)


class Remedy(Enum):
    """What this program can do about a problem."""

    GRANT = "grant the role"
    IDENTITY = "change the identity"
    ATTACH = "attach again"
    ROLES = "look at the roles"
    DETACH = "detach"
    RUNTIME = "change the Spark version"
    AUTO_PAUSE = "turn auto-pause on"
    STORAGE = "grant the storage roles"


@dataclass(frozen=True, slots=True)
class Check:
    """A check and its result.

    Attributes:
        name: What was checked, in two or three words.
        verdict: The result.
        text: The result in one sentence.
        short: The same in a word or two, for the summary in a list; empty where the name says it.
        help: Who can fix it where this program cannot, or which permission the check needs.
        needs_others: Whether `help` says who can fix it.
        remedy: What this program can do about it; None for nothing.
        principal: The principal that the remedy concerns.
        assignment: The id of the role assignment that the remedy concerns; empty for none.
        account: The storage account that the remedy concerns; None for none.
        roles: The Azure roles that are missing there.
    """

    name: str
    verdict: Verdict
    text: str
    short: str = ""
    help: str = ""
    needs_others: bool = False
    remedy: Remedy | None = None
    principal: Principal | None = None
    assignment: str = ""
    account: ResourceId | None = None
    roles: tuple[AzureRole, ...] = ()
