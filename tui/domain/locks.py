"""Azure's locks: what they are on, what they forbid, and who can remove them.

They forbid requests to Azure Resource Manager only: Synapse roles, which are data, are granted and removed whatever is
locked (documentation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tui.domain.azure_scope import AzureScope
from tui.domain.resource_id import ResourceId

_READ_ONLY, _CAN_NOT_DELETE = "readonly", "cannotdelete"
_MOST_OF_NOTES, _MOST_NAMED = 80, 3

LOCKED = "{lock} is locked"
REMOVED_BY = "An Owner or a User Access Administrator there (Microsoft.Authorization/locks/delete) can remove the lock"
NO_WAITING = "waiting does not help"
"""The words about a lock, before a write and after its refusal."""


class Write(Enum):
    """The kinds of requests to Azure Resource Manager that a lock can forbid."""

    PUT = "PUT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock.

    Attributes:
        scope: What it is on; it also applies to everything in that.
        name: Its name, which is unique at its scope.
        level: Azure's word, `CanNotDelete` or `ReadOnly`; new words may appear.
        notes: What its maker wrote about it; may be empty.
    """

    scope: AzureScope
    name: str
    level: str
    notes: str = ""

    @property
    def is_known(self) -> bool:
        """Whether this program knows what its level forbids."""
        return self.level.lower() in (_READ_ONLY, _CAN_NOT_DELETE)

    def forbids(self, target: ResourceId, write: Write) -> bool:
        """Whether it forbids to write or delete a resource; a lock of an unknown level counts as read-only.

        A lock in the resource forbids to delete it, too (recorded for a resource group).
        """
        scope = AzureScope.of(target)
        if self.scope.covers(scope):
            return write is Write.DELETE or self.level.lower() != _CAN_NOT_DELETE
        return write is Write.DELETE and scope.covers(self.scope)

    @property
    def clause(self) -> str:
        """What is locked, by which lock, and how, with its maker's notes."""
        notes = self.notes if len(self.notes) <= _MOST_OF_NOTES else f"{self.notes[: _MOST_OF_NOTES - 1]}…"
        said = f', "{notes}"' if notes else ""
        return f"{LOCKED.format(lock=self.scope.place)} by {self.name} ({self.level or 'no level'}{said})"


def locks_sentence(locks: Sequence[Lock]) -> str:
    """What is locked, and who can change that."""
    clauses = [one.clause for one in locks[:_MOST_NAMED]]
    more = f" and {len(locks) - _MOST_NAMED} more" if len(locks) > _MOST_NAMED else ""
    return f"{'; '.join(clauses)}{more}. {REMOVED_BY}{'' if len(locks) == 1 else 's'}; {NO_WAITING}."


def lock_scopes(target: ResourceId, *, is_new: bool) -> tuple[AzureScope, ...]:
    """Where the locks have to be read that can forbid to write a resource, the outermost first.

    A list has the locks of its scope and of what is in it (recorded for a subscription, specification for a resource);
    whether it also has those above is not recorded.

    Args:
        target: The resource.
        is_new: Whether it does not exist yet, and so has no locks of its own.
    """
    above = (AzureScope.of_subscription(target), AzureScope.of_group(target))
    outermost = ResourceId(target.subscription, target.resource_group, target.provider, target.segments[:1])
    return above if is_new and outermost == target else (*above, AzureScope.of(outermost))
